"""A session ends: after twelve hours, after an hour without use for those who review, and with what it rests on."""

import time

import pytest
from django.conf import settings as site
from django.test import Client

from accounts.models import User
from accounts.sessions import is_over
from tests.accounts.signing import DESK, is_signed_in, sign_in
from tests.conftest import PASSWORD
from tests.world import make_institution, make_member, make_user

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "quite another phrase 7"
HOUR = 3600


def user(role="editor", **more):
    ministry = make_institution(make_member()) if role in ("editor", "head", "coordinator") else None
    return make_user(role, ministry, **more)


@pytest.mark.parametrize("role", ["editor", "head", "irm"])
def test_no_session_lasts_longer_than_twelve_hours(role):
    session = {"began": 0, "seen": 12 * HOUR - 2}
    assert not is_over(user(role), session, 12 * HOUR - 1)
    assert is_over(user(role), session, 12 * HOUR)


@pytest.mark.parametrize("role", ["head", "coordinator", "irm"])
def test_those_who_review_are_signed_out_after_an_hour_without_use(role):
    session = {"began": 0, "seen": HOUR}
    assert not is_over(user(role), session, 2 * HOUR - 1)
    assert is_over(user(role), session, 2 * HOUR)


def test_administrators_are_signed_out_after_an_hour_without_use():
    assert is_over(user("viewer", is_superuser=True), {"began": 0, "seen": 0}, HOUR)


def test_those_who_write_reports_are_not():
    assert not is_over(user("editor"), {"began": 0, "seen": 0}, 11 * HOUR)


def set_session(client, **facts):
    session = client.session
    session.update(facts)
    session.save()


def test_a_session_that_is_over_leads_to_the_sign_in_page_which_says_why(client, coordinator):
    sign_in(client, "poc")
    assert is_signed_in(client)
    set_session(client, seen=time.time() - HOUR)
    page = client.get(DESK, follow=True)
    assert page.redirect_chain[0][0].startswith("/admin/login/")
    assert "your session was over" in page.content.decode()
    assert not is_signed_in(client)


def test_using_the_site_keeps_the_session_but_not_beyond_twelve_hours(client, coordinator):
    sign_in(client, "poc")
    set_session(client, seen=time.time() - HOUR + 60)
    assert is_signed_in(client)
    assert time.time() - client.session["seen"] < 60
    set_session(client, began=time.time() - 12 * HOUR)
    assert not is_signed_in(client)


def test_signing_in_changes_the_sessions_key(client, editor_mois):
    client.get("/admin/login/")
    set_session(client, planted="by a stranger")
    before = client.session.session_key
    sign_in(client, "editor.mois")
    assert client.session.session_key != before


@pytest.fixture
def elsewhere(editor_mois):
    """A second browser in which the editor is signed in."""
    other = Client()
    sign_in(other, "editor.mois")
    assert is_signed_in(other)
    return other


def test_a_new_password_ends_all_other_sessions(client, elsewhere, editor_mois):
    sign_in(client, "editor.mois")
    words = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert client.post("/admin/password_change/", words).status_code == 302
    assert is_signed_in(client) and not is_signed_in(elsewhere)


def test_signing_out_everywhere_ends_every_session(client, elsewhere):
    sign_in(client, "editor.mois")
    assert client.get("/admin/account/sign-out-everywhere/").status_code == 405
    client.post("/admin/account/sign-out-everywhere/")
    assert not is_signed_in(client) and not is_signed_in(elsewhere)


def test_an_account_that_is_switched_off_is_out_at_once(elsewhere):
    User.objects.update(is_active=False)
    assert not is_signed_in(elsewhere)


def test_a_reader_without_a_session_gets_none_and_the_same_page_as_everybody(client, record):
    page = client.get("/plans/")
    assert site.SESSION_COOKIE_NAME not in page.cookies and "Cookie" not in page.get("Vary", "")


@pytest.mark.parametrize("prefix", ["", "/ko"])
def test_the_account_page_shows_what_the_account_is(client, editor_mois, prefix):
    client.force_login(editor_mois)
    page = client.get(f"{prefix}/admin/account/").content.decode()
    assert "editor.mois@example.org" in page and f"{prefix}/admin/account/second-factor/" in page


def test_the_account_page_is_closed_to_strangers(client):
    for path in ("", "second-factor/"):
        assert "/admin/login/" in client.get(f"/admin/account/{path}")["Location"]
