"""An account that leaves is closed: the person goes, the history stays."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import closing
from accounts.models import RecoveryCode, SecondFactor, User
from milestones.models import StatusUpdate
from tests.accounts.signing import NOON, give_second_factor, is_signed_in, person, sign_in
from tests.world import END, make_milestone, make_world

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"
CLOSE = {"action": "close_accounts"}


@pytest.fixture
def reporter(record, editor_mois):
    """An editor with a name, a second factor, and a report."""
    editor_mois.first_name, editor_mois.last_name = "Minji", "Kim"
    editor_mois.save()
    plan, _editor, _reviewer = make_world(1)
    milestone = make_milestone(plan.commitments.first(), END)
    StatusUpdate.objects.create(
        milestone=milestone, author=editor_mois, institution=editor_mois.institution, on_date=END, status="ongoing"
    )
    give_second_factor(editor_mois)
    return editor_mois


def test_closing_takes_everything_personal_and_keeps_the_history(reporter):
    closing.close(reporter, NOON)
    closed = User.objects.get(pk=reporter.pk)
    assert closed.username == f"closed-{closed.pk}"
    assert (closed.first_name, closed.last_name, closed.email) == ("", "", "")
    assert not closed.has_usable_password() and not closed.is_active and closed.closed_at == NOON
    assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()
    (report,) = StatusUpdate.objects.filter(author=closed)
    assert report.institution.key == closed.institution.key == "mois" and closed.role == "editor"


def test_closing_twice_keeps_the_first_day(reporter):
    closing.close(reporter, NOON)
    closing.close(reporter, timezone.now())
    assert User.objects.get(pk=reporter.pk).closed_at == NOON


def test_the_database_refuses_a_closed_account_that_is_open_or_has_a_name(reporter):
    closing.close(reporter, NOON)
    for change in ({"is_active": True}, {"email": "kim@example.org"}, {"last_name": "Kim"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=reporter.pk).update(**change)


def test_an_administrator_closes_after_being_asked(client, admin, editor_mois):
    other = Client()
    sign_in(other, "editor.mois")
    client.force_login(admin)
    asked = client.post(LIST, CLOSE | {"_selected_action": editor_mois.pk})
    assert asked.status_code == 200 and User.objects.get(pk=editor_mois.pk).is_active
    done = client.post(LIST, CLOSE | {"_selected_action": editor_mois.pk, "confirmed": "1"}, follow=True)
    assert "1 account is closed" in done.content.decode()
    assert not is_signed_in(other)
    assert sign_in(other, "editor.mois").status_code == 200, "the sign-in page again"


def test_the_administrators_log_does_not_keep_the_name_either(client, admin, editor_mois):
    client.force_login(admin)
    lift = {"action": "lift_pause", "_selected_action": editor_mois.pk}
    client.post(LIST, lift)
    assert LogEntry.objects.filter(object_repr="editor.mois").exists()
    client.post(LIST, CLOSE | {"_selected_action": editor_mois.pk, "confirmed": "1"})
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {f"closed-{editor_mois.pk}"}


def test_nobody_closes_their_own_account(client, admin):
    client.force_login(admin)
    client.post(LIST, CLOSE | {"_selected_action": admin.pk, "confirmed": "1"})
    assert User.objects.get(pk=admin.pk).is_active


def test_a_closed_account_is_not_opened_again_in_the_form(client, admin, reporter):
    closing.close(reporter, NOON)
    client.force_login(admin)
    page = client.get(f"{LIST}{reporter.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    assert client.post(f"{LIST}{reporter.pk}/change/", {"is_active": "on"}).status_code == 403


def test_the_coordinating_ministry_closes_nobody(client, coordinator, editor_mois):
    client.force_login(coordinator)
    client.post(LIST, CLOSE | {"_selected_action": editor_mois.pk, "confirmed": "1"})
    assert User.objects.get(pk=editor_mois.pk).is_active


def test_an_account_with_history_is_not_deleted(client, admin, reporter):
    client.force_login(admin)
    assert client.post(f"{LIST}{reporter.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": reporter.pk, "post": "yes"})
    assert User.objects.filter(pk=reporter.pk).exists()


def test_an_account_that_was_never_used_may_be_deleted(client, admin):
    mistake = person("mistake")
    client.force_login(admin)
    assert client.post(f"{LIST}{mistake.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="mistake").exists()
