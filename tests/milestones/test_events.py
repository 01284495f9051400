"""The log of what was done: written with what it tells, never changed, and the reasons kept for ever."""

import uuid
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from itertools import chain, repeat

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from commitments.dates import local_date
from commitments.requests import one_request
from milestones import history, services
from milestones.models import Event, Milestone, StatusUpdate
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
)

TODAY = "Asia/Seoul"


@pytest.fixture
def milestone(db):
    plan = make_plan(make_member())
    return make_milestone(make_commitment(plan, make_institution(plan.member)), date(2021, 10, 31))


@pytest.fixture
def ministry(milestone):
    return milestone.commitment.institutions.get()


@pytest.fixture
def editor(ministry):
    return make_user("editor", ministry)


@pytest.fixture
def head(ministry):
    return make_user("head", ministry)


@pytest.fixture
def report(milestone, editor):
    return make_report(milestone, editor, date(2021, 11, 15))


def told(**about) -> list[str]:
    return list(Event.objects.filter(**about).order_by("pk").values_list("action", flat=True))


def test_each_step_of_a_report_is_an_event_with_institution_and_role(report, editor, head):
    services.submit(report)
    services.return_to_author(report, head, "Which article?")
    services.submit(report)
    services.approve(report, head)
    assert told(update=report) == ["submitted", "returned", "submitted", "approved"]
    approved = Event.objects.get(action="approved")
    assert (approved.institution, approved.role, approved.actor) == (head.institution, "head", head)
    assert approved.day == local_date(TODAY)
    assert approved.changes["status"] == [None, "limited"]
    assert approved.public
    assert told(public=True) == ["approved"], "what comes before the approval is nobody else's business"


def test_the_reason_of_a_return_outlives_the_next_submission_and_is_shown_to_author_and_reviewer(
    client, report, editor, head
):
    for reason in ("Which article?", "Which paragraph?"):
        services.submit(report)
        services.return_to_author(report, head, reason)
    services.submit(report)
    assert report.return_reason == ""
    assert [event.reason for event in history.returns_of(report)] == ["Which paragraph?", "Which article?"]
    for user in (editor, head):
        client.force_login(user)
        page = client.get(reverse("admin:milestones_statusupdate_change", args=[report.pk])).content.decode()
        assert "Which article?" in page
        assert "Which paragraph?" in page


def test_an_amendment_tells_old_and_new(milestone, head):
    deadline = milestone.deadlines.get()
    services.amend_deadline(deadline, date(2022, 3, 31), "The tender failed.", local_date(TODAY), by=head)
    event = Event.objects.get(action="amended")
    assert event.changes["due_on"] == ["2021-10-31", "2022-03-31"]
    assert (event.reason, event.milestone, event.actor) == ("The tender failed.", milestone, head)
    assert event.deadline.amends == deadline


def test_a_deadline_is_amended_once(milestone):
    deadline = milestone.deadlines.get()
    services.amend_deadline(deadline, date(2022, 3, 31), "The tender failed.", local_date(TODAY))
    with pytest.raises(ValidationError, match="amended or withdrawn already"):
        services.amend_deadline(deadline, date(2022, 4, 30), "Again.", local_date(TODAY))


def test_a_corrected_reading_is_an_event(milestone, head):
    services.correct_reading(milestone, head, "The annex says so.", due_on=date(2022, 1, 31), precision="day")
    event = Event.objects.get(action="corrected")
    assert event.changes["due_on"][1] == "2022-01-31"
    assert event.reason == "The annex says so."


def test_what_fails_is_no_event(report, editor, head):
    with pytest.raises(ValidationError):
        services.approve(report, head)  # it was never submitted
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_cannot_be_written_outside_of_a_transaction():
    plan = make_plan(make_member())
    commitment = make_commitment(plan, make_institution(plan.member))
    with pytest.raises(transaction.TransactionManagementError):
        history.record("edited", None, commitment)


@pytest.fixture
def event(report):
    services.submit(report)
    return Event.objects.get()


