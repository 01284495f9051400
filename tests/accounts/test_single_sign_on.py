"""Single sign-on, against a real little provider: who comes in, and who does not."""

import time
from urllib.parse import urlsplit

import pytest

from tests.accounts.signing import give_second_factor, is_signed_in, person, present_code
from tests.oidc import STRANGER, provider
from tests.world import make_institution, make_member

pytestmark = pytest.mark.django_db
BEGIN, DONE = "/admin/account/single-sign-on/", "/admin/account/single-sign-on/done/"


@pytest.fixture
def office(settings):
    with provider() as found:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = found.url, "tracker", "secret"
        yield found


@pytest.fixture
def editor():
    return person("editor", "editor", make_institution(make_member()), email="Editor@Ministry.example.org")


def sent_there(client, address=BEGIN) -> str:
    """The query with which the browser is sent to the provider."""
    response = client.get(address)
    assert response.status_code == 302
    return urlsplit(response["Location"]).query


def came_back(client, office, **claims):
    query = sent_there(client)
    facts = {"email": "editor@ministry.example.org", "email_verified": True} | claims
    return client.get(DONE, office.agree(query, **facts), follow=True)


def test_an_account_comes_in_by_its_verified_address(client, office, editor):
    response = came_back(client, office)
    assert is_signed_in(client)
    assert response.wsgi_request.user == editor
    assert office.tokens_asked[0]["redirect_uri"].endswith(DONE)


def test_it_leads_back_to_where_it_began_and_nowhere_else(client, office, editor):
    query = sent_there(client, f"{BEGIN}?next=/admin/milestones/milestone/")
    answer = office.agree(query, email=editor.email, email_verified=True)
    assert client.get(DONE, answer)["Location"] == "/admin/milestones/milestone/"
    query = sent_there(client, f"{BEGIN}?next=https://evil.example.org/")
    answer = office.agree(query, email=editor.email, email_verified=True)
    assert client.get(DONE, answer)["Location"] == "/admin/"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "nobody@ministry.example.org"},
        {"email": ""},
        {"email": None},
    ],
)
def test_without_a_verified_address_of_an_account_nobody_comes_in(client, office, editor, claims):
    page = came_back(client, office, **claims)
    assert not is_signed_in(client)
    assert "There is no account here for the verified e-mail address" in page.content.decode()


def test_a_closed_account_stays_closed_and_two_of_one_address_are_none(client, office, editor):
    editor.is_active = False
    editor.save()
    came_back(client, office)
    assert not is_signed_in(client)
    editor.is_active = True
    editor.save()
    person("second", email="editor@ministry.example.org")
    came_back(client, office)
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another-client"},
        {"iss": "https://evil.example.org"},
        {"exp": int(time.time()) - 3600},
    ],
)
def test_an_answer_that_was_meant_for_somebody_else_is_refused(client, office, editor, claims):
    page = came_back(client, office, **claims)
    assert not is_signed_in(client)
    assert "could not be checked" in page.content.decode()


def test_an_answer_signed_by_somebody_else_is_refused(client, office, editor):
    office.key = STRANGER
    came_back(client, office)
    assert not is_signed_in(client)


def test_an_answer_nobody_asked_for_is_refused(client, office, editor):
    answer = office.agree(sent_there(client), email=editor.email, email_verified=True)
    client.get(DONE, answer | {"state": "another"}, follow=True)
    assert not is_signed_in(client)


def test_the_own_second_factor_is_asked_for(client, office, editor):
    secret, _codes = give_second_factor(editor)
    came_back(client, office)
    assert not is_signed_in(client)
    client.post("/admin/account/code/", {"code": present_code(secret)})
    assert is_signed_in(client)


def test_a_provider_that_asks_for_one_spares_it(client, office, editor, settings):
    settings.OIDC_SECOND_FACTOR = True
    give_second_factor(editor)
    came_back(client, office)
    assert is_signed_in(client)


def test_a_provider_that_is_away_is_said_so(client, settings):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://127.0.0.1:9", "tracker"
    page = client.get(BEGIN, follow=True)
    assert "does not answer" in page.content.decode()


def test_without_a_provider_nothing_is_offered(client, settings):
    settings.OIDC_ISSUER = ""
    assert "office" not in client.get("/admin/login/").content.decode()
    assert client.get(BEGIN).status_code == client.get(DONE).status_code == 404


def test_the_sign_in_page_offers_it_and_keeps_where_one_was_going(client, office):
    page = client.get("/ko/admin/login/?next=/ko/admin/milestones/").content.decode()
    assert "/ko/admin/account/single-sign-on/?next=/ko/admin/milestones/" in page
