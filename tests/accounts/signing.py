"""Signing in as a person does, for the tests of it."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from accounts import second_factor, totp
from accounts.models import User
from tests.conftest import PASSWORD

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DESK = "/admin/"


def sign_in(client, username, password=PASSWORD, **more):
    """Types name and password."""
    return client.post("/admin/login/", {"username": username, "password": password}, **more)


def is_signed_in(client) -> bool:
    return client.get(DESK).status_code == 200


def give_second_factor(user, at=None) -> tuple[str, list[str]]:
    """Sets a second factor up, long enough ago that the present code is good. Returns secret and recovery codes."""
    secret = totp.new_secret()
    at = at or timezone.now() - timedelta(minutes=10)
    return secret, second_factor.set_up(user, secret, totp.code(secret, totp.step_at(at)), at)


def present_code(secret: str) -> str:
    return totp.code(secret, totp.step_at(timezone.now()))


def person(username, role="viewer", institution=None, password=PASSWORD, **more) -> User:
    """An account with a password and, unless told otherwise, an address of its own."""
    facts = {"email": f"{username}@example.org", "is_staff": True} | more
    return User.objects.create_user(username=username, password=password, role=role, institution=institution, **facts)
