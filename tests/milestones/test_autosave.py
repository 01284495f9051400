"""A draft that is saved while it is being written: its texts, never its evidence, never over words saved elsewhere."""

import re
from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from playwright.sync_api import expect

from milestones.models import Evidence, StatusUpdate
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_user

NO_EVIDENCE = {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0", "links": ""}


@pytest.fixture
def ministry(db):
    return make_institution(make_member())


@pytest.fixture
def milestone(ministry):
    return make_milestone(make_commitment(make_plan(ministry.member), ministry), date(2021, 6, 30))


@pytest.fixture
def editor(ministry):
    return make_user("editor", ministry)


def add(milestone) -> str:
    return f"/admin/milestones/statusupdate/add/?milestone={milestone.pk}"


def typed(**more) -> dict:
    report = {"on_date": "2021-07-01", "status": "limited", "what_was_done": "A start.", "_autosave": "1"}
    return report | NO_EVIDENCE | more


def test_the_first_save_makes_a_draft_and_the_next_ones_change_it(client, milestone, editor):
    client.force_login(editor)
    first = client.post(add(milestone), typed()).json()
    update = StatusUpdate.objects.get()
    assert first["address"] == f"/admin/milestones/statusupdate/{update.pk}/change/"
    edition = {"_version": first["version"], "_before": first["before"]}
    second = client.post(first["address"], typed(what_was_done="A start was made.") | edition).json()
    assert int(second["version"]) > int(first["version"])
    update.refresh_from_db()
    assert (StatusUpdate.objects.count(), update.what_was_done, update.review) == (1, "A start was made.", "draft")
    assert not LogEntry.objects.exists()


def test_what_is_not_complete_is_answered_with_the_form_and_saves_nothing(client, milestone, editor):
    client.force_login(editor)
    response = client.post(add(milestone), typed(status=""))
    assert response["Content-Type"].startswith("text/html")
    assert not StatusUpdate.objects.exists()


def test_nothing_is_saved_over_words_that_were_saved_elsewhere(client, milestone, editor):
    client.force_login(editor)
    saved = client.post(add(milestone), typed()).json()
    edition = {"_version": saved["version"], "_before": saved["before"]}
    client.post(saved["address"], typed(what_was_done="From another window.") | edition)
    assert client.post(saved["address"], typed(what_was_done="Too late.") | edition).status_code == 409
    assert StatusUpdate.objects.get().what_was_done == "From another window."


def test_another_ministry_saves_nothing(client, milestone, ministry):
    client.force_login(make_user("editor", make_institution(ministry.member)))
    assert client.post(add(milestone), typed()).status_code == 404


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_in_a_browser_the_draft_is_saved_as_one_types_and_submitted_once(page, sign_in, live_server):
    ministry = make_institution(make_member())
    milestone = make_milestone(make_commitment(make_plan(ministry.member), ministry), date(2021, 6, 30))
    sign_in(page, make_user("editor", ministry))
    page.goto(f"{live_server.url}{add(milestone)}")
    page.evaluate("document.querySelector('[data-autosave]').dataset.autosave = '100'")
    page.fill("[name=what_was_done]", "A start was made.")
    expect(page.locator("[data-autosave]")).to_contain_text("still missing")
    page.select_option("[name=status]", "substantial")
    page.fill("[name=links]", "The page | https://example.org/page")
    expect(page.locator("[data-autosave]")).to_contain_text("Draft saved at")
    assert re.search(r"/statusupdate/\d+/change/$", page.url)
    assert (StatusUpdate.objects.get().review, Evidence.objects.count()) == ("draft", 0)
    page.click("[name=_submit]")
    page.wait_for_url(f"{live_server.url}/admin/")
    assert (StatusUpdate.objects.get().review, Evidence.objects.get().url) == ("submitted", "https://example.org/page")
