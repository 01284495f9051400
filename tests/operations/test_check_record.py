"""The checker: the record passes, and each check finds the row that was broken on purpose, past the services."""

import hashlib
import io
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from assessments.models import Report, Snapshot
from following.models import FollowingMail, Subscription
from milestones import bulk, clock, services
from milestones.models import (
    Batch,
    Deadline,
    Event,
    Evidence,
    Link,
    Milestone,
    OutboxMail,
    OverdueNotice,
    OverduePeriod,
    StatusUpdate,
    Upload,
    UploadRow,
)
from opendata.models import DataFiles
from operations.invariants.all import CHECKS
from operations.invariants.base import Look
from search import index
from search.models import Change, Entry
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_report,
    make_user,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LONG_AGO = timedelta(days=3)
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no such thing")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def rolled_back(db):
    """What was broken is undone unchecked: pytest-django would otherwise find the broken keys, too."""
    yield
    transaction.set_rollback(True)


@pytest.fixture
def world(record):
    """A plan under way with an approved report, made by the services."""
    member = make_member()
    ministry = make_institution(member)
    today = timezone.localdate()
    plan = make_plan(member, starts_on=today - timedelta(days=300), ends_on=today + timedelta(days=300))
    milestone = make_milestone(make_commitment(plan, ministry), today - timedelta(days=20))
    services.read_deadlines(milestone)
    report = make_report(milestone, make_user("editor", ministry), today - timedelta(days=1))
    services.submit(report)
    services.approve(report, make_user("head", ministry))
    clock.flag_overdue()
    index.refresh()
    return report


def found(key, patience=HOUR) -> list[str]:
    """What one check finds, by row."""
    [check] = [check for check in CHECKS if check.key == key]
    assert check.count() >= 0
    return [finding.row for finding in check.find(Look(timezone.now(), patience))]


def wrong() -> list[str]:
    """What all checks find that is wrong."""
    look = Look(timezone.now(), HOUR)
    return [str(finding) for check in CHECKS if not check.remark for finding in check.find(look)]


def run(*statements: str):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def without_trigger(name: str, table: str):
    run(f"DROP TRIGGER {name} ON {table}" if connection.vendor == "postgresql" else f"DROP TRIGGER {name}")


def said(*words) -> str:
    out = io.StringIO()
    call_command("check_record", *words, stdout=out)
    return out.getvalue()


# The whole ------------------------------------------------------------------------------------------------------------
def test_the_record_and_the_training_plan_pass(record):
    call_command("load_training", stdout=io.StringIO())
    clock.flag_overdue()
    index.refresh()
    out = said()
    assert "All that was looked at holds." in out
    assert f"periods: {Milestone.objects.count()} milestones' overdue days" in out
    assert f"search: {Entry.objects.count()} search entries" in out


def test_what_is_wrong_is_listed_with_what_to_do_and_ends_with_status_1(record, capsys):
    Milestone.objects.filter(pk=Milestone.objects.first().pk).update(due_on="2030-01-01")
    with pytest.raises(CommandError, match="Wrong: 1") as error:
        call_command("check_record", "--only", "readings")
    assert error.value.returncode == 1
    line = f"WRONG milestones.milestone {Milestone.objects.first().pk}: Its stored dates are not what its words"
    assert line in capsys.readouterr().out


def test_a_long_list_is_cut_unless_all_of_it_is_asked_for(record, capsys):
    Milestone.objects.update(due_on="2030-01-01")
    for words, number in ((["--all"], Milestone.objects.count()), ([], 20)):
        with pytest.raises(CommandError):
            call_command("check_record", "--only", "readings", *words)
        assert capsys.readouterr().out.count("WRONG") == number


def test_nothing_is_written(world, django_assert_max_num_queries):
    with django_assert_max_num_queries(10_000) as queries:
        said()
    verbs = {query["sql"].split()[0].upper() for query in queries.captured_queries}
    assert verbs - {"DECLARE", "CLOSE"} <= {"SELECT", "PRAGMA"} and "SELECT" in verbs


