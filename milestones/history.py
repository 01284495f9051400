"""Writing down what was done: one event for each row that a service changes, in the service's own transaction."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from commitments.dates import local_date
from commitments.models import Commitment
from commitments.requests import current_request_id

from .models import Deadline, Event, Milestone, StatusUpdate

ADMINISTRATOR = "administrator"  # the role that history names for an account without limits
NOT_PUBLIC = {"submitted", "returned", "return_undone", "assigned", "assignment_undone"}


def plain(value):
    """A value as JSON holds it: a date in ISO form, a row by its name."""
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)


def differences(before: dict, after: dict) -> dict[str, list]:
    """Field → [before, after], for the fields that differ."""
    pairs = {name: [plain(before[name]), plain(value)] for name, value in after.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def role_of(actor) -> str:
    if actor is None:
        return ""
    return ADMINISTRATOR if actor.is_superuser else actor.role


def record(action: str, actor, commitment: Commitment, **about) -> Event:
    """Writes one event, dated now, or *when* what it tells was; its day is the member's. *about* is what else the
    event's columns hold.

    Raises ``TransactionManagementError`` outside of a transaction: an event stands or falls with what it tells.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An event is written in the transaction of what it tells.")
    when = about.pop("when", None) or timezone.now()
    return Event.objects.create(
        when=when,
        day=local_date(commitment.plan.member.time_zone, when),
        actor=actor,
        institution=actor and actor.institution,
        role=role_of(actor),
        action=action,
        commitment=commitment,
        request_id=current_request_id(),
        public=action not in NOT_PUBLIC,
        **about,
    )


def record_report(action: str, actor, update: StatusUpdate, **more) -> Event:
    """An event about a report whose row has just been changed. *more*: reason, changes, when."""
    about = {"milestone": update.milestone, "update": update, "deadline": update.deadline}
    return record(action, actor, update.milestone.commitment, version=update.version, **about, **more)


def record_deadline(action: str, actor, deadline: Deadline, former: Deadline, reason: str) -> Event:
    """An event about a deadline that has just taken the place of a *former* one."""
    changes = {"due_on": [plain(former.due_on), plain(deadline.due_on)], "set_on": [None, plain(deadline.set_on)]}
    milestone = deadline.milestone
    return record(
        action, actor, milestone.commitment, milestone=milestone, deadline=deadline, reason=reason, changes=changes
    )


def record_mended(stored, row: Commitment | Milestone, names: list[str], actor) -> Event | None:
    """An event about a text of the record that somebody mended. None for a new row, or when nothing differs."""
    columns = {field.name for field in row._meta.concrete_fields}
    named = [name for name in names if name in columns]
    if stored is None:
        return None
    changes = differences({n: getattr(stored, n) for n in named}, {n: getattr(row, n) for n in named})
    if not changes:
        return None
    about = {"changes": changes, "version": row.version}
    if isinstance(row, Milestone):
        return record("edited", actor, row.commitment, milestone=row, **about)
    return record("edited", actor, row, **about)


def returns_of(update: StatusUpdate):
    """Each time the report was returned, with its reason, the latest first: kept when it is submitted again."""
    events = Event.objects.filter(update=update, action=Event.Action.RETURNED)
    return events.select_related("institution__parent__parent").newest_first()
