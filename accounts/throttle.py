"""How often one may try: by account and network address, by account from anywhere, and by address for any account.

An attempt is written down before it is looked at, so that many at once do not pass together. What succeeds is taken
back; what fails counts for 15 minutes. Names that no account has are counted alike: the answer tells nothing of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.crypto import salted_hmac

from .models import Attempt

PAUSE = timedelta(minutes=15)
SALT = "accounts.throttle"


@dataclass(frozen=True)
class Limit:
    """How many attempts in 15 minutes."""

    pair: int  # for one account from one address
    account: int  # for one account from all addresses; higher, so that strangers do not easily keep a person out
    address: int  # from one address for all accounts; higher, because a ministry's people may share one


LIMITS = {
    Attempt.Kind.PASSWORD: Limit(pair=5, account=30, address=60),
    Attempt.Kind.CODE: Limit(pair=5, account=10, address=60),
    Attempt.Kind.MAIL: Limit(pair=3, account=5, address=30),
    Attempt.Kind.COMMENT: Limit(pair=5, account=200, address=20),  # the "account" is what is commented on
    Attempt.Kind.FOLLOW: Limit(pair=5, account=5, address=20),  # the "account" is the address that is to be written to
}


def key(account: str) -> str:
    """The keyed hash that stands for what was typed as the account."""
    return salted_hmac(SALT, account.strip().casefold(), algorithm="sha256").hexdigest()


def begin(kind: str, account: str, address: str, now: datetime) -> Attempt | None:
    """The attempt, written down; None when it is one too many, and nothing may be looked at."""
    attempt = Attempt.objects.create(kind=kind, account=key(account), address=address, at=now)
    if exceeds(attempt, LIMITS[kind]):
        attempt.delete()
        return None
    return attempt


def exceeds(attempt: Attempt, limit: Limit) -> bool:
    """Whether more was tried than the limit allows, this attempt included (one query). An unknown address has none."""
    account, address = Q(account=attempt.account), Q(address=attempt.address)
    recent = Attempt.objects.since(attempt.at - PAUSE).filter(account | address, kind=attempt.kind)
    found = recent.aggregate(
        pair=Count("pk", filter=account & address),
        account=Count("pk", filter=account),
        address=Count("pk", filter=address),
    )
    if found["account"] > limit.account:
        return True
    return bool(attempt.address) and (found["pair"] > limit.pair or found["address"] > limit.address)


def succeeded(attempt: Attempt):
    """Forgets the attempt, and the failed ones before it for the same account from the same address."""
    Attempt.objects.filter(kind=attempt.kind, account=attempt.account, address=attempt.address).delete()


def lift(account: str):
    """Lets the account try again at once, from everywhere."""
    Attempt.objects.filter(account=key(account)).delete()
