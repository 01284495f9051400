"""Periodic jobs of following by e-mail. Each is safe to run at any time, twice, or late."""

import logging

from celery import shared_task

from . import digests, mails, sightings

log = logging.getLogger(__name__)


@shared_task
def send_followings():
    """Looks for new reviews, writes the digests that are due where it is morning, and sends them."""
    sightings.notice()
    log.info(
        "mails to followers written: %d", sum(number for _digest, number in digests.tell(from_hour=digests.MORNING))
    )
    send_mail()


@shared_task
def send_mail():
    """Sends what waits: confirmations, digests, and what a failure or a killed worker left there."""
    done = mails.send_waiting()
    log.info("mails to followers: %d sent, %d put off", done.sent, done.put_off)


@shared_task
def forget():
    """Deletes addresses that nobody confirmed in a week, and mails given up."""
    log.info("subscriptions not confirmed: %d forgotten; mails given up: %d", *mails.forget())
