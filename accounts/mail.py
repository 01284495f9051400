"""Mails about an account itself, in its language. They are sent at once and not kept: their links are secrets."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from .links import INVITATION, RESET
from .models import User

log = logging.getLogger(__name__)
SUBJECTS = {
    "invitation": _("Your account at the OGP tracker"),
    "reset": _("A new password for the OGP tracker"),
    "second_factor_removed": _("Your second factor was removed"),
}


class NotSent(Exception):
    """The mail server did not take the mail."""


def send(user: User, kind: str, link=None):
    """Sends one of ``SUBJECTS``; raises ``NotSent``."""
    if not settings.SITE_URL and settings.PRODUCTION:
        raise NotSent("SITE_URL is not set: a mail could not say where the tracker is.")
    with translation.override(user.language):
        context = {
            "language": user.language,
            "person": user,
            "subject": SUBJECTS[kind],
            "link": link and link.make(user, timezone.now()),
            "account": f"{settings.SITE_URL}{reverse('account:home')}",
        }
        text, html = (render_to_string(f"mail/account_{kind}.{ending}", context) for ending in ("txt", "html"))
        message = EmailMultiAlternatives(
            str(SUBJECTS[kind]), text.strip() + "\n", to=[user.email], headers={"Auto-Submitted": "auto-generated"}
        )
    message.attach_alternative(html, "text/html")
    deliver(message, kind, user)


def deliver(message: EmailMultiAlternatives, kind: str, user: User):
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the mail %s to account %s was not sent: %s", kind, user.pk, error)
        raise NotSent from error


def invite(user: User):
    send(user, "invitation", INVITATION)


def send_reset(user: User):
    send(user, "reset", RESET)


def tell_of_removal(user: User):
    """Tells the account that an administrator took its second factor away."""
    if user.email:
        send(user, "second_factor_removed")
