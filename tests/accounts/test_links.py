"""Invitations and new passwords by e-mail: a link holds for its time, works once, and tells nothing to strangers."""

import re
from contextlib import nullcontext
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import translation
from kombu.exceptions import OperationalError

from accounts import mail, tasks
from accounts.links import INVITATION, RESET
from accounts.models import Attempt, User
from accounts.tasks import send_reset
from ogptracker.celery import app
from tests.accounts.signing import NOON, give_second_factor, is_signed_in, person, sign_in
from tests.servers import free_port
from tests.smtp import mail_server
from tests.world import make_institution, make_member

pytestmark = pytest.mark.django_db
CHOSEN = "plain sentence of nine"
ADD = "/admin/accounts/user/add/"
ADDRESS = "https://tracker.example.org"


@pytest.fixture(autouse=True)
def address(settings):
    settings.SITE_URL = ADDRESS


@pytest.fixture
def at_once():
    """Jobs are done where they are asked for."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def link_in(sent):
    (found,) = set(re.findall(r"https?://\S+", sent.body))
    assert f'href="{found}"' in sent.alternatives[0].content
    assert found.startswith(ADDRESS + "/")
    return urlsplit(found).path


def choose(client, link, password=CHOSEN):
    return client.post(link, {"new_password1": password, "new_password2": password})


# How long, how often --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("link, holds", [(INVITATION, timedelta(days=7)), (RESET, timedelta(hours=1))])
def test_a_link_holds_to_the_second(link, holds):
    user = person("kim")
    token = link.make(user, NOON).rstrip("/").rpartition("/")[2]
    assert link.read(token, NOON + holds) == user
    assert link.read(token, NOON + holds + timedelta(seconds=1)) is None


def test_a_link_is_good_for_its_own_purpose_and_unchanged_only():
    user = person("kim")
    token = RESET.make(user, NOON).rstrip("/").rpartition("/")[2]
    assert INVITATION.read(token, NOON) is None, "an hour must not become a week"
    for spoiled in (token[:-1], "x" + token, token.upper(), "", "a:b:c"):
        assert RESET.read(spoiled, NOON) is None


@pytest.mark.parametrize("change", [{"email": "new@example.org"}, {"is_active": False}, {"password": "!"}])
def test_a_link_is_void_when_the_account_changed(change):
    user = person("kim")
    token = RESET.make(user, NOON).rstrip("/").rpartition("/")[2]
    User.objects.update(**change)
    assert RESET.read(token, NOON) is None


# Invitations ----------------------------------------------------------------------------------------------------------
def really_committed(**_options):
    return nullcontext()


def invited(client, callbacks=really_committed, **more):
    """Fills the form in. ``callbacks`` runs what is to happen after the commit, where the test's own never comes."""
    words = {"username": "lee", "email": "lee@example.org", "language": "en", "role": "irm", "institution": ""}
    with callbacks(execute=True):
        return client.post(ADD, words | more)


def test_an_invited_person_chooses_a_password_and_signs_in(
    client, admin, mailoutbox, django_capture_on_commit_callbacks
):
    client.force_login(admin)
    assert invited(client, django_capture_on_commit_callbacks).status_code == 302
    lee = User.objects.get(username="lee")
    assert not lee.has_usable_password() and lee.is_staff and not lee.is_superuser
    (sent,) = mailoutbox
    assert sent.to == ["lee@example.org"]
    client.logout()
    link = link_in(sent)
    page = client.get(link).content.decode()
    assert "at least 12 characters" in page and "128 characters at most" in page, "the rules are shown beforehand"
    assert choose(client, link)["Location"] == "/admin/login/"
    sign_in(client, "lee", CHOSEN)
    assert is_signed_in(client)


def test_the_link_works_once_and_a_weak_password_does_not_use_it_up(
    client, admin, mailoutbox, django_capture_on_commit_callbacks
):
    client.force_login(admin)
    invited(client, django_capture_on_commit_callbacks)
    link = link_in(mailoutbox[0])
    client.logout()
    assert choose(client, link, "short").status_code == 400
    assert choose(client, link).status_code == 302
    assert client.get(link).status_code == 410
    assert choose(client, link, "another good phrase").status_code == 410
    assert User.objects.get(username="lee").check_password(CHOSEN)


