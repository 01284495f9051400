"""Two people save the same thing: the second one sees the difference and chooses; nothing is overwritten unseen."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commitments.conflicts import stored_values
from commitments.models import Commitment, Involvement
from milestones import services
from milestones.models import Event, Milestone, StatusUpdate
from tests.forms import sent_by
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_report,
    make_user,
)


@pytest.fixture
def milestone(db):
    plan = make_plan(make_member())
    return make_milestone(make_commitment(plan, make_institution(plan.member)), date(2021, 10, 31))


@pytest.fixture
def editor(milestone):
    return make_user("editor", milestone.commitment.institutions.get())


@pytest.fixture
def report(milestone, editor):
    return make_report(milestone, editor, date(2021, 11, 15), what_was_done="First words.", next_step="A plan.")


def change(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def opened(client, row) -> dict:
    """The form of a row as a window has it: every field, as the page gave it."""
    return sent_by(client.get(change(row)).content.decode())


def text(report) -> tuple[str, str]:
    stored = StatusUpdate.objects.get(pk=report.pk)
    return stored.what_was_done, stored.next_step


@pytest.fixture
def windows(client, report, editor):
    """Two windows of the same author, opened on the same draft; the first has been saved."""
    client.force_login(editor)
    first, second = opened(client, report), opened(client, report)
    assert client.post(change(report), first | {"what_was_done": "From the first window."}).status_code == 302
    return second | {"what_was_done": "From the second window."}


def test_the_second_window_is_shown_before_theirs_and_yours_and_nothing_is_saved(client, report, windows):
    answer = client.post(change(report), windows)
    page = answer.content.decode()
    assert answer.status_code == 409
    for shown in ("First words.", "From the first window.", "From the second window."):
        assert f"<dd>{shown}</dd>" in page
    assert "Both of you changed it: choose." in page
    assert text(report)[0] == "From the first window."


@pytest.mark.parametrize(
    ("choice", "stays"), [("yours", "From the second window."), ("theirs", "From the first window.")]
)
def test_the_person_chooses_for_each_field_and_all_else_that_was_typed_is_kept(client, report, windows, choice, stays):
    page = client.post(change(report), windows | {"next_step": "Another plan."}).content.decode()
    again = sent_by(page) | {"_choose-what_was_done": choice, "_choose-next_step": "yours", "_take": "chosen"}
    assert client.post(change(report), again).status_code == 302
    assert text(report) == (stays, "Another plan.")


def test_without_a_choice_nothing_is_saved(client, report, windows):
    page = client.post(change(report), windows).content.decode()
    answer = client.post(change(report), sent_by(page) | {"_take": "chosen"})
    assert answer.status_code == 409
    assert "Choose for each field that both of you changed." in answer.content.decode()
    assert text(report)[0] == "From the first window."


@pytest.mark.parametrize(
    ("side", "stays"), [("yours", "From the second window."), ("theirs", "From the first window.")]
)
def test_one_side_is_taken_as_a_whole(client, report, windows, side, stays):
    page = client.post(change(report), windows).content.decode()
    assert client.post(change(report), sent_by(page) | {"_take": side}).status_code == 302
    assert text(report)[0] == stays


def test_a_field_that_only_one_of_the_two_changed_is_chosen_beforehand(client, report, windows):
    windows["what_was_done"] = "First words."  # the second window has changed another field only
    page = client.post(change(report), windows | {"next_step": "Another plan."}).content.decode()
    assert '_choose-what_was_done" value="theirs" checked' in page
    assert '_choose-next_step" value="yours" checked' in page
    assert "Both of you changed it" not in page


def test_a_third_save_during_the_choice_is_seen_too(client, report, windows):
    page = client.post(change(report), windows).content.decode()
    third = opened(client, report) | {"what_was_done": "From a third window."}
    assert client.post(change(report), third).status_code == 302
    answer = client.post(change(report), sent_by(page) | {"_take": "yours"})
    assert answer.status_code == 409
    assert "From a third window." in answer.content.decode()
    assert text(report)[0] == "From a third window."


def test_a_form_with_an_error_keeps_the_edition_that_it_was_opened_with(client, report, windows):
    page = client.post(change(report), windows | {"on_date": "no date"}).content.decode()
    assert sent_by(page)["_version"] == ["1"]
    assert text(report)[0] == "From the first window."


def test_what_was_submitted_meanwhile_cannot_be_changed_and_the_typed_text_is_shown(client, report, windows):
    services.submit(report)
    answer = client.post(change(report), windows)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "can no longer be changed" in page
    assert "From the second window." in page
    assert "Save what is chosen" not in page
    assert text(report)[0] == "From the first window."


def test_one_window_alone_saves_as_ever(client, report, editor):
    client.force_login(editor)
    for words in ("One.", "Two."):
        assert client.post(change(report), opened(client, report) | {"what_was_done": words}).status_code == 302
    assert text(report)[0] == "Two."


# The record -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def root(client, milestone):
    user = make_user("viewer", is_superuser=True)
    client.force_login(user)
    return user


def test_two_administrators_mend_a_milestone(client, milestone, root):
    first, second = opened(client, milestone), opened(client, milestone)
    client.post(change(milestone), first | {"title": "Theirs"})
    answer = client.post(change(milestone), second | {"title": "Mine"})
    assert answer.status_code == 409
    assert Milestone.objects.get(pk=milestone.pk).title == "Theirs"
    event = Event.objects.get(action="edited", milestone=milestone)
    assert event.changes["title"] == [milestone.title, "Theirs"], "what was refused is no event"


def test_two_administrators_mend_a_commitment_and_its_plan(client, milestone, root):
    for row in (milestone.commitment, milestone.commitment.plan):
        first, second = opened(client, row), opened(client, row)
        assert client.post(change(row), first | {"title": "Theirs"}).status_code == 302
        assert client.post(change(row), second | {"title": "Mine"}).status_code == 409
        assert type(row).objects.get(pk=row.pk).title == "Theirs"


def test_a_row_below_that_the_other_changed_is_shown_and_kept_too(client, milestone, root):
    commitment = milestone.commitment
    first, second = opened(client, commitment), opened(client, commitment)
    assert client.post(change(commitment), first | {"involvements-0-office": "Theirs"}).status_code == 302
    page = client.post(change(commitment), second | {"title": "Mine"}).content.decode()
    assert "<dd>Theirs</dd>" in page
    key = re.search(r'name="_choose-(involvements#\d+#office)" value="theirs" checked', page)[1]
    again = sent_by(page) | {"_choose-title": "yours", f"_choose-{key}": "theirs", "_take": "chosen"}
    assert client.post(change(commitment), again).status_code == 302
    assert Commitment.objects.get(pk=commitment.pk).title == "Mine"
    assert Involvement.objects.get(commitment=commitment).office == "Theirs"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_asked():
    plan = make_plan(make_member())
    milestone = make_milestone(make_commitment(plan, make_institution(plan.member)), date(2021, 10, 31))
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(make_user("viewer", is_superuser=True))
    forms = [opened(client, milestone) for client in clients]
    start = Barrier(2)

    def save(number):
        start.wait(10)
        try:
            return clients[number].post(change(milestone), forms[number] | {"title": f"Title {number}"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(save, (0, 1))) == [302, 409]
    assert Milestone.objects.get(pk=milestone.pk).version == 2
    assert Event.objects.filter(action="edited").count() == 1


def test_what_a_form_carries_costs_no_query_for_each_row_below(client, milestone, root):
    counts = []
    commitment = milestone.commitment
    for number in (2, 20):
        for _n in range(number - commitment.involvements.count()):
            Involvement.objects.create(
                commitment=commitment, institution=make_institution(commitment.plan.member), role="supporting"
            )
        model_admin, request = admin.site.get_model_admin(Commitment), RequestFactory().get("/")
        request.user = root
        with CaptureQueriesContext(connection) as captured:
            stored_values(model_admin, request, commitment)
        counts.append(len(captured))
    assert counts[0] == counts[1]
