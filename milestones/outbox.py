"""The outbox: mails are decided on in the database, and sent from there until the mail server has taken them.

``queue`` writes a mail and what it tells about in one transaction; unique keys make a second sweep a no-op.
``send_waiting`` claims one mail after the other by a conditional UPDATE, sends it, and marks it sent. A failure puts
the mail off for longer and longer. A worker that is killed holds its mail until the lease ends; then another sends it.

Between the mail server's "taken" and the mark in the database nothing can be made certain: a worker killed there leaves
a mail that is sent once more. It carries the same Message-ID, by which mail programs know it for the same mail.
"""

import logging
import smtplib
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import make_msgid, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from . import mail
from .models import OutboxMail, Reminder

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # longer than any one mail takes: the server has 20 seconds for each answer
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
ROUND = 5 * 60  # seconds after which a round begins no further mail; the next one goes on
CLOSING = 421  # "service not available, closing the channel" (RFC 5321)
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)


@dataclass
class Round:
    """How many mails a round sent, and how many it had to put off."""

    sent: int = 0
    put_off: int = 0


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


def own_domain() -> str:
    """The domain that mails come from: Message-IDs are unique within it."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


# Sending --------------------------------------------------------------------------------------------------------------
def claim() -> OutboxMail | None:
    """Takes the mail that has waited longest, for as long as the lease; None when none is left to take."""
    while True:
        now = timezone.now()
        claimable = OutboxMail.objects.claimable(now).select_related("user").order_by("not_before", "pk")
        found = claimable.first()
        if found is None:
            return None
        unchanged = OutboxMail.objects.filter(pk=found.pk, attempts=found.attempts, sent_at=None)
        if unchanged.update(attempts=found.attempts + 1, not_before=now + LEASE):
            found.attempts += 1
            return found


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


def leaves_the_server_usable(error: Exception) -> bool:
    """Whether the failure was this mail's own, so that the next may pass on the same connection."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return CLOSING not in [code for code, _reason in error.recipients.values()]
    if isinstance(error, REFUSALS):
        return error.smtp_code != CLOSING
    return not isinstance(error, OSError)  # which a mail that cannot be written down is not


def mark_sent(sent: OutboxMail):
    OutboxMail.objects.filter(pk=sent.pk, sent_at=None).update(
        sent_at=timezone.now(), sent_to=sent.user.email, error=""
    )


def put_off(failed: OutboxMail, error: Exception):
    """Keeps the mail for later: after a minute, then two, four … but at most an hour."""
    pause = min(FIRST_PAUSE * 2 ** min(failed.attempts - 1, 10), LONGEST_PAUSE)
    log.warning("Mail %s is put off for %s (attempt %s): %s", failed.pk, pause, failed.attempts, error)
    OutboxMail.objects.filter(pk=failed.pk, attempts=failed.attempts, sent_at=None).update(
        not_before=timezone.now() + pause, error=f"{type(error).__name__}: {error}"[:1000]
    )


def send_waiting() -> Round:
    """Sends what waits, over one connection. A server that does not work ends the round; the next one tries again."""
    done, connection, end = Round(), get_connection(), time.monotonic() + ROUND
    try:
        while time.monotonic() < end and (waiting := claim()):
            try:
                connection.open()  # does nothing when it is open
                message(waiting, connection).send()
            except Exception as error:
                put_off(waiting, error)
                done.put_off += 1
                if not leaves_the_server_usable(error):
                    break
            else:
                mark_sent(waiting)
                done.sent += 1
    finally:
        with suppress(OSError):  # a connection that broke cannot be closed politely
            connection.close()
    return done


# Forgetting -----------------------------------------------------------------------------------------------------------
def forget_closed() -> int:
    """Deletes the mails to accounts that were closed, with what these were told; how many mails that were."""
    _rows, kinds = OutboxMail.objects.filter(user__closed_at__isnull=False).delete()
    return kinds.get(OutboxMail._meta.label, 0)
