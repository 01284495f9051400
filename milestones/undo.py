"""Taking a bulk action back, row by row, where nobody has touched the row since. Nothing is erased: each step back is
an event of its own, and what a past day showed stays as it was."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from commitments.dates import local_date

from . import history
from .bulk import name_of, reason_of
from .event_models import UNDO_WITHIN
from .models import Batch, Deadline, Event, Milestone, StatusUpdate
from .services import refresh_periods, replace_deadline, today_of

RIGHTS = {
    Batch.Action.APPROVE: "milestones.review_statusupdate",
    Batch.Action.RETURN: "milestones.review_statusupdate",
    Batch.Action.AMEND: "milestones.change_deadline",
    Batch.Action.ASSIGN: "milestones.assign_milestone",
}


def touched() -> ValidationError:
    return ValidationError(_("Somebody has changed it since."))


def back_to_review(event: Event, review: str, **conditions) -> StatusUpdate:
    """Lets a decided report wait for review again, if it is still as the decision left it."""
    rows = StatusUpdate.objects.filter(pk=event.update_id, review=review, version=event.version, **conditions)
    moved = rows.update(
        review="submitted",
        reviewed_by=None,
        reviewed_at=None,
        published_on=None,
        return_reason="",
        version=F("version") + 1,
    )
    if not moved:
        raise touched()
    return StatusUpdate.objects.select_related("milestone__commitment__plan__member").get(pk=event.update_id)


def undo_approval(event: Event, by):
    """On the day of the approval only: after it, an earlier day's record would change."""
    today = today_of(event.update)
    if event.day != today or event.update.published_on not in (None, today):
        raise ValidationError(_("The day on which it became public is over: report a correction instead."))
    update = back_to_review(event, "approved", published_on=today)
    refresh_periods(update.milestone)
    changes = {name: pair[::-1] for name, pair in event.changes.items()}
    history.record_report("approval_undone", by, update, changes=changes)


def undo_return(event: Event, by):
    history.record_report("return_undone", by, back_to_review(event, "returned"))


def undo_amendment(event: Event, by):
    """Amends it again, to the former due date: from today on, or from the day on which it was to begin to hold."""
    amended = event.deadline
    if amended.withdrawn_on is not None or amended.updates.exists():
        raise touched()
    former = amended.amends
    today = local_date(event.commitment.plan.member.time_zone)
    reason = _("An amendment made by mistake was taken back.")
    back = replace_deadline(amended, former.due_on, former.precision, reason, max(today, amended.set_on))
    history.record_deadline("amendment_undone", by, back, amended, reason)


def undo_assignment(event: Event, by):
    before, after = event.changes["assignee"]
    later = Event.objects.filter(milestone=event.milestone_id, action__in=["assigned", "assignment_undone"])
    milestone = Milestone.objects.select_for_update(of=("self",)).get(pk=event.milestone_id)
    if milestone.assignee_id != after or later.filter(pk__gt=event.pk).exists():
        raise touched()
    if before and not User.objects.filter(pk=before, is_active=True).exists():
        raise ValidationError(_("The account that it was assigned to before is closed."))
    milestone.assignee_id = before
    milestone.save(update_fields=["assignee"])
    about = {"milestone": milestone, "changes": {"assignee": [after, before]}}
    history.record("assignment_undone", by, milestone.commitment, **about)


UNDO = {
    Event.Action.APPROVED: undo_approval,
    Event.Action.RETURNED: undo_return,
    Event.Action.AMENDED: undo_amendment,
    Event.Action.ASSIGNED: undo_assignment,
}


def may_undo(user, batch: Batch) -> bool:
    """Who did it, or who coordinates the member, as long as the role still has the right."""
    coordinates = user.is_superuser or user.role == User.Role.COORDINATOR
    return user.has_perm(RIGHTS[batch.action]) and (batch.actor_id == user.pk or coordinates)


def claim(batch: Batch, by):
    """Marks the batch as undone, once and within 24 hours: two people cannot both undo it."""
    now = timezone.now()
    rows = Batch.objects.filter(Q(when__gt=now - UNDO_WITHIN), pk=batch.pk, undone_at=None)
    if not rows.update(undone_at=now, undone_by=by):
        hours = int(UNDO_WITHIN / timedelta(hours=1))
        raise ValidationError(_("It was undone already, or more than %(hours)s hours have passed.") % {"hours": hours})


def events_of(batch: Batch):
    """What the batch did, the latest first."""
    about = ["commitment__plan__member", "milestone__commitment__plan__member", "update__milestone", "deadline__amends"]
    rows = Event.objects.filter(request_id=batch.request_id, action__in=list(UNDO)).select_related(*about)
    return rows.order_by("-pk")


def row_of(event: Event) -> StatusUpdate | Deadline | Milestone:
    """What the event changed, with the milestone that was read with the event."""
    found = event.milestone
    if event.action in (Event.Action.APPROVED, Event.Action.RETURNED):
        found = event.update
    elif event.action == Event.Action.AMENDED:
        found = event.deadline
    if found is not event.milestone:
        found.milestone = event.milestone
    return found


@transaction.atomic
def undo(batch: Batch, by) -> tuple[int, list[list[str]]]:
    """Undoes what can still be undone: how many rows, and ``[row, why not]`` of the others.

    Raises ``PermissionDenied``, or ``ValidationError`` when it is too late.
    """
    if not may_undo(by, batch):
        raise PermissionDenied(_("Your role does not undo this."))
    claim(batch, by)
    number, kept = 0, []
    for event in events_of(batch):
        try:
            with transaction.atomic():
                UNDO[event.action](event, by)
            number += 1
        except ValidationError as error:
            kept.append([name_of(row_of(event)), reason_of(error)])
    Batch.objects.filter(pk=batch.pk).update(kept=kept)
    batch.refresh_from_db()
    return number, kept