# Reports and their history --------------------------------------------------------------------------------------------
def test_a_report_that_was_published_past_the_service(world):
    row = make_report(world.milestone, world.author, date.today())
    StatusUpdate.objects.filter(pk=row.pk).update(
        review="approved", reviewed_by=world.reviewed_by, published_on=date.today()
    )
    assert found("reports") == [f"milestones.statusupdate {row.pk}"]


def test_an_approval_that_was_lost(world):
    StatusUpdate.objects.filter(pk=world.pk).update(review="submitted", reviewed_by=None, published_on=None)
    assert found("reports") == [f"milestones.statusupdate {world.pk}"]


def test_an_approval_dated_otherwise_than_its_event(world):
    StatusUpdate.objects.filter(pk=world.pk).update(published_on=world.published_on - timedelta(days=1))
    assert found("reports") == [f"milestones.statusupdate {world.pk}"]


def test_an_edition_older_than_its_history(world):
    StatusUpdate.objects.filter(pk=world.pk).update(version=0)
    assert found("reports") == [f"milestones.statusupdate {world.pk}"]


def test_a_submission_that_was_lost(world):
    row = make_report(world.milestone, world.author, date.today())
    services.submit(row)
    assert found("reports") == []
    StatusUpdate.objects.filter(pk=row.pk).update(review="draft")
    assert found("reports") == [f"milestones.statusupdate {row.pk}"]


def test_an_approval_that_was_written_twice(world):
    event = Event.objects.get(update=world, action="approved")
    event.pk, event._state.adding = None, True
    event.save()
    assert found("steps") == found("reports") == [f"milestones.statusupdate {world.pk}"]


def test_an_event_about_a_report_of_another_milestone(world):
    other = make_milestone(world.milestone.commitment, date.today())
    without_trigger("event_is_never_changed", "milestones_event")
    event = Event.objects.filter(update=world).order_by("pk").first()
    run(f"UPDATE milestones_event SET milestone_id = {other.pk} WHERE id = {event.pk}")
    assert found("events") == [f"milestones.event {event.pk}"]


# Deadlines, bulk actions, uploads -------------------------------------------------------------------------------------
def test_an_amendment_without_its_event_and_one_whose_former_deadline_still_holds(world):
    former = world.milestone.deadlines.get()
    today = date.today()
    amended = services.amend_deadline(former, today + timedelta(days=30), "It takes longer.", today)
    assert found("amendments") == []
    Deadline.objects.filter(pk=former.pk).update(withdrawn_on=None)
    assert found("amendments") == [f"milestones.deadline {former.pk}"]
    Deadline.objects.filter(pk=former.pk).update(withdrawn_on=today)
    without_trigger("event_is_never_changed", "milestones_event")
    run(f"UPDATE milestones_event SET deadline_id = NULL WHERE deadline_id = {amended.pk}")
    assert found("amendments") == [f"milestones.deadline {amended.pk}"]


def test_a_correction_without_its_event(world):
    says = {"starts_on": None, "due_on": date.today() + timedelta(days=9), "precision": "day"}
    correction = services.correct_reading(world.milestone, world.author, "It says so.", **says)
    assert found("corrections") == []
    correction.pk, correction._state.adding = None, True
    correction.save()
    assert found("corrections") == [f"milestones.milestone {world.milestone_id}"]


def test_a_bulk_action_that_says_more_than_it_did(world):
    batch = bulk.run(
        bulk.assigning(world.reviewed_by, world.author, {world.milestone_id}), [world.milestone], world.author
    )
    assert batch.done == 1 and found("batches") == []
    Batch.objects.filter(pk=batch.pk).update(done=2)
    assert found("batches") == [f"milestones.batch {batch.pk}"]


@pytest.fixture
def upload(world):
    """An upload that made the report."""
    facts = {"size": 1, "sha256": "0" * 64, "file_name": "a.xlsx", "asked_at": timezone.now()}
    upload = Upload.objects.create(author=world.author, state="applied", done=1, total=1, **facts)
    done = {"outcome": "created", "done_at": timezone.now()}
    UploadRow.objects.create(upload=upload, number=2, change="new", update=world, **done)
    assert found("uploads") == []
    return upload


