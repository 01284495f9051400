"""Reports of ministries and what history says of them: nothing acknowledged is lost, and nothing was done twice.

Each service writes a row and its event in one transaction. So from the events alone it can be told what state the row
must be in; where the two differ, one of two writes is missing or came twice.
"""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery

from milestones.models import Event, StatusUpdate, UploadRow

from .base import Check, Finding, Look, in_chunks, named

Action, Review = Event.Action, StatusUpdate.Review
# The state that a report is in after each step.
AFTER = {
    Action.SUBMITTED: Review.SUBMITTED,
    Action.RETURNED: Review.RETURNED,
    Action.APPROVED: Review.APPROVED,
    Action.APPROVAL_UNDONE: Review.SUBMITTED,
    Action.RETURN_UNDONE: Review.SUBMITTED,
}
TAKEN_BACK = [UploadRow.Outcome.WITHDRAWN, UploadRow.Outcome.RESTORED]  # by undoing an upload: no step of a review
ASK = "Look at its history in the admin, and ask who did it last to do it again."
BACKUP = "Compare it with a backup of before, and mend the report by a correction of its own."


def with_last_step():
    """Every report, with the last step of its review: ``step``, and ``step_version`` and ``step_day`` of it."""
    steps = Event.objects.filter(update=OuterRef("pk"), action__in=list(AFTER)).order_by("-pk")
    last = {"step": "action", "step_version": "version", "step_day": "day"}
    found = StatusUpdate.objects.annotate(**{name: Subquery(steps.values(field)[:1]) for name, field in last.items()})
    return found.annotate(
        approvals=Count("events", filter=Q(events__action=Action.APPROVED)),
        undone=Count("events", filter=Q(events__action=Action.APPROVAL_UNDONE)),
    ).select_related("milestone__commitment__plan__member")


def taken_back(reports: list[StatusUpdate]) -> set[int]:
    """Those of them that undoing an upload made a draft again, or what they were before."""
    rows = UploadRow.objects.filter(update__in=reports, outcome__in=TAKEN_BACK)
    return set(rows.values_list("update_id", flat=True))


def why_wrong(report: StatusUpdate, was_taken_back: bool) -> tuple[str, str] | None:
    """What does not fit between a report and its history, and what to do; None when all fits."""
    if report.approvals - report.undone != (report.review == Review.APPROVED):
        done = f"approved {report.approvals} time(s) and taken back {report.undone} time(s) by its history"
        return f"It is {report.review}, but was {done}.", BACKUP
    expected = AFTER.get(report.step, Review.DRAFT)
    if report.review != expected and not was_taken_back:
        return f"It is {report.review}, but the last step in its history is {report.step or 'none'}.", ASK
    if report.step_version and report.step_version > report.version:
        return f"Its edition is {report.version}, but its history has edition {report.step_version}.", BACKUP
    is_public = report.review == Review.APPROVED and not report.milestone.commitment.plan.member.is_fictional
    if is_public and report.step_day != report.published_on:
        return f"It is public since {report.published_on}, but its history says {report.step_day}.", BACKUP
    return None


def differ_from_history(look: Look) -> Iterator[Finding]:
    for reports in in_chunks(with_last_step()):
        back = taken_back(reports)
        for report in reports:
            if why := why_wrong(report, report.pk in back):
                yield Finding(named(report), *why)


def done_twice(look: Look) -> Iterator[Finding]:
    """Two events of one step: the same action on the same edition of a report."""
    steps = Event.objects.filter(update__isnull=False, action__in=list(AFTER), version__isnull=False)
    twice = steps.order_by().values("update", "action", "version").annotate(number=Count("pk")).filter(number__gt=1)
    for row in twice.order_by("update").iterator(chunk_size=500):
        what = f"Edition {row['version']} was {row['action']} {row['number']} times."
        yield Finding(f"milestones.statusupdate {row['update']}", what, BACKUP)


def told_of_another(look: Look) -> Iterator[Finding]:
    """Events whose rows do not belong together."""
    wrong = Q(milestone__isnull=False) & ~Q(milestone__commitment=F("commitment"))
    wrong |= Q(update__isnull=False) & ~Q(update__milestone=F("milestone"))
    wrong |= Q(deadline__isnull=False) & ~Q(deadline__milestone=F("milestone"))
    for events in in_chunks(Event.objects.filter(wrong)):
        for event in events:
            what = "It names a commitment, milestone, report or deadline that does not belong to the others."
            yield Finding(named(event), what, "Somebody moved rows by hand: move them back.")


CHECKS = [
    Check("reports", "reports against their history", StatusUpdate.objects.count, differ_from_history),
    Check("steps", "steps of reports, each done once", Event.objects.exclude(update=None).count, done_twice),
    Check("events", "events about rows that belong together", Event.objects.count, told_of_another),
]
