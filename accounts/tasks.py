"""Jobs about accounts. Each is safe to run at any time, and twice."""

import logging

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from . import mail
from .models import Attempt, KeptAnswer, User

log = logging.getLogger(__name__)


@shared_task(autoretry_for=(mail.NotSent,), max_retries=5, retry_backoff=30, ignore_result=True)
def send_reset(email: str):
    """Sends a link to each open account of the address. A job, so that the page takes as long for any address. A mail
    server that is away is tried again for a quarter of an hour; after that the person has asked anew."""
    for user in User.objects.may_reset().filter(email__iexact=email):
        mail.send_reset(user)


@shared_task
def tidy():
    """Deletes attempts to sign in and kept answers of the API that are a day old, and sessions that are over."""
    deleted, _rows = Attempt.objects.outdated(timezone.now()).delete()
    KeptAnswer.objects.outdated(timezone.now()).delete()
    call_command("clearsessions")
    log.info("attempts to sign in forgotten: %d", deleted)
