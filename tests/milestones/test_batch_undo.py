"""A bulk action is taken back within a day, row by row, and no past day shows anything else than it did."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from commitments.dates import local_date
from milestones import bulk, services, undo
from milestones.models import Batch, Deadline, Event, Milestone, OverduePeriod, StatusUpdate
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_report,
    make_user,
)

DUE = date(2021, 10, 31)


def today() -> date:
    return local_date("Asia/Seoul")


class World:
    def __init__(self):
        plan = make_plan(make_member(), ends_on=date(2999, 12, 31))
        self.ministry = make_institution(plan.member)
        self.commitment = make_commitment(plan, self.ministry)
        self.milestones = [make_milestone(self.commitment, DUE) for _n in range(2)]
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.coordinator = make_user("coordinator", self.ministry)
        self.reports = [self.report(milestone) for milestone in self.milestones]

    def report(self, milestone) -> StatusUpdate:
        report = make_report(milestone, self.editor, date(2021, 11, 15), status="withdrawn")
        services.submit(report)
        return report

    def approved(self) -> Batch:
        return bulk.run(bulk.approving(self.head), self.reports, self.head)

    def returned(self) -> Batch:
        return bulk.run(bulk.returning(self.head, "Figures are missing."), self.reports, self.head)

    def amended(self, set_on=None) -> Batch:
        def new_due(_deadline):
            return date(2022, 6, 30)

        job = bulk.amending(self.coordinator, new_due, "The tender failed.", set_on or today())
        return bulk.run(job, [milestone.deadlines.get() for milestone in self.milestones], self.coordinator)

    def states(self) -> list[str]:
        return [StatusUpdate.objects.get(pk=report.pk).review for report in self.reports]


@pytest.fixture
def world(db):
    return World()


def undone(client, user, batch):
    client.force_login(user)
    return client.post(reverse("admin:milestones_batch_undo", args=[batch.pk]), follow=True).content.decode()


def public(client, commitment, on=None) -> str:
    client.logout()
    return client.get(commitment.get_absolute_url(), {"as_of": on.isoformat()} if on else {}).content.decode()


def test_approvals_are_taken_back_on_their_day_and_the_history_keeps_both_steps(client, world):
    yesterday = public(client, world.commitment, today() - timedelta(days=1))
    batch = world.approved()
    assert "Something." in public(client, world.commitment)
    page = undone(client, world.head, batch)
    assert "2 rows are undone." in page
    assert world.states() == ["submitted", "submitted"]
    assert "Something." not in public(client, world.commitment)
    assert public(client, world.commitment, today() - timedelta(days=1)) == yesterday
    told = Event.objects.filter(update=world.reports[0], public=True).order_by("pk").values_list("action", flat=True)
    assert list(told) == ["approved", "approval_undone"]
    history = client.get(f"{world.commitment.get_absolute_url()}history/").content.decode()
    assert "Report approved and published" in history
    assert "Approval withdrawn" in history


def test_what_is_overdue_follows_an_approval_and_its_undo(world):
    late = OverduePeriod.objects.on(today()).filter(milestone__in=world.milestones)
    assert late.count() == 2
    batch = world.approved()
    assert late.count() == 0, "withdrawn milestones are not overdue"
    undo.undo(batch, world.head)
    assert late.count() == 2


def test_an_approval_is_not_taken_back_once_its_day_is_over(client, world):
    batch = world.approved()
    yesterday = today() - timedelta(days=1)
    StatusUpdate.objects.filter(pk=world.reports[0].pk).update(published_on=yesterday)
    page = undone(client, world.head, batch)
    assert "The day on which it became public is over: report a correction instead." in page
    assert world.states() == ["approved", "submitted"]
    assert StatusUpdate.objects.get(pk=world.reports[0].pk).published_on == yesterday


def test_returned_reports_wait_for_review_again_unless_their_author_has_touched_them(client, world):
    batch = world.returned()
    touched = StatusUpdate.objects.get(pk=world.reports[0].pk)
    services.submit(touched)
    services.return_to_author(touched, world.coordinator, "Still missing.")
    page = undone(client, world.head, batch)
    assert "Somebody has changed it since." in page
    assert world.states() == ["returned", "submitted"]
    assert Event.objects.filter(action="returned", reason="Figures are missing.").count() == 2, "reasons are kept"


def test_a_draft_that_its_author_has_edited_since_is_not_taken_from_under_its_hands(client, world):
    batch = world.returned()
    client.force_login(world.editor)
    address = reverse("admin:milestones_statusupdate_change", args=[world.reports[0].pk])
    typed = {"on_date": "2021-11-15", "status": "limited", "what_was_done": "With figures.", "challenges": "x"}
    client.post(address, typed | {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0"})
    number, kept = undo.undo(batch, world.head)
    assert number == 1
    assert [why for _name, why in kept] == ["Somebody has changed it since."]
    assert world.states() == ["returned", "submitted"]


def test_amended_deadlines_are_put_back_by_another_amendment(client, world):
    batch = world.amended()
    undone(client, world.coordinator, batch)
    for milestone in world.milestones:
        assert [(d.due_on, d.amends.due_on) for d in milestone.deadlines_in_force(today())] == [
            (DUE, date(2022, 6, 30))
        ]
    assert Event.objects.filter(action="amendment_undone", public=True).count() == 2


def test_an_amendment_that_was_to_hold_later_never_comes_to_hold(world):
    later = today() + timedelta(days=10)
    undo.undo(world.amended(set_on=later), world.coordinator)
    for day in (today(), later, later + timedelta(days=1)):
        assert [d.due_on for d in world.milestones[0].deadlines_in_force(day)] == [DUE]


def test_a_deadline_that_was_amended_again_is_left(world):
    batch = world.amended()
    again = Deadline.objects.filter(milestone=world.milestones[0]).get(withdrawn_on=None)
    services.amend_deadline(again, date(2022, 9, 30), "Once more.", today())
    number, kept = undo.undo(batch, world.coordinator)
    assert (number, len(kept)) == (1, 1)
    assert str(world.milestones[0]) in kept[0][0]


def test_assignments_are_restored(world):
    services.assign(world.milestones[0], world.head, world.head)
    keys = {milestone.pk for milestone in world.milestones}
    batch = bulk.run(bulk.assigning(world.head, world.editor, keys), world.milestones, world.head)
    services.assign(world.milestones[1], None, world.head)
    number, kept = undo.undo(batch, world.head)
    assert (number, len(kept)) == (1, 1)
    assert [Milestone.objects.get(pk=m.pk).assignee for m in world.milestones] == [world.head, None]


def test_a_batch_is_undone_once(client, world):
    batch = world.returned()
    undone(client, world.head, batch)
    assert "It was undone already" in undone(client, world.head, batch)
    assert Event.objects.filter(action="return_undone").count() == 2
    client.force_login(world.head)
    page = client.get(reverse("admin:milestones_batch_change", args=[batch.pk])).content.decode()
    assert "Undo this bulk action" not in page


def test_after_24_hours_it_is_too_late(client, world):
    batch = world.returned()
    Batch.objects.filter(pk=batch.pk).update(when=timezone.now() - timedelta(hours=24, seconds=1))
    assert "more than 24 hours have passed" in undone(client, world.head, batch)
    assert world.states() == ["returned", "returned"]


def test_who_did_it_and_the_coordinating_ministry_may_undo_and_nobody_else(client, world):
    batch = world.returned()
    stranger = make_user("head", world.ministry)
    elsewhere = make_user("coordinator", make_institution(make_member()))
    for user in (stranger, elsewhere, world.editor):
        client.force_login(user)
        assert client.post(reverse("admin:milestones_batch_undo", args=[batch.pk])).status_code in (403, 404)
    assert world.states() == ["returned", "returned"]
    undone(client, world.coordinator, batch)
    assert world.states() == ["submitted", "submitted"]


def test_a_link_alone_undoes_nothing(client, world):
    batch = world.returned()
    client.force_login(world.head)
    assert client.get(reverse("admin:milestones_batch_undo", args=[batch.pk])).status_code == 405
    assert world.states() == ["returned", "returned"]
