"""The outbox: mails are decided on in the database, and sent from there until the mail server has taken them.

``queue`` writes a mail and what it tells about in one transaction; unique keys make a second sweep a no-op. How what
waits is sent is in ``sending``.
"""

import logging
from email.utils import make_msgid

from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from . import mail, sending
from .models import OutboxMail, Reminder
from .sending import LEASE, ROUND, Round, own_domain

__all__ = ["LEASE", "ROUND", "Round", "claim", "forget_closed", "put_off", "queue", "send_waiting"]

log = logging.getLogger(__name__)


# Writing --------------------------------------------------------------------------------------------------------------
def queue(digest: mail.Digest) -> bool:
    """Stores the digest as a mail to send, and what it tells about. False when another sweep was quicker."""
    words = mail.render(digest)
    try:
        with transaction.atomic():
            stored = OutboxMail.objects.create(
                user=digest.person,
                day=digest.on,
                message_id=make_msgid("digest", domain=own_domain()),
                subject=words.subject,
                text=words.text,
                html=words.html,
            )
            for reminder in digest.reminders:
                reminder.mail = stored
            Reminder.objects.bulk_create(digest.reminders, batch_size=500)
    except IntegrityError:
        log.info("account %s: another sweep wrote the digest of %s", digest.person.pk, digest.on)
        return False
    return True


# Sending --------------------------------------------------------------------------------------------------------------
def message(waiting: OutboxMail, connection) -> EmailMultiAlternatives:
    """The mail as it is sent, to the address that its reader has now."""
    with translation.override(waiting.user.language):
        preferences = mail.site(mail.preferences_path())
    headers = {
        "Message-ID": waiting.message_id,  # the same at every attempt
        "Auto-Submitted": "auto-generated",  # so that absence notes do not answer (RFC 3834)
        "List-Unsubscribe": f"<{preferences}>",
    }
    found = EmailMultiAlternatives(
        waiting.subject, waiting.text, to=[waiting.user.email], headers=headers, connection=connection
    )
    found.attach_alternative(waiting.html, "text/html")
    return found


def mark_sent(sent: OutboxMail):
    OutboxMail.objects.filter(pk=sent.pk, sent_at=None).update(
        sent_at=timezone.now(), sent_to=sent.user.email, error=""
    )


BOX = sending.Box(
    unsent=lambda: OutboxMail.objects.filter(sent_at=None),
    claimable=lambda now: OutboxMail.objects.claimable(now).select_related("user"),
    message=message,
    mark_sent=mark_sent,
)


def claim() -> OutboxMail | None:
    return sending.claim(BOX)


def put_off(failed: OutboxMail, error: Exception):
    sending.put_off(BOX, failed, error)


def send_waiting() -> Round:
    return sending.send_waiting(BOX, ROUND)


# Forgetting -----------------------------------------------------------------------------------------------------------
def forget_closed() -> int:
    """Deletes the mails to accounts that were closed, with what these were told; how many mails that were."""
    _rows, kinds = OutboxMail.objects.filter(user__closed_at__isnull=False).delete()
    return kinds.get(OutboxMail._meta.label, 0)
