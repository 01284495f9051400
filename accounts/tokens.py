"""Making, finding and ending personal tokens.

A token reads ``ogpt_`` + 12 letters and digits that are its prefix + ``_`` + 43 that are its secret, so that a scan for
secrets finds one that was left lying about.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from . import second_factor
from .models import Token, User
from .token_models import LONGEST, MOST, Scope

FORM = re.compile(r"ogpt_([a-z2-7]{12})_([A-Za-z0-9_-]{43})")
NEEDS = {Scope.READ: "milestones.view_statusupdate", Scope.WRITE: "milestones.add_statusupdate"}


class TooMany(Exception):
    """The account has as many tokens as it may have."""


def digest_of(secret: str) -> str:
    """A quick hash is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def scopes_for(user: User) -> list[Scope]:
    """What a token of the account can be used for at all."""
    return [scope for scope, permission in NEEDS.items() if user.has_perm(permission)]


def make(user: User, name: str, scopes: list[str], expires_at: datetime, now: datetime) -> tuple[Token, str]:
    """A new token, and what is shown of it this once. Raises ``TooMany``; ``ValueError`` for a scope that the role does
    not have or an end that lies too far ahead."""
    if not set(scopes) <= set(scopes_for(user)) or not now < expires_at <= now + LONGEST:
        raise ValueError("scopes or expiry")
    prefix = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    secret = secrets.token_urlsafe(32)
    facts = {"prefix": prefix, "digest": digest_of(secret), "created_at": now, "expires_at": expires_at}
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two at once are counted one after the other
        if user.tokens.holding(now).count() >= MOST:
            raise TooMany
        token = Token.objects.create(user=user, name=name, scopes=sorted(scopes), **facts)
    return token, f"ogpt_{prefix}_{secret}"


def find(sent: str, now: datetime) -> Token | None:
    """The token that was sent, if it holds and its account may act: open, and with the second factor that its role
    needs. One query, and a second one where a factor is needed."""
    parts = FORM.fullmatch(sent)
    if parts is None:
        return None
    token = Token.objects.select_related("user__institution").filter(prefix=parts[1]).first()
    if token is None or not hmac.compare_digest(token.digest, digest_of(parts[2])) or not token.holds(now):
        return None
    user = token.user
    if not user.is_active or (second_factor.is_required(user) and not second_factor.exists(user)):
        return None
    return token


def note_use(token: Token, now: datetime):
    """Keeps the day alone: one write a day."""
    today = timezone.localdate(now)
    if token.last_used_on != today:
        Token.objects.filter(pk=token.pk).update(last_used_on=today)


def revoke(tokens, now: datetime) -> int:
    """Ends tokens at once and for good; says how many held."""
    return tokens.filter(revoked_at=None).update(revoked_at=now)
