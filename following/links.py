"""Links that a follower gets by mail: signed for one subscription and one purpose. None is stored.

A link is made of the row's key and its stamp, a random number, and signed with the site's secret key: who reads the
database without that key makes no link of it. A deleted subscription's links lead nowhere.
"""

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from milestones.mail import site

from .models import CONFIRM_WITHIN, Subscription

CONFIRM, MANAGE, STOP = "confirm", "manage", "stop"
HOLDS: dict[str, timedelta | None] = {CONFIRM: CONFIRM_WITHIN, MANAGE: None, STOP: None}


def path_of(purpose: str, subscription: Subscription) -> str:
    """The path of the page, in the language of the moment."""
    token = signing.dumps([subscription.pk, subscription.stamp], salt=f"following.{purpose}")
    return reverse(f"follow-{purpose}", args=[token])


def make(purpose: str, subscription: Subscription) -> str:
    """The address of the page, from outside the site."""
    return site(path_of(purpose, subscription))


class Unreadable(Exception):
    """The link was not made here, or not copied as a whole."""


def read(purpose: str, token: str) -> Subscription | None:
    """The subscription that the link is for; None when it is gone or the link is over. Raises ``Unreadable``."""
    try:
        pk, stamp = signing.loads(token, salt=f"following.{purpose}", max_age=HOLDS[purpose])
    except signing.SignatureExpired:
        return None
    except signing.BadSignature as error:
        raise Unreadable from error
    return Subscription.objects.filter(pk=pk, stamp=stamp).first()
