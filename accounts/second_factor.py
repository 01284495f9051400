"""The second factor: who needs one, how it is set up, asked for, and taken away."""

import base64
import hashlib
import re
import secrets
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from . import totp
from .models import RecoveryCode, SecondFactor, User

NEEDED_BY = {User.Role.HEAD, User.Role.COORDINATOR, User.Role.IRM}  # and administrators
CODES = 10


def is_required(user: User) -> bool:
    """Whether the account may do nothing without a second factor."""
    return settings.REQUIRE_SECOND_FACTOR and (user.is_superuser or user.role in NEEDED_BY)


def exists(user: User) -> bool:
    return SecondFactor.objects.filter(user=user).exists()


def bare(typed: str) -> str:
    """What was typed, without the spaces and hyphens that make it easier to read."""
    return re.sub(r"[\s-]", "", typed).lower()


# Recovery codes -------------------------------------------------------------------------------------------------------
def digest_of(user: User, typed: str) -> str:
    """The hash that is stored. A code has 80 random bits, so a quick hash cannot be guessed back."""
    return hashlib.sha256(f"{user.pk}:{bare(typed)}".encode()).hexdigest()


def new_code() -> str:
    """80 random bits as four groups of four letters and digits."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[n : n + 4] for n in range(0, 16, 4))


def renew_codes(user: User) -> list[str]:
    """Ten new recovery codes, to be shown once; the earlier ones are void."""
    codes = [new_code() for _ in range(CODES)]
    with transaction.atomic():
        user.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=digest_of(user, code)) for code in codes)
    return codes


# Setting up, using, removing ------------------------------------------------------------------------------------------
def set_up(user: User, secret: str, typed: str, now: datetime) -> list[str] | None:
    """Stores the secret once a code proves that the person has it, and ends the account's sessions. Returns the
    recovery codes; None when the code is wrong or the account has a second factor already."""
    step = totp.step_of(secret, bare(typed), now)
    if step is None:
        return None
    try:
        with transaction.atomic():
            SecondFactor.objects.create(user=user, secret=secret, last_step=step, confirmed_at=now)
            user.end_sessions()
            return renew_codes(user)
    except IntegrityError:  # another window was quicker
        return None


def accepts(user: User, typed: str, now: datetime) -> bool:
    """Whether the code is right: one of the authenticator, or a recovery code. Each is taken once, also when it comes
    twice at the same time: the row that changes decides."""
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return False
    step = totp.step_of(factor.secret, bare(typed), now)
    if step is not None:
        return SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step) == 1
    return RecoveryCode.objects.filter(user=user, digest=digest_of(user, typed)).delete()[0] == 1


def remove(user: User) -> bool:
    """Takes the second factor and its recovery codes away, and ends the account's sessions. False without one."""
    with transaction.atomic():
        found, _rows = SecondFactor.objects.filter(user=user).delete()
        if found:
            user.recovery_codes.all().delete()
            user.end_sessions()
    return bool(found)
