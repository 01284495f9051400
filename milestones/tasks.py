"""Periodic jobs. Their times stand in ``ogptracker/settings.py``. Each is safe to run at any time, twice, or late."""

import logging

from celery import shared_task

from . import clock, freshness, links, outbox, periods, reminders, upload_services

log = logging.getLogger(__name__)


@shared_task
def flag_overdue():
    """Sweeps today, as each member counts it."""
    sweep = clock.flag_overdue()
    log.info("overdue deadlines: %d notices recorded, %d cleared", sweep.flagged, sweep.cleared)


@shared_task
def check_periods():
    """Compares what is stored as overdue today with the rule, and mends what differs. Nothing does unless rows were
    changed by hand or restored from an older copy."""
    mended = periods.check(clock.own_today())
    if mended:
        log.warning("overdue periods: those of %d milestone(s) did not follow from the facts; mended", mended)


@shared_task
def check_freshness():
    """Remembers which commitments have gone quiet, and which are heard of again."""
    sweep = freshness.check_freshness()
    log.info("stale commitments: %d notices recorded, %d cleared", sweep.flagged, sweep.cleared)


@shared_task
def send_reminders():
    """Forgets mails to accounts that were closed, writes today's digests where it is morning, and sends them."""
    outbox.forget_closed()
    log.info("digests written: %d", len(reminders.remind(from_hour=reminders.MORNING)))
    send_mail()


@shared_task
def send_mail():
    """Sends what waits in the outbox: new mails, and those that a failure or a killed worker left there."""
    done = outbox.send_waiting()
    log.info("mails: %d sent, %d put off", done.sent, done.put_off)


@shared_task
def work_on_upload(pk: int) -> bool:
    """Reads, applies or undoes one filled-in spreadsheet; does nothing when that is done or being done."""
    return upload_services.work(pk)


@shared_task
def tend_uploads():
    """Wakes a worker for uploads whose message or worker was lost, and removes the files of old ones."""
    upload_services.wake_abandoned()
    upload_services.remove_old_files()


@shared_task
def check_links():
    """Checks the links of evidence that are due."""
    log.info("links of evidence: %d checked", links.check_links())
