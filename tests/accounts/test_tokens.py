"""Personal tokens: made and revoked on a page, kept as a hash, ended with their account."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import closing, second_factor, tokens
from accounts.models import Token, User
from accounts.token_models import LONGEST, MOST
from tests.world import make_institution, make_member, make_user

PAGE = "/admin/account/tokens/"


@pytest.fixture
def editor(db):
    return make_user("editor", make_institution(make_member()))


def made(user, **facts):
    now = timezone.now()
    token, shown = tokens.make(user, "tests", [], now + timedelta(days=1), now)
    Token.objects.filter(pk=token.pk).update(**facts)
    return shown


def status(shown: str, address="/api/v1/plans/") -> int:
    return Client().get(address, headers={"Authorization": f"Bearer {shown}"}).status_code


def form(**facts):
    day = timezone.localdate() + timedelta(days=30)
    return {"name": "Our system", "scopes": ["read", "report:write"], "last_day": day.isoformat()} | facts


# The page -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("prefix", ["", "/ko"])
def test_a_token_is_shown_once_and_kept_as_a_hash(client, editor, prefix):
    client.force_login(editor)
    page = client.post(f"{prefix}{PAGE}", form())
    (shown,) = re.findall(r"ogpt_[a-z2-7]{12}_[\w-]{43}", page.content.decode())
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]
    token = Token.objects.get()
    assert shown.rsplit("_", 1)[-1] not in str(Token.objects.values().get()) and token.prefix in shown
    assert (token.scopes, token.last_used_on) == (["read", "report:write"], None)
    assert shown not in client.get(f"{prefix}{PAGE}").content.decode()
    assert status(shown, "/api/v1/status-updates/") == 200
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()


def test_a_token_is_revoked_by_its_own_account_alone(client, editor):
    shown = made(editor)
    address = reverse("account:revoke_token", args=[Token.objects.get().pk])
    client.force_login(make_user("editor", editor.institution))
    assert client.post(address).status_code == 404
    assert status(shown) == 200
    client.force_login(editor)
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert status(shown) == 401
    assert "revoked" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"last_day": ""}, "required"),
        ({"last_day": (timezone.localdate() - timedelta(days=1)).isoformat()}, "within a year"),
        ({"last_day": (timezone.localdate() + LONGEST).isoformat()}, "within a year"),
        ({"scopes": ["admin"]}, "admin"),
        ({"name": ""}, "required"),
    ],
)
def test_a_token_needs_a_name_and_an_end_within_a_year(client, editor, facts, words):
    client.force_login(editor)
    page = client.post(PAGE, form(**facts))
    assert page.status_code == 400 and words in page.content.decode()
    assert not Token.objects.exists()


def test_a_role_that_does_not_report_is_offered_nothing_to_write(client, db):
    client.force_login(make_user("viewer"))
    assert "report:write" not in client.get(PAGE).content.decode()
    client.post(PAGE, form())
    assert Token.objects.get().scopes == []


def test_an_account_has_twenty_tokens_at_most(client, editor):
    for _n in range(MOST):
        made(editor)
    client.force_login(editor)
    assert client.post(PAGE, form()).status_code == 400
    assert Token.objects.count() == MOST
    Token.objects.filter(pk=Token.objects.first().pk).update(revoked_at=timezone.now())
    assert client.post(PAGE, form()).status_code == 200


def test_without_signing_in_there_is_no_page(client, db):
    assert "/login/" in client.get(PAGE)["Location"]


# What ends a token ----------------------------------------------------------------------------------------------------
def test_a_token_ends_with_its_time(editor):
    shown = made(editor, expires_at=timezone.now() + timedelta(minutes=1))
    assert status(shown) == 200
    Token.objects.update(created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now())
    assert status(shown) == 401


def test_a_token_ends_with_its_account(editor):
    shown = made(editor)
    User.objects.filter(pk=editor.pk).update(is_active=False)
    assert status(shown) == 401
    User.objects.filter(pk=editor.pk).update(is_active=True)
    closing.close(editor, timezone.now())
    assert status(shown) == 401 and not Token.objects.exists()


def test_a_role_that_needs_a_second_factor_needs_it_for_its_tokens(client, db, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    head = make_user("head", make_institution(make_member()))
    client.force_login(head)
    assert client.get(PAGE)["Location"].endswith("/second-factor/"), "none is made without it"
    shown = made(head)
    assert status(shown) == 401
    second_factor.SecondFactor.objects.create(user=head, secret="A" * 32, last_step=0, confirmed_at=timezone.now())
    assert status(shown) == 200
    second_factor.remove(head)
    assert status(shown) == 401


def test_an_administrator_sees_and_revokes_every_token(client, editor, admin):
    shown = made(editor)
    client.force_login(admin)
    address = reverse("admin:accounts_token_changelist")
    assert "tests" in client.get(address).content.decode()
    chosen = {"action": "revoke_tokens", "_selected_action": [Token.objects.get().pk]}
    assert client.post(address, chosen).status_code == 302
    assert status(shown) == 401


def test_the_database_keeps_no_token_for_longer_than_a_year(editor):
    now = timezone.now()
    facts = {"user": editor, "name": "n", "prefix": "p", "digest": "d", "created_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.create(**facts, expires_at=now + LONGEST + timedelta(seconds=1))


# What is no token -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sent",
    ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer ogpt_aaaaaaaaaaaa_" + "a" * 43, "Bearer a b", "Bearer \x00", "é"],
)
def test_what_is_no_token_is_refused(client, db, sent):
    response = client.get("/api/v1/plans/", HTTP_AUTHORIZATION=sent)
    assert response.status_code == (401 if sent else 200)
    if sent:
        assert response["Content-Type"] == "application/problem+json"
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_right_prefix_with_a_wrong_secret_is_no_token(editor):
    shown = made(editor)
    assert status(shown[:-1] + ("A" if shown[-1] != "A" else "B")) == 401


def test_wrong_tokens_are_counted(client, db, settings, monkeypatch):
    settings.API_LIMIT_PUBLIC = 2
    seen = {}

    class Counter:
        def add(self, key, seconds):
            seen[key] = seen.get(key, 0) + 1
            return seen[key]

    monkeypatch.setattr("accounts.limits.counts", Counter)
    answers = [client.get("/api/v1/plans/", HTTP_AUTHORIZATION="Bearer x").status_code for _n in range(3)]
    assert answers == [401, 401, 429]
