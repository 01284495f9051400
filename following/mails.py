"""Mails to followers in words, and how they are sent: by the same machinery as reminders (``milestones.sending``).

A mail waits with marks in place of the follower's own links (``MARKS``): the links are made when it is sent, so that no
waiting mail holds one. Once the mail server has taken it, its row is deleted.
"""

from dataclasses import dataclass
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from milestones import sending
from milestones.mail import Mail, spaced

from . import links
from .models import CONFIRM_WITHIN, FORGOTTEN_AFTER, FollowingMail, Subscription
from .subscriptions import scope_of_subscription

MARKS = {purpose: f"@@{purpose}@@" for purpose in (links.CONFIRM, links.MANAGE, links.STOP)}
LONGEST_TITLE = 120  # characters of what is followed, in a subject
Kind = FollowingMail.Kind


@dataclass(frozen=True)
class Words:
    """What a mail's templates need to know, beside what the mail is about."""

    kind: str
    language: str
    subject: str
    context: dict


def short(title: str) -> str:
    """On one line, for a subject."""
    return Truncator(" ".join(title.split())).chars(LONGEST_TITLE)


def render(words: Words) -> Mail:
    """Subject, plain text and HTML, in the words' language. Nothing is asked of the database."""
    with translation.override(words.language):
        context = words.context | {"language": words.language, "subject": words.subject, "marks": MARKS}
        return Mail(
            subject=words.subject,
            text=spaced(render_to_string(f"mail/following_{words.kind}.txt", context)),
            html=render_to_string(f"mail/following_{words.kind}.html", context),
        )


def waiting(kind: str, subscription: Subscription, mail: Mail) -> FollowingMail:
    """The row of a mail that is to be sent."""
    return FollowingMail(
        subscription=subscription,
        kind=kind,
        message_id=make_msgid("following", domain=sending.own_domain()),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )


def letter(kind: str, subscription: Subscription) -> Mail:
    """The mail that asks for confirmation (CONFIRM), or that tells who follows already of being asked again (KNOWN)."""
    with translation.override(subscription.language):
        scope = scope_of_subscription(subscription)
        titles = {Kind.CONFIRM: _("Please confirm: follow %(scope)s"), Kind.KNOWN: _("You follow already: %(scope)s")}
        context = {
            "scope": scope.title,
            "what": subscription.get_what_display(),
            "often": subscription.get_often_display(),
            "hours": int(CONFIRM_WITHIN.total_seconds() // 3600),
            "days": FORGOTTEN_AFTER.days,
        }
        subject = scope.marked(titles[kind] % {"scope": short(scope.title)})
    return render(Words(kind, subscription.language, subject, context))


# Sending --------------------------------------------------------------------------------------------------------------
class NoAddress(Exception):
    """The site does not know its own address, so that a mail could not say where it is."""


def unsent() -> QuerySet:
    return FollowingMail.objects.all()


def claimable(now) -> QuerySet:
    return FollowingMail.objects.claimable(now).select_related("subscription")


def message(found: FollowingMail, connection) -> EmailMultiAlternatives:
    """The mail as it is sent, with the follower's own links, and one click to stop (RFC 8058)."""
    if settings.PRODUCTION and not settings.SITE_URL:
        raise NoAddress("SITE_URL is not set: a mail could not say where the tracker is.")
    subscription = found.subscription
    with translation.override(subscription.language):
        made = {mark: links.make(purpose, subscription) for purpose, mark in MARKS.items()}
    text, html = found.text, found.html
    for mark, link in made.items():
        text, html = text.replace(mark, link), html.replace(mark, link)
    headers = {"Message-ID": found.message_id, "Auto-Submitted": "auto-generated"}  # RFC 3834
    if found.kind != Kind.CONFIRM:
        headers |= {
            "List-Unsubscribe": f"<{made[MARKS[links.STOP]]}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    sent = EmailMultiAlternatives(found.subject, text, to=[subscription.email], headers=headers, connection=connection)
    sent.attach_alternative(html, "text/html")
    return sent


BOX = sending.Box(unsent, claimable, message, mark_sent=lambda found: found.delete())


def send_waiting() -> sending.Round:
    """Sends what waits."""
    return sending.send_waiting(BOX)


def forget(now=None) -> tuple[int, int]:
    """Deletes subscriptions that nobody confirmed in a week, and mails given up; how many of each."""
    now = now or timezone.now()
    _rows, kinds = Subscription.objects.forgotten(now).delete()
    given_up = FollowingMail.objects.exclude(pk__in=FollowingMail.objects.waiting(now).values("pk"))
    return kinds.get(Subscription._meta.label, 0), given_up.delete()[0]