def test_an_invitation_without_an_address_is_refused(client, admin, django_capture_on_commit_callbacks):
    client.force_login(admin)
    assert invited(client, django_capture_on_commit_callbacks, email="").status_code == 200
    assert not User.objects.filter(username="lee").exists()


def test_the_mail_is_in_the_accounts_language(client, admin, mailoutbox, django_capture_on_commit_callbacks):
    client.force_login(admin)
    invited(client, django_capture_on_commit_callbacks, language="ko")
    (sent,) = mailoutbox
    assert link_in(sent).startswith("/ko/admin/account/invitation/")
    assert '<html lang="ko">' in sent.alternatives[0].content
    assert translation.get_language() == "en"


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_loses_nothing(client, admin, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    client.force_login(admin)
    invited(client)
    lee = User.objects.get(username="lee")
    assert "Invite it again later" in client.get("/admin/accounts/user/").content.decode()
    with mail_server(settings.EMAIL_PORT) as mails:
        client.post("/admin/accounts/user/", {"action": "invite_again", "_selected_action": lee.pk})
        assert mails.readers == ["lee@example.org"]


def test_who_has_a_password_is_not_invited_again(client, admin, editor_mois, mailoutbox):
    client.force_login(admin)
    client.post("/admin/accounts/user/", {"action": "invite_again", "_selected_action": editor_mois.pk})
    assert mailoutbox == []


# The coordinating ministry --------------------------------------------------------------------------------------------
def test_the_coordinating_ministry_invites_editors_and_heads_of_its_member(
    client, coordinator, mailoutbox, django_capture_on_commit_callbacks
):
    client.force_login(coordinator)
    ministry = coordinator.institution
    for role, status in (("editor", 302), ("head", 302), ("coordinator", 200), ("irm", 200), ("viewer", 200)):
        answer = invited(
            client,
            django_capture_on_commit_callbacks,
            username=f"new.{role}",
            email=f"{role}@example.org",
            role=role,
            institution=ministry.pk,
            is_superuser="on",
        )
        assert answer.status_code == status, role
    assert sorted(to for sent in mailoutbox for to in sent.to) == ["editor@example.org", "head@example.org"]
    assert not User.objects.filter(is_superuser=True).exists()


def test_it_does_not_invite_for_another_member(client, coordinator, django_capture_on_commit_callbacks):
    foreign = make_institution(make_member())
    client.force_login(coordinator)
    answer = invited(client, django_capture_on_commit_callbacks, role="editor", institution=foreign.pk)
    assert answer.status_code == 200 and not User.objects.filter(username="lee").exists()


def test_it_sees_no_others_and_changes_none(client, coordinator, editor_mois, admin, irm_reviewer):
    foreign = person("editor.far", "editor", make_institution(make_member()))
    client.force_login(coordinator)
    page = client.get("/admin/accounts/user/").content.decode()
    assert "editor.mois" in page
    assert not any(name in page for name in ("editor.far", "irm@", "admin@"))
    own = client.get(f"/admin/accounts/user/{editor_mois.pk}/change/").content.decode()
    assert "algorithm" not in own and "md5" not in own and 'name="_save"' not in own
    assert client.get(f"/admin/accounts/user/{foreign.pk}/change/").status_code == 302
    change = client.post(f"/admin/accounts/user/{editor_mois.pk}/change/", {"email": "mine@example.org"})
    password = client.post(
        f"/admin/accounts/user/{editor_mois.pk}/password/", {"password1": CHOSEN, "password2": CHOSEN}
    )
    assert change.status_code == password.status_code == 403
    assert client.post(f"/admin/accounts/user/{editor_mois.pk}/delete/", {"post": "yes"}).status_code == 403


# New passwords --------------------------------------------------------------------------------------------------------
FORGOTTEN = "/admin/account/forgotten/"
FOREIGN = {"host": "localhost", "x-forwarded-host": "evil.example"}


def test_the_answer_is_the_same_for_any_address(at_once, client, editor_mois, mailoutbox):
    pages = {}
    for email in ("EDITOR.mois@example.org", "nobody@example.org"):
        page = client.post(FORGOTTEN, {"email": email})
        assert page.status_code == 200
        pages[email] = re.sub(r"csrf\S+", "", page.content.decode())
    assert len(set(pages.values())) == 1
    assert [sent.to for sent in mailoutbox] == [["editor.mois@example.org"]]


def test_the_page_does_not_even_look_for_the_account(client, editor_mois, monkeypatch, django_assert_num_queries):
    asked = []
    monkeypatch.setattr(tasks.send_reset, "apply_async", lambda words, *_args, **_options: asked.append(words))
    for email in ("editor.mois@example.org", "nobody@example.org"):
        with django_assert_num_queries(2):  # the attempt is written, the attempts are counted
            client.post(FORGOTTEN, {"email": email})
    assert asked == [("editor.mois@example.org",), ("nobody@example.org",)]


def test_a_new_password_signs_in_and_ends_the_old_sessions(at_once, client, editor_mois, mailoutbox):
    other = client.__class__()
    sign_in(other, "editor.mois")
    client.post(FORGOTTEN, {"email": editor_mois.email})
    link = link_in(mailoutbox[0])
    assert choose(client, link).status_code == 302
    assert client.get(link).status_code == 410
    assert not is_signed_in(other)
    sign_in(client, "editor.mois", CHOSEN)
    assert is_signed_in(client)


def test_a_new_password_does_not_take_the_second_factor_away(client, editor_mois, mailoutbox):
    give_second_factor(editor_mois)
    send_reset(editor_mois.email)
    choose(client, link_in(mailoutbox[0]))
    assert sign_in(client, "editor.mois", CHOSEN)["Location"] == "/admin/account/code/"


def test_the_link_is_made_of_the_sites_address_whatever_the_request_says(at_once, client, editor_mois, mailoutbox):
    client.post(
        FORGOTTEN, {"email": editor_mois.email}, headers={"host": "localhost", "x-forwarded-host": "evil.example"}
    )
    assert link_in(mailoutbox[0]).startswith("/admin/account/password/")


def test_mails_are_not_asked_for_without_end(at_once, client, editor_mois, mailoutbox):
    found = [client.post(FORGOTTEN, {"email": editor_mois.email}).status_code for _ in range(4)]
    assert found == [200, 200, 200, 429] and len(mailoutbox) == 3
    assert client.post(FORGOTTEN, {"email": "nobody@example.org"}).status_code == 200
    assert Attempt.objects.filter(kind="mail").count() == 4


def test_no_mail_goes_to_closed_accounts_nor_to_those_that_are_only_invited(editor_mois, mailoutbox):
    User.objects.filter(pk=editor_mois.pk).update(is_active=False)
    waiting = person("lee", email="lee@example.org")
    waiting.set_unusable_password()
    waiting.save()
    send_reset(editor_mois.email)
    send_reset(waiting.email)
    assert mailoutbox == []


def test_a_broker_that_is_away_is_told_to_everybody_alike(client, editor_mois, monkeypatch):
    def away(*_args, **_options):
        raise OperationalError("away")

    monkeypatch.setattr(tasks.send_reset, "apply_async", away)
    for email in (editor_mois.email, "nobody@example.org"):
        page = client.post(FORGOTTEN, {"email": email})
        assert page.status_code == 503 and "No mail can be sent just now" in page.content.decode()


def test_production_sends_no_link_that_leads_nowhere(settings, editor_mois, mailoutbox):
    settings.PRODUCTION, settings.SITE_URL = True, ""
    with pytest.raises(mail.NotSent, match="SITE_URL"):
        mail.send_reset(editor_mois)
    assert mailoutbox == []


@pytest.mark.parametrize("path", ["forgotten/", "invitation/rubbish/", "password/rubbish/"])
@pytest.mark.parametrize("prefix", ["", "/ko"])
def test_the_pages_open_in_both_languages(client, prefix, path):
    page = client.get(f"{prefix}/admin/account/{path}")
    assert page.status_code == (200 if path == "forgotten/" else 410)
    assert f'lang="{prefix.strip("/") or "en"}' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
