"""Many rows at once: what can be done is done, what cannot is named, and all of it bears one request id."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commitments.dates import local_date
from milestones import services
from milestones.models import Batch, Deadline, Event, Milestone, StatusUpdate
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_report,
    make_user,
)

REPORTS = "/admin/milestones/statusupdate/"
DEADLINES = "/admin/milestones/deadline/"
MILESTONES = "/admin/milestones/milestone/"
TODAY = "Asia/Seoul"


class World:
    """A ministry with an editor and a head, and another ministry of the same member."""

    def __init__(self, milestones=3):
        plan = make_plan(make_member())
        self.ministry, self.other = make_institution(plan.member), make_institution(plan.member)
        commitment, foreign = make_commitment(plan, self.ministry), make_commitment(plan, self.other)
        self.milestones = [make_milestone(commitment, date(2021, 10, 31)) for _n in range(milestones)]
        self.foreign = make_milestone(foreign, date(2021, 10, 31))
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.coordinator = make_user("coordinator", self.other)

    def submitted(self, milestone=None, author=None) -> StatusUpdate:
        report = make_report(milestone or self.milestones[0], author or self.editor, date(2021, 11, 15))
        services.submit(report)
        return report


@pytest.fixture
def world(db):
    return World()


def send(client, address, action, rows, **more):
    return client.post(address, {"action": action, "_selected_action": [row.pk for row in rows]} | more)


def words(response) -> str:
    return response.content.decode()


def states(*reports) -> list[str]:
    return [StatusUpdate.objects.get(pk=report.pk).review for report in reports]


# Reports --------------------------------------------------------------------------------------------------------------
def test_the_first_page_says_what_will_be_done_and_what_cannot_and_changes_nothing(client, world):
    ready, draft = world.submitted(), make_report(world.milestones[1], world.editor, date(2021, 11, 15))
    own = world.submitted(world.milestones[2], world.head)
    client.force_login(world.head)
    page = words(send(client, REPORTS, "approve_selected", [ready, draft, own]))
    done, not_done = page.split("This cannot be done")
    assert str(world.milestones[0]) in done
    assert str(world.milestones[1]) not in done
    assert "This report is not waiting for review." in not_done
    assert "You wrote this report yourself: somebody else must review it." in not_done
    assert states(ready, draft, own) == ["submitted", "draft", "submitted"]


def test_many_reports_are_approved_under_one_request_id_and_the_others_are_named(client, world):
    reports = [world.submitted(milestone) for milestone in world.milestones[:2]]
    own = world.submitted(world.milestones[2], world.head)
    client.force_login(world.head)
    answer = send(client, REPORTS, "approve_selected", [*reports, own], _apply="1")
    batch = Batch.objects.get()
    assert answer["Location"] == reverse("admin:milestones_batch_change", args=[batch.pk])
    assert states(*reports, own) == ["approved", "approved", "submitted"]
    assert batch.done == 2
    assert [why for _name, why in batch.refused] == ["You wrote this report yourself: somebody else must review it."], (
        "nobody approves their own report, in bulk neither"
    )
    approved = Event.objects.filter(action="approved")
    assert {event.request_id for event in approved} == {batch.request_id}
    assert approved.count() == 2
    assert str(batch.request_id) == answer["X-Request-Id"]
    page = words(client.get(answer["Location"]))
    assert "What could not be done" in page
    assert str(world.milestones[0]) in page


def test_an_administrator_does_not_approve_an_own_report_in_bulk(client, world):
    root = make_user("editor", world.ministry, is_superuser=True)
    own = world.submitted(author=root)
    client.force_login(root)
    send(client, REPORTS, "approve_selected", [own], _apply="1")
    assert states(own) == ["submitted"]


def test_many_reports_are_returned_with_one_reason_and_not_without(client, world):
    reports = [world.submitted(milestone) for milestone in world.milestones]
    client.force_login(world.head)
    answer = send(client, REPORTS, "return_selected", reports, _apply="1", reason=" ")
    assert answer.status_code == 400
    assert "Say why you return it." in words(answer)
    assert set(states(*reports)) == {"submitted"}
    send(client, REPORTS, "return_selected", reports, _apply="1", reason="Figures are missing.")
    assert set(states(*reports)) == {"returned"}
    assert (
        list(Event.objects.filter(action="returned").values_list("reason", flat=True)) == ["Figures are missing."] * 3
    )


def test_another_ministrys_reports_are_left_out_and_this_is_said(client, world):
    author = make_user("editor", world.other)
    foreign, own = world.submitted(world.foreign, author), world.submitted()
    client.force_login(world.head)
    page = words(send(client, REPORTS, "approve_selected", [foreign, own]))
    assert "1 chosen row is not within what your account works on" in page
    send(client, REPORTS, "approve_selected", [foreign, own], _apply="1")
    assert states(foreign, own) == ["submitted", "approved"]


def test_an_editor_is_offered_no_bulk_review(client, world):
    report = world.submitted(author=make_user("editor", world.ministry))
    client.force_login(world.editor)
    assert "approve_selected" not in words(client.get(REPORTS))
    send(client, REPORTS, "approve_selected", [report], _apply="1")
    assert states(report) == ["submitted"]
    assert not Batch.objects.exists()


def test_an_id_that_a_client_sends_twice_names_only_its_first_batch(client, world):
    reports = [world.submitted(milestone) for milestone in world.milestones[:2]]
    client.force_login(world.head)
    header = {"x-request-id": "0b5f3a52-6b5c-4c7e-9a50-1d6a3b4c5d6e"}
    for report in reports:
        data = {"action": "approve_selected", "_selected_action": [report.pk], "_apply": "1"}
        client.post(REPORTS, data, headers=header)
    assert states(*reports) == ["approved", "approved"]
    assert Batch.objects.values("request_id").distinct().count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_who_approve_the_same_reports_at_once_one_decides_each_and_nothing_is_lost():
    world = World()
    reports = [world.submitted(milestone) for milestone in world.milestones]
    reviewers = [world.head, make_user("head", world.ministry)]
    start = Barrier(len(reviewers))

    def approve(reviewer):
        client = Client()
        client.force_login(reviewer)
        start.wait(10)
        try:
            return send(client, REPORTS, "approve_selected", reports, _apply="1").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(reviewers)) as threads:
        assert list(threads.map(approve, reviewers)) == [302, 302]
    assert set(states(*reports)) == {"approved"}
    assert Event.objects.filter(action="approved").count() == len(reports), "each is approved once"
    assert sum(Batch.objects.values_list("done", flat=True)) == len(reports)
    assert sum(len(refused) for refused in Batch.objects.values_list("refused", flat=True)) == len(reports)


# Deadlines ------------------------------------------------------------------------------------------------------------
def amend(client, deadlines, **more):
    typed = {"set_on": local_date(TODAY).isoformat(), "reason": "The tender failed.", "unit": "months"}
    return send(client, DEADLINES, "amend_selected", deadlines, **(typed | more))


@pytest.fixture
def deadlines(world):
    return [milestone.deadlines.get() for milestone in world.milestones]


def due(deadlines) -> list[date]:
    return list(Deadline.objects.filter(amends__in=deadlines).order_by("pk").values_list("due_on", flat=True))


def test_many_deadlines_are_moved_by_months_and_the_former_ones_stay(client, world, deadlines):
    client.force_login(world.coordinator)
    page = words(amend(client, deadlines, number="1", _preview="1"))
    assert "will be due on 30 November 2021" in page
    assert not due(deadlines), "a preview changes nothing"
    amend(client, deadlines, number="1", _apply="1")
    assert due(deadlines) == [date(2021, 11, 30)] * 3
    assert Deadline.objects.filter(pk__in=[d.pk for d in deadlines], withdrawn_on=local_date(TODAY)).count() == 3
    assert Event.objects.filter(action="amended", request_id=Batch.objects.get().request_id).count() == 3


def test_one_new_due_date_for_all_and_what_was_amended_already_is_named(client, world, deadlines):
    services.amend_deadline(deadlines[0], date(2022, 1, 31), "Earlier.", local_date(TODAY))
    client.force_login(world.coordinator)
    amend(client, deadlines, due_on="2022-06-30", _apply="1")
    assert due(deadlines) == [date(2022, 1, 31), date(2022, 6, 30), date(2022, 6, 30)]
    assert [why for _name, why in Batch.objects.get().refused] == ["This deadline was amended or withdrawn already."]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Give either a new due date for all"),
        ({"due_on": "2022-06-30", "number": "2"}, "Give either a new due date for all"),
        ({"due_on": "2022-06-30", "reason": " "}, "This field is required."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(client, world, deadlines, typed, says):
    client.force_login(world.coordinator)
    answer = amend(client, deadlines, **typed, _apply="1")
    assert answer.status_code == 400
    assert says in words(answer)
    assert typed.get("due_on", "") in words(answer)
    assert not due(deadlines)


def test_deadlines_are_not_amended_for_the_past(client, world, deadlines):
    client.force_login(world.coordinator)
    yesterday = local_date(TODAY) - timedelta(days=1)
    amend(client, deadlines, due_on="2022-06-30", set_on=yesterday.isoformat(), _apply="1")
    assert not due(deadlines)
    assert not Batch.objects.exists() or Batch.objects.get().done == 0


def test_a_head_does_not_amend_deadlines_in_bulk(client, world, deadlines):
    client.force_login(world.head)
    assert "amend_selected" not in words(client.get(DEADLINES))
    amend(client, deadlines, due_on="2022-06-30", _apply="1")
    assert not due(deadlines)


# Assignments ----------------------------------------------------------------------------------------------------------
def assignees(milestones) -> list:
    return [Milestone.objects.get(pk=milestone.pk).assignee for milestone in milestones]


def test_a_head_assigns_milestones_and_the_assignee_finds_them_on_the_desk_and_by_a_filter(client, world):
    client.force_login(world.head)
    send(client, MILESTONES, "assign_selected", world.milestones[:2], assignee=world.editor.pk, _apply="1")
    assert assignees(world.milestones) == [world.editor, world.editor, None]
    client.force_login(world.editor)
    assert "Assigned to you" in words(client.get("/admin/"))
    mine = words(client.get(f"{MILESTONES}?assigned=me"))
    assert str(world.milestones[0]) in mine
    assert str(world.milestones[2]) not in mine
    client.logout()
    public = words(client.get(world.milestones[0].commitment.get_absolute_url()))
    assert world.editor.username not in public


def test_a_head_does_not_assign_to_another_ministry(client, world):
    stranger = make_user("editor", world.other)
    client.force_login(world.head)
    answer = send(client, MILESTONES, "assign_selected", world.milestones, assignee=stranger.pk, _apply="1")
    assert answer.status_code == 400
    assert assignees(world.milestones) == [None, None, None]


def test_the_coordinator_cannot_assign_what_the_account_does_not_report_on(client, world):
    stranger = make_user("editor", world.other)
    client.force_login(world.coordinator)
    rows = [world.milestones[0], world.foreign]
    send(client, MILESTONES, "assign_selected", rows, assignee=stranger.pk, _apply="1")
    assert assignees(rows) == [None, stranger]
    assert [why for _n, why in Batch.objects.get().refused] == ["This account does not report on this milestone."]


def test_an_editor_assigns_nothing(client, world):
    client.force_login(world.editor)
    send(client, MILESTONES, "assign_selected", world.milestones, assignee=world.editor.pk, _apply="1")
    assert assignees(world.milestones) == [None, None, None]


@pytest.mark.parametrize("action", ["approve_selected", "return_selected"])
def test_the_page_before_a_bulk_action_costs_the_same_for_2_and_30_rows(client, db, action):
    counts = []
    for size in (2, 30):
        world = World(size)
        reports = [world.submitted(milestone) for milestone in world.milestones]
        client.force_login(world.head)
        send(client, REPORTS, action, reports)
        with CaptureQueriesContext(connection) as captured:
            assert send(client, REPORTS, action, reports).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