def test_the_database_refuses_to_change_an_event(event):
    with (
        pytest.raises(DatabaseError, match="An event is never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE milestones_event SET reason = 'another' WHERE id = %s", [event.pk])
    event.refresh_from_db()
    assert event.reason == ""


def test_the_code_neither_changes_nor_deletes_events(event):
    with pytest.raises(TypeError):
        Event.objects.update(reason="another")
    with pytest.raises(TypeError):
        Event.objects.all().delete()
    with pytest.raises(TypeError):
        event.delete()
    event.reason = "another"
    with pytest.raises(TypeError):
        event.save()


def test_postgresql_refuses_to_delete_an_event_unless_its_milestone_goes(event):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no trigger that waits for the end of the transaction")
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM milestones_event WHERE id = %s", [event.pk])
        connection.check_constraints()
    assert Event.objects.filter(pk=event.pk).exists()


def test_an_event_goes_with_its_milestone(event, milestone):
    StatusUpdate.objects.filter(milestone=milestone).delete()
    Milestone.objects.get(pk=milestone.pk).delete()
    connection.check_constraints()
    assert not Event.objects.exists()


# The id of a request --------------------------------------------------------------------------------------------------
def test_each_answer_names_its_request(client, db):
    first, second = client.get("/healthz"), client.get("/healthz")
    assert uuid.UUID(first["X-Request-Id"]) != uuid.UUID(second["X-Request-Id"])


def test_a_given_id_is_taken_when_it_is_a_uuid_and_only_then(client, db):
    given = str(uuid.uuid4())
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-Id"] == given
    bare = given.replace("-", "")  # as nginx writes it
    assert client.get("/healthz", headers={"x-request-id": bare})["X-Request-Id"] == given
    for bad in ("42", "<script>", f"{{{given}}}", f"urn:uuid:{given}"):
        assert uuid.UUID(client.get("/healthz", headers={"x-request-id": bad})["X-Request-Id"]) != uuid.UUID(given)


def test_the_event_of_a_click_bears_the_id_of_its_request(client, report, head):
    services.submit(report)
    client.force_login(head)
    given = uuid.uuid4()
    address = reverse("admin:milestones_statusupdate_review", args=[report.pk])
    client.post(address, {"decision": "approve"}, headers={"x-request-id": str(given)})
    assert Event.objects.get(action="approved").request_id == given


def test_all_that_a_job_does_bears_one_id(milestone, editor):
    with one_request() as request_id:
        for days in (1, 2):
            services.submit(make_report(milestone, editor, date(2021, 11, 15) + timedelta(days=days)))
    assert set(Event.objects.values_list("request_id", flat=True)) == {request_id}


# What was done before there were events -------------------------------------------------------------------------------
def forget_events():
    """As on a record from before the log: past the trigger, which only the table's owner can set aside."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.check_constraints()
            cursor.execute("ALTER TABLE milestones_event DISABLE TRIGGER event_goes_with_what_it_is_about")
        cursor.execute("DELETE FROM milestones_event")
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE milestones_event ENABLE TRIGGER event_goes_with_what_it_is_about")


def test_earlier_approvals_returns_amendments_and_corrections_are_written_down(milestone, editor, head):
    make_public_report(milestone, editor, head, date(2021, 11, 15), published_on=date(2021, 11, 20))
    returned = {"review": "returned", "reviewed_by": head, "reviewed_at": timezone.now(), "return_reason": "Why?"}
    make_report(milestone, editor, date(2021, 12, 15), **returned)
    services.amend_deadline(milestone.deadlines.get(), date(2022, 3, 31), "The tender failed.", date(2021, 10, 1))
    services.correct_reading(milestone, head, "The annex says so.", due_on=date(2022, 1, 31), precision="day")
    forget_events()
    import_module("milestones.migrations.0007_earlier_events").write(apps, None)
    found = {event.action: event for event in Event.objects.all()}
    assert set(found) == {"approved", "returned", "amended", "corrected"}
    assert (found["approved"].day, found["approved"].role) == (date(2021, 11, 20), "head")
    assert found["returned"].reason == "Why?"
    assert not found["returned"].public
    assert found["amended"].changes == {"due_on": ["2021-10-31", "2022-03-31"]}
    assert found["amended"].actor is None, "who amended it was not kept then"
    assert found["corrected"].institution == head.institution


# Midnight passes ------------------------------------------------------------------------------------------------------
@pytest.fixture
def midnight_passes(monkeypatch):
    """At Seoul: whoever asks for the time a second time is told that it is the next day."""
    moments = chain([datetime(2021, 11, 15, 14, 59, 59, tzinfo=UTC)], repeat(datetime(2021, 11, 15, 15, tzinfo=UTC)))
    monkeypatch.setattr(timezone, "now", lambda: next(moments))


def test_an_approval_at_midnight_is_of_one_day(report, head, request):
    services.submit(report)
    request.getfixturevalue("midnight_passes")
    services.approve(report, head)
    assert report.published_on == Event.objects.get(action="approved").day == date(2021, 11, 15)


def test_a_correction_at_midnight_is_of_one_day(milestone, head, midnight_passes):
    facts = {"starts_on": None, "due_on": date(2021, 12, 1), "precision": "day"}
    correction = services.correct_reading(milestone, head, "It says so.", **facts)
    assert correction.made_on == Event.objects.get(action="corrected").day == date(2021, 11, 15)
