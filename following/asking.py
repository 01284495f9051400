"""Somebody gives an e-mail address. Nothing tells them whether it was known; its owner decides by mail."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts import throttle
from accounts.models import Attempt

from . import mails
from .models import FollowingMail, Subscription
from .scopes import Scope

DAY = timedelta(days=1)
MOST_A_DAY = 10  # mails of this kind to one address


def may_ask(email: str, network: str, now: datetime) -> bool:
    """Whether this is not one time too many: for the address (15 minutes, a day) or from the network. What is kept of
    both are keyed hashes, for a day (``accounts.throttle``)."""
    hashed = throttle.key(f"following {network}")[:45] if network else ""
    if throttle.begin(Attempt.Kind.FOLLOW, email, hashed, now) is None:
        return False
    asked = Attempt.objects.since(now - DAY).filter(kind=Attempt.Kind.FOLLOW, account=throttle.key(email))
    return asked.count() <= MOST_A_DAY


def ask(scope: Scope, email: str, now: datetime, **choices):
    """Keeps that the address may want to follow the scope, and writes the mail that asks it. An address that follows it
    already is told that, and nothing changes."""
    try:
        with transaction.atomic():
            write(kept(scope, email, now, choices))
    except IntegrityError:  # the same was asked at the same moment: one mail is enough
        return


def kept(scope: Scope, email: str, now: datetime, choices: dict) -> Subscription:
    known = Subscription.objects.of_address(email).about(scope).select_for_update(of=("self",)).first()
    if known and known.confirmed_at:
        return known
    found = known or Subscription(email=email, level=scope.level, question=scope.question)
    if scope.row:
        setattr(found, scope.level, scope.row)
    for name, value in (choices | {"asked_at": now}).items():
        setattr(found, name, value)
    found.save()
    return found


def write(subscription: Subscription):
    """Writes the mail unless one of its kind still waits."""
    kind = FollowingMail.Kind.KNOWN if subscription.confirmed_at else FollowingMail.Kind.CONFIRM
    mail = mails.letter(kind, subscription)
    FollowingMail.objects.filter(subscription=subscription, kind=kind, attempts=0).delete()
    if not FollowingMail.objects.filter(subscription=subscription, kind=kind).exists():
        mails.waiting(kind, subscription, mail).save()