def test_an_upload_half_applied(upload):
    UploadRow.objects.create(upload=upload, number=3, change="new")
    assert found("uploads") == [f"milestones.upload {upload.pk}"]


def test_an_upload_half_undone(upload, world):
    Upload.objects.filter(pk=upload.pk).update(state="undone", undone_by=world.author, undone_at=timezone.now())
    assert found("uploads") == [f"milestones.upload {upload.pk}"]


def test_an_upload_that_made_a_report_twice(upload, world):
    done = {"outcome": "created", "done_at": timezone.now()}
    UploadRow.objects.create(upload=upload, number=3, change="new", update=world, **done)
    Upload.objects.update(done=2)
    assert found("uploads") == [f"milestones.upload {upload.pk}"]


def test_an_upload_that_counted_wrong(upload):
    Upload.objects.update(done=0)
    assert found("uploads") == [f"milestones.upload {upload.pk}"]


# The clock ------------------------------------------------------------------------------------------------------------
def test_an_overdue_deadline_without_a_notice(world):
    OverdueNotice.objects.all().delete()
    assert found("notices") == [f"milestones.deadline {world.milestone.deadlines.get().pk}"]


def test_an_open_notice_of_a_deadline_that_is_not_overdue(world):
    OverdueNotice.objects.update(flagged_on=date.today() - timedelta(days=10))
    OverduePeriod.objects.all().delete()
    assert found("notices") == [f"milestones.overduenotice {OverdueNotice.objects.get().pk}"]


def test_two_open_notices_of_one_deadline(world):
    run("DROP INDEX one_open_notice_a_deadline")
    notice = OverdueNotice.objects.get()
    notice.pk = None
    notice.save(force_insert=True)
    assert found("notices") == ["milestones.overduenotice"]
    assert found("constraints") == ["milestones_overduenotice.one_open_notice_a_deadline"]


# What is stored for speed ---------------------------------------------------------------------------------------------
def test_overdue_days_that_do_not_follow(world):
    OverduePeriod.objects.filter(milestone=world.milestone).update(first_on=date(2020, 1, 1))
    assert found("periods") == [f"milestones.milestone {world.milestone_id}"]


def test_a_search_entry_that_says_something_else_one_that_lacks_and_one_too_many(world):
    entries = Entry.objects.filter(source="milestone").order_by("key")
    changed, gone = entries[0], entries[1]
    Entry.objects.filter(pk=changed.pk).update(sha256="0" * 64)
    Entry.objects.filter(pk=gone.pk).delete()
    Entry.objects.filter(source="plan").update(source="forgotten")
    rows = found("search")
    assert {f"search.entry milestone {changed.key}", f"search.entry milestone {gone.key}"} <= set(rows)
    assert f"search.entry forgotten {world.milestone.commitment.plan_id}" in rows


def test_an_entry_whose_change_still_waits_is_not_wrong(world):
    Milestone.objects.filter(pk=world.milestone_id).update(title="Something else")
    assert Change.objects.exists() and found("search") == []
    index.refresh()
    assert not Change.objects.exists() and found("search") == []


def test_a_frozen_snapshot_that_was_changed(record):
    plan = record.plans.first()
    facts = {"subject": "a", "kind": "plan_package", "frozen_on": date.today(), "language": "en"}
    row = Snapshot.objects.create(plan=plan, data={"a": 1}, sha256=hashlib.sha256(b'{"a":1}').hexdigest(), **facts)
    assert found("snapshots") == []
    Snapshot.objects.filter(pk=row.pk).update(data={"a": 2})
    assert found("snapshots") == [f"assessments.snapshot {row.pk}"]


# Work that waits ------------------------------------------------------------------------------------------------------
def new_report(plan, user, **facts):
    snapshot = Snapshot.objects.create(
        plan=plan, subject="a", kind="plan_package", language="en", data={}, sha256="0" * 64, frozen_on=date.today()
    )
    return Report.objects.create(snapshot=snapshot, requested_by=user, **facts)


