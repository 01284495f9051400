"""Sending what waits, whichever table it waits in: each mail is claimed, sent, and noted as sent.

``send_waiting`` claims one mail after the other by a conditional UPDATE, sends it, and notes that it was sent. A
failure puts the mail off for longer and longer. A worker that is killed holds its mail until the lease ends; then
another sends it.

Between the mail server's "taken" and the note in the database nothing can be made certain: a worker killed there leaves
a mail that is sent once more. It carries the same Message-ID, by which mail programs know it for the same mail.
"""

import logging
import smtplib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import QuerySet
from django.utils import timezone

from .mail_models import WaitingMail

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # longer than any one mail takes: the server has 20 seconds for each answer
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
ROUND = 5 * 60  # seconds after which a round begins no further mail; the next one goes on
CLOSING = 421  # "service not available, closing the channel" (RFC 5321)
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)


@dataclass(frozen=True)
class Box:
    """A table of waiting mails: which rows are not sent yet, which of them may be sent at a moment, how a row becomes a
    message (on a connection), and what is noted once the mail server has taken it."""

    unsent: Callable[[], QuerySet]
    claimable: Callable[[datetime], QuerySet]
    message: Callable[[WaitingMail, object], EmailMultiAlternatives]
    mark_sent: Callable[[WaitingMail], object]


@dataclass
class Round:
    """How many mails a round sent, and how many it had to put off."""

    sent: int = 0
    put_off: int = 0


def own_domain() -> str:
    """The domain that mails come from: Message-IDs are unique within it."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def claim(box: Box) -> WaitingMail | None:
    """Takes the mail that has waited longest, for as long as the lease; None when none is left to take."""
    while True:
        now = timezone.now()
        found = box.claimable(now).order_by("not_before", "pk").first()
        if found is None:
            return None
        unchanged = box.unsent().filter(pk=found.pk, attempts=found.attempts)
        if unchanged.update(attempts=found.attempts + 1, not_before=now + LEASE):
            found.attempts += 1
            return found


def leaves_the_server_usable(error: Exception) -> bool:
    """Whether the failure was this mail's own, so that the next may pass on the same connection."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return CLOSING not in [code for code, _reason in error.recipients.values()]
    if isinstance(error, REFUSALS):
        return error.smtp_code != CLOSING
    return not isinstance(error, OSError)  # which a mail that cannot be written down is not


def put_off(box: Box, failed: WaitingMail, error: Exception):
    """Keeps the mail for later: after a minute, then two, four … but at most an hour."""
    pause = min(FIRST_PAUSE * 2 ** min(failed.attempts - 1, 10), LONGEST_PAUSE)
    kind = failed._meta.verbose_name
    log.warning("%s %s is put off for %s (attempt %s): %s", kind, failed.pk, pause, failed.attempts, error)
    box.unsent().filter(pk=failed.pk, attempts=failed.attempts).update(
        not_before=timezone.now() + pause, error=f"{type(error).__name__}: {error}"[:1000]
    )


def send_waiting(box: Box, seconds: float = ROUND) -> Round:
    """Sends what waits, over one connection. A server that does not work ends the round; the next one tries again."""
    done, connection, end = Round(), get_connection(), time.monotonic() + seconds
    try:
        while time.monotonic() < end and (waiting := claim(box)):
            try:
                connection.open()  # does nothing when it is open
                box.message(waiting, connection).send()
            except Exception as error:
                put_off(box, waiting, error)
                done.put_off += 1
                if not leaves_the_server_usable(error):
                    break
            else:
                box.mark_sent(waiting)
                done.sent += 1
    finally:
        with suppress(OSError):  # a connection that broke cannot be closed politely
            connection.close()
    return done
