"""The same thing done to many rows: each by its service in a transaction of its own, all under one request id.

Rows that a service refuses are named with its reason, and the others go through. What could be done is seen beforehand
by ``sorted_out``; what happened is kept in a ``Batch``.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.template.defaultfilters import date as format_date
from django.utils.translation import gettext as _

from commitments.dates import local_date
from commitments.requests import current_request_id, one_request

from . import services
from .models import Batch, Deadline, Event, Milestone, StatusUpdate

AT_MOST = 500  # rows: what one page can list and a person can look through


@dataclass(frozen=True)
class Job:
    """One bulk action with what the person said about it: ``check`` gives why a row cannot be done ("" when it can),
    ``do`` does it by a service, ``says`` tells beforehand what a row becomes."""

    action: str
    check: Callable[[object], str]
    do: Callable[[object], object]
    says: Callable[[object], str] = lambda row: ""


def name_of(row) -> str:
    """How a row is called on the pages of a bulk action: its number, its title, and its own date."""
    milestone = row if isinstance(row, Milestone) else row.milestone
    commitment = milestone.commitment
    number = f"{commitment.plan.slug} {commitment.number}.{milestone.position}"
    return f"{number} {milestone}" if row is milestone else f"{number} {milestone}: {row}"


def reason_of(error: ValidationError | PermissionDenied) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def sorted_out(job: Job, rows: Iterable) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """``(row, what it becomes)`` of the rows that can be done, and ``(row, why not)`` of the others."""
    checked = [(row, job.check(row)) for row in rows]
    possible = [(name_of(row), job.says(row)) for row, why in checked if not why]
    return possible, [(name_of(row), why) for row, why in checked if why]


def done(job: Job, row) -> str:
    """Does one row; "" when it is done, else why it is not."""
    if why := job.check(row):
        return why
    try:
        with transaction.atomic():
            job.do(row)
    except (ValidationError, PermissionDenied) as error:
        return reason_of(error)
    return ""


def free_request_id() -> uuid.UUID:
    """The request's own id; another one when a client has sent an id that was used before."""
    found = current_request_id()
    used = Event.objects.filter(request_id=found).exists() or Batch.objects.filter(request_id=found).exists()
    return uuid.uuid4() if used else found


def run(job: Job, rows: Iterable, actor) -> Batch:
    """Does what can be done, row by row. A batch that is cut short keeps what it has done, and can be undone."""
    with one_request(free_request_id()) as request_id:
        batch = Batch.objects.create(
            request_id=request_id, actor=actor, institution=actor.institution, action=job.action
        )
        refused = []
        for row in rows:
            why = done(job, row)
            if why:
                refused.append([name_of(row), why])
            else:
                batch.done += 1
        batch.refused = refused
        batch.save(update_fields=["done", "refused"])
    return batch


# Reports --------------------------------------------------------------------------------------------------------------
def why_not_reviewed(update: StatusUpdate, reviewer) -> str:
    if update.review != StatusUpdate.Review.SUBMITTED:
        return _("This report is not waiting for review.")
    if update.author_id == reviewer.pk:
        return _("You wrote this report yourself: somebody else must review it.")
    return ""


def approving(reviewer) -> Job:
    return Job(
        Batch.Action.APPROVE,
        lambda update: why_not_reviewed(update, reviewer),
        lambda update: services.approve(update, reviewer),
    )


def returning(reviewer, reason: str) -> Job:
    return Job(
        Batch.Action.RETURN,
        lambda update: why_not_reviewed(update, reviewer),
        lambda update: services.return_to_author(update, reviewer, reason),
    )


# Deadlines ------------------------------------------------------------------------------------------------------------
def shifted(day: date, number: int, unit: str) -> date | None:
    """The day so many days or months later (earlier when negative); None beyond the calendar."""
    try:
        return day + relativedelta(**{unit: number})
    except (ValueError, OverflowError):
        return None


def why_not_amended(deadline: Deadline, due_on: date | None, set_on: date) -> str:
    if deadline.withdrawn_on is not None:
        return _("This deadline was amended or withdrawn already.")
    if due_on is None:
        return _("The calendar does not reach so far.")
    if due_on == deadline.due_on:
        return _("It is due on this day already.")
    if deadline.starts_on and due_on < deadline.starts_on:
        return _("The due date lies before the start.")
    if set_on < local_date(deadline.milestone.commitment.plan.member.time_zone):
        return _("It holds from today on at the earliest: what earlier days showed stays as it was.")
    return ""


def amending(actor, new_due: Callable[[Deadline], date | None], reason: str, set_on: date) -> Job:
    return Job(
        Batch.Action.AMEND,
        lambda deadline: why_not_amended(deadline, new_due(deadline), set_on),
        lambda deadline: services.amend_deadline(deadline, new_due(deadline), reason, set_on, by=actor),
        lambda deadline: _("will be due on %(day)s") % {"day": format_date(new_due(deadline), "DATE_FORMAT")},
    )


def before_amending(actor) -> Job:
    """What can be said before a new due date is given. It is never run."""
    gone = _("This deadline was amended or withdrawn already.")
    return Job(Batch.Action.AMEND, lambda deadline: gone if deadline.withdrawn_on else "", lambda deadline: None)


# Milestones -----------------------------------------------------------------------------------------------------------
def assigning(actor, assignee, reportable: set[int]) -> Job:
    """*reportable* holds the milestones that the assignee reports on."""

    def check(milestone: Milestone) -> str:
        if assignee and milestone.pk not in reportable:
            return _("This account does not report on this milestone.")
        if milestone.assignee_id == (assignee and assignee.pk):
            return _("It is assigned so already.")
        return ""

    return Job(Batch.Action.ASSIGN, check, lambda milestone: services.assign(milestone, assignee, actor))
