"""The demo accounts: who they are, what they may do, and that they stay out of production."""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.management.commands.demo_accounts import ACCOUNTS
from accounts.models import User
from milestones.models import Milestone
from ogptracker.training import load_training

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PASSWORD = "correct horse of the demo"


@pytest.fixture
def members(record):
    """Korea and the training member."""
    load_training()


def made(**options):
    out = io.StringIO()
    call_command("demo_accounts", stdout=out, **options)
    return out.getvalue()


def printed_password(out):
    (line,) = (line for line in out.splitlines() if line.startswith("Password of all: "))
    return line.removeprefix("Password of all: ")


@pytest.fixture
def accounts(members, monkeypatch):
    """The demo accounts, with ``PASSWORD``."""
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    made()
    return {user.username: user for user in User.objects.all()}


def test_each_account_signs_in_to_the_admin_with_its_role(accounts):
    found = {}
    for username, user in accounts.items():
        if authenticate(username=username, password=PASSWORD) == user and user.is_staff and user.is_active:
            found[username] = (user.role, user.institution and user.institution.key, user.is_superuser)
    assert found == {
        "editor.mois": ("editor", "mois", False),
        "editor.msit": ("editor", "msit", False),
        "poc": ("coordinator", "mois", False),
        "irm": ("irm", None, False),
        "admin": ("viewer", None, True),
        "editor.training": ("editor", "open-administration", False),
        "head.training": ("head", "open-administration", False),
        "poc.training": ("coordinator", "open-administration", False),
    }


def test_no_other_account_can_sign_in_with_the_password(accounts):
    able = {name for name in accounts if authenticate(username=name, password=PASSWORD)}
    assert able == {account.username for account in ACCOUNTS}
    assert {"care.training", "water.training"} <= set(accounts) - able


def test_editors_report_on_what_their_ministry_leads_and_coordinators_on_all_of_their_member(accounts):
    def plans_and_commitments(username):
        milestones = Milestone.objects.reported_by(accounts[username])
        return set(milestones.values_list("commitment__plan__slug", "commitment__number"))

    assert ("kr-5", "5") in plans_and_commitments("editor.msit")
    assert ("kr-5", "1") not in plans_and_commitments("editor.msit")
    assert ("kr-5", "1") in plans_and_commitments("editor.mois")
    assert {slug for slug, _ in plans_and_commitments("poc")} == {"kr-4", "kr-5"}
    assert {number for _, number in plans_and_commitments("editor.training")} == {"1", "2", "3-1", "3-2", "7"}
    assert plans_and_commitments("poc.training") > plans_and_commitments("editor.training")
    assert plans_and_commitments("irm") == set()


def test_only_those_who_review_may_review(accounts):
    reviewers = {name for name, user in accounts.items() if user.has_perm("milestones.review_statusupdate")}
    assert reviewers == {"poc", "head.training", "poc.training", "admin"}


def test_without_a_given_password_one_is_made_and_printed(members, monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    first, second = printed_password(made()), printed_password(made())
    assert len(first) >= 16 and first != second
    assert authenticate(username="poc", password=second)
    assert not authenticate(username="poc", password=first)


def test_a_given_password_is_not_printed(members, monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    out = made()
    assert PASSWORD not in out
    assert "DEMO_PASSWORD" in printed_password(out)


def test_the_table_names_each_account_and_what_it_is_for(members):
    out = made(address="http://127.0.0.1:8000/").splitlines()
    table = out[1 : len(ACCOUNTS) + 1]
    assert [line.split()[0] for line in table] == [account.username for account in ACCOUNTS]
    assert all(line.endswith(account.purpose) for line, account in zip(table, ACCOUNTS, strict=True))
    assert len({line.index(account.purpose) for line, account in zip(table, ACCOUNTS, strict=True)}) == 1
    assert out[-1] == "Sign in at http://127.0.0.1:8000/admin/"


def test_running_again_sets_the_same_accounts_back(accounts):
    User.objects.filter(username="irm").update(is_active=False, is_superuser=True, role="viewer")
    made()
    irm = User.objects.get(username="irm")
    assert (irm.pk, irm.is_active, irm.is_superuser, irm.role) == (accounts["irm"].pk, True, False, "irm")
    assert User.objects.count() == len(accounts)


def test_without_the_training_member_no_account_is_made_and_the_error_says_what_to_run(record):
    with pytest.raises(CommandError, match="editor.training .* run manage.py load_training first"):
        made()
    assert not User.objects.exists()


def test_production_has_no_demo_accounts_unless_they_are_really_meant(members, settings, monkeypatch):
    settings.PRODUCTION = True
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="production installation.*--really"):
        made()
    assert not User.objects.filter(username="admin").exists()
    made(really=True)
    assert authenticate(username="admin", password=PASSWORD)


def test_production_takes_no_weak_password(members, settings, monkeypatch):
    settings.PRODUCTION = True
    monkeypatch.setenv("DEMO_PASSWORD", "demo")
    with pytest.raises(CommandError, match="DEMO_PASSWORD is too weak"):
        made(really=True)
    assert not User.objects.filter(username="admin").exists()