def test_jobs_that_nobody_works_on(world):
    moment = timezone.now() - LONG_AGO
    report = new_report(world.milestone.commitment.plan, world.author, state="running", heartbeat_at=moment)
    data = DataFiles.objects.create(scope="all", asked_at=moment)
    facts = {"size": 1, "sha256": "0" * 64, "file_name": "a.xlsx", "asked_at": moment}
    upload = Upload.objects.create(author=world.author, state="reading", heartbeat_at=moment, **facts)
    assert found("waiting-reports") == [f"assessments.report {report.pk}"]
    assert found("waiting-data") == [f"opendata.datafiles {data.pk}"]
    assert found("waiting-uploads") == [f"milestones.upload {upload.pk}"]
    longer = LONG_AGO + HOUR
    assert not found("waiting-reports", longer) + found("waiting-data", longer) + found("waiting-uploads", longer)


def test_mails_that_nobody_sends_and_one_that_the_server_refuses(world):
    world.author.email = "reader@example.org"
    world.author.save()
    moment = timezone.now() - LONG_AGO
    common = {"subject": "a", "text": "a", "html": "a", "created_at": moment}
    due = OutboxMail.objects.create(user=world.author, day=date.today(), message_id="1", not_before=moment, **common)
    yesterday = date.today() - timedelta(days=1)
    failing = {"attempts": 9, "error": "SMTPAuthenticationError", "not_before": timezone.now() + HOUR}
    refused = OutboxMail.objects.create(user=world.author, day=yesterday, message_id="2", **failing, **common)
    follower = Subscription.objects.create(email="a@example.org", language="en", level="site")
    other = FollowingMail.objects.create(
        subscription=follower, kind="confirm", message_id="3", not_before=moment, **common
    )
    assert found("waiting-mails") == [
        f"milestones.outboxmail {due.pk}",
        f"milestones.outboxmail {refused.pk}",
        f"following.followingmail {other.pk}",
    ]


def test_changes_that_nobody_indexes(world):
    Change.objects.create(source="plan", key=1)
    assert found("waiting-changes") == []
    Change.objects.update(noted_at=timezone.now() - LONG_AGO)
    assert found("waiting-changes") == ["search.change"]


# Files ----------------------------------------------------------------------------------------------------------------
@pytest.fixture
def evidence(world):
    row = Evidence(update=world, title="A file", file=ContentFile(b"What was done.", name="note.txt"))
    row.describe_file("text/plain")
    row.save()
    index.refresh()
    assert wrong() == []
    return row


@pytest.mark.parametrize("content", [None, b"What was left.", b"Half of"], ids=["missing", "changed", "cut short"])
def test_a_file_that_is_not_what_its_row_says(evidence, content):
    path = Path(evidence.file.path)
    path.unlink() if content is None else path.write_bytes(content)
    assert found("evidence-files") == [f"milestones.evidence {evidence.pk}"]


def test_a_row_that_names_a_file_outside_of_the_folder(evidence):
    Evidence.objects.update(file="../secret-key")
    assert found("evidence-files") == [f"milestones.evidence {evidence.pk}"]


def test_files_of_every_other_kind_that_are_missing(world):
    report = new_report(
        world.milestone.commitment.plan, world.author, state="done", file="reports/a.pdf", file_sha256="0" * 64
    )
    link = Link.objects.create(
        url="https://example.org/",
        copy="copies/a",
        copy_sha256="0" * 64,
        copied_at=timezone.now(),
        next_check_at=timezone.now(),
    )
    facts = {"size": 1, "sha256": "0" * 64, "file_name": "a.xlsx", "asked_at": timezone.now(), "state": "read"}
    upload = Upload.objects.create(author=world.author, file="spreadsheets/a", **facts)
    listed = [{"format": "csv", "path": "data/a.csv", "size": 1, "sha256": "0" * 64}]
    data = DataFiles.objects.create(scope="all", asked_at=timezone.now(), state="failed", files=listed)
    assert found("report-files") == [f"assessments.report {report.pk}"]
    assert found("copies") == [f"milestones.link {link.pk}"]
    assert found("upload-files") == [f"milestones.upload {upload.pk}"]
    assert found("data-files") == [f"opendata.datafiles {data.pk}"]


