"""Deadlines, corrections, bulk actions and uploads against the history of what was done."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from milestones.models import Batch, Deadline, Event, Milestone, ReadingCorrection, Upload, UploadRow

from .base import Check, Finding, Look, each, named, one_by_one

Action = Event.Action
BACKUP = "Compare it with a backup of before."


def number_of(rows, **about) -> Coalesce:
    """How many of the rows are about the outer row: a sub-query."""
    key = next(iter(about))
    counted = rows.filter(**about).order_by().values(key).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def amended_without_event(look: Look) -> Iterator[Finding]:
    """Each deadline that takes another's place was put there by one step, and one alone."""
    steps = Event.objects.filter(action__in=[Action.AMENDED, Action.AMENDMENT_UNDONE])
    rows = Deadline.objects.filter(amends__isnull=False).annotate(steps=number_of(steps, deadline=OuterRef("pk")))
    yield from each(rows.exclude(steps=1), "It amends a deadline, and history has {row.steps} steps of it.", BACKUP)


def amended_and_in_force(look: Look) -> Iterator[Finding]:
    """A deadline that another has replaced ends on the day on which that one begins."""
    rows = Deadline.objects.filter(amended_by__isnull=False)
    rows = rows.filter(Q(withdrawn_on=None) | ~Q(withdrawn_on=F("amended_by__set_on")))
    yield from each(rows, "It was amended, but does not end when the other begins.", BACKUP)


def corrected_without_event(look: Look) -> Iterator[Finding]:
    made = number_of(ReadingCorrection.objects.all(), milestone=OuterRef("pk"))
    told = number_of(Event.objects.filter(action=Action.CORRECTED), milestone=OuterRef("pk"))
    rows = Milestone.objects.annotate(made=made, told=told).exclude(made=F("told"))
    yield from each(rows, "Its reading was corrected {row.made} time(s), by its history {row.told}.", BACKUP)


def batches_that_say_too_much(look: Look) -> Iterator[Finding]:
    """A bulk action has a step for each row that it says it changed. One that was cut short has more: it says none."""
    steps = Event.objects.filter(request_id=OuterRef("request_id")).order_by().values("request_id")
    steps = steps.annotate(number=Count("pk")).values("number")
    rows = Batch.objects.annotate(steps=Coalesce(Subquery(steps), 0)).filter(done__gt=F("steps"))
    yield from each(rows, "It says that it changed {row.done} rows; history has {row.steps} of its steps.", BACKUP)


def uploads_half_done(look: Look) -> Iterator[Finding]:
    """An upload that says it is applied has done each of its rows; one that is undone has taken each of them back."""
    changes = [UploadRow.Change.NEW, UploadRow.Change.DIFFERS]
    left = UploadRow.objects.filter(upload=OuterRef("pk"), change__in=changes, done_at=None)
    kept = UploadRow.objects.filter(
        upload=OuterRef("pk"), outcome__in=[UploadRow.Outcome.CREATED, UploadRow.Outcome.CHANGED]
    )
    applied = Upload.objects.filter(state=Upload.State.APPLIED, pk__in=left_of(left))
    undone = Upload.objects.filter(state=Upload.State.UNDONE, pk__in=left_of(kept))
    yield from each(applied, "It says that it is applied, but rows of it are not.", "Upload the file once more.")
    yield from each(undone, "It says that it is undone, but rows of it are not.", BACKUP)


def left_of(rows):
    return rows.order_by().values("upload")


def made_twice(look: Look) -> Iterator[Finding]:
    """No two rows of an upload made the same report, and no row made two."""
    made = UploadRow.objects.filter(outcome=UploadRow.Outcome.CREATED, update__isnull=False).order_by()
    twice = made.values("upload", "update").annotate(number=Count("pk")).filter(number__gt=1)
    for row in twice.iterator(chunk_size=500):
        what = f"{row['number']} rows say that they made report {row['update']}."
        yield Finding(f"milestones.upload {row['upload']}", what, BACKUP)


def counted_wrong(look: Look) -> Iterator[Finding]:
    """What an upload says of its progress is what its rows say, once it has come to rest."""
    rows = Upload.objects.filter(state=Upload.State.APPLIED)
    rows = rows.annotate(really=Count("rows", filter=Q(rows__done_at__isnull=False)))
    for upload in one_by_one(rows.exclude(really=F("done"))):
        yield Finding(named(upload), f"It says {upload.done} rows are done; {upload.really} are.", BACKUP)


def all_of_uploads(look: Look) -> Iterator[Finding]:
    yield from uploads_half_done(look)
    yield from made_twice(look)
    yield from counted_wrong(look)


def all_of_amendments(look: Look) -> Iterator[Finding]:
    yield from amended_without_event(look)
    yield from amended_and_in_force(look)


CHECKS = [
    Check("amendments", "amended deadlines", Deadline.objects.exclude(amends=None).count, all_of_amendments),
    Check("corrections", "corrections of readings", ReadingCorrection.objects.count, corrected_without_event),
    Check("batches", "bulk actions", Batch.objects.count, batches_that_say_too_much),
    Check("uploads", "uploaded spreadsheets", Upload.objects.count, all_of_uploads),
]