def test_a_file_that_no_row_names_is_told_once_it_has_settled_and_is_not_wrong(evidence, folder):
    path = folder / "evidence" / "left"
    path.write_bytes(b"left")
    assert found("orphans") == []
    old = (timezone.now() - LONG_AGO).timestamp()
    for each in (path, Path(evidence.file.path)):
        os.utime(each, (old, old))
    assert found("orphans") == ["evidence/left"]
    assert "note evidence/left: No row names this file." in said("--only", "orphans")


# The database ---------------------------------------------------------------------------------------------------------
def test_a_key_that_leads_nowhere(world):
    run(f"UPDATE milestones_deadline SET milestone_id = 999999999 WHERE milestone_id = {world.milestone_id}")
    deadline = Deadline.objects.get(milestone_id=999999999).pk
    name = "milestones.deadline" if connection.vendor == "postgresql" else "milestones_deadline"
    assert found("keys") == [f"{name} {deadline}"]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL cannot be made to take such a row")
def test_a_row_that_breaks_a_constraint_of_the_file(world):
    run("PRAGMA ignore_check_constraints = ON")
    run(f"UPDATE milestones_statusupdate SET published_on = NULL WHERE id = {world.pk}")
    run("PRAGMA ignore_check_constraints = OFF")
    assert found("keys") == ["database file"]


@on_postgresql
def test_a_constraint_that_is_gone_and_one_that_was_never_checked(world):
    table, name = "milestones_statusupdate", "nobody_reviews_their_own_report"
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    assert found("constraints") == [f"{table}.{name}"]
    run(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (author_id <> reviewed_by_id) NOT VALID")
    assert found("constraints") == [f"{table}.{name}"]


@pytest.mark.parametrize(
    "name, table",
    [
        ("event_is_never_changed", "milestones_event"),
        ("coding_has_its_reviews_method", "assessments_coding"),
        ("search_notes_update_milestones_milestone", "milestones_milestone"),
    ],
)
def test_a_trigger_that_is_gone(record, name, table):
    without_trigger(name, table)
    assert found("triggers") == [name]


@on_postgresql
def test_a_trigger_that_is_switched_off(record):
    run("ALTER TABLE milestones_event DISABLE TRIGGER event_is_never_changed")
    assert found("triggers") == ["event_is_never_changed"]


@on_postgresql
def test_a_sequence_that_would_give_a_key_twice(world):
    highest = Milestone.objects.order_by("-pk").first().pk
    run("SELECT setval('milestones_milestone_id_seq', 1)")
    rows = found("sequences")
    run(f"SELECT setval('milestones_milestone_id_seq', {highest})")  # no transaction takes it back
    assert rows == ["public.milestones_milestone_id_seq"]
    assert found("sequences") == []


def test_a_migration_that_is_not_applied_and_one_of_a_newer_version(record, capsys):
    recorder = MigrationRecorder(connection)
    recorder.record_applied("search", "0099_of_tomorrow")
    assert found("migrations") == ["search.0099_of_tomorrow"]
    recorder.record_unapplied("search", "0099_of_tomorrow")
    recorder.record_unapplied("search", "0005_more_changes")
    assert found("migrations") == ["search.0005_more_changes"]
    with pytest.raises(CommandError, match="not of this version"):
        call_command("check_record")
    assert "reports:" not in capsys.readouterr().out


def test_a_migration_that_is_missing_in_the_middle_of_applied_ones(record, capsys):
    """``migrate`` refuses such a database, so another remedy is told."""
    MigrationRecorder(connection).record_unapplied("milestones", "0002_reminders")
    assert found("migrations") == ["milestones.0002_reminders"]
    with pytest.raises(InconsistentMigrationHistory):
        call_command("migrate", "-v", "0")
    with pytest.raises(CommandError, match="not of this version"):
        call_command("check_record")
    said = capsys.readouterr().out
    assert "is not applied, but " in said and "Restore a backup" in said


def test_every_check_has_a_key_of_its_own():
    assert len({check.key for check in CHECKS}) == len(CHECKS)
