"""The public history of a commitment and of a milestone: what changed, when, by which institution and role, and why."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import FieldDoesNotExist
from django.http import Http404
from django.shortcuts import render
from django.template.defaultfilters import date as format_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from commitments.dates import local_date
from commitments.models import Commitment
from commitments.pages import page_of, with_day

from .history import ADMINISTRATOR
from .models import Deadline, Event, Milestone, Status, StatusUpdate

MODELS = {"approved": StatusUpdate, "approval_undone": StatusUpdate, "amended": Deadline, "amendment_undone": Deadline}


@dataclass(frozen=True)
class Change:
    """One field: its name, and its value before and after in the reader's words ("" when there was none)."""

    label: str
    old: str
    new: str


def label_of(event: Event, name: str) -> str:
    """The field's name as forms call it."""
    model = MODELS.get(event.action) or (Milestone if event.milestone_id else Commitment)
    try:
        return capfirst(model._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name


def words(name: str, value) -> str:
    """A stored value for people: states by their names, days as dates, texts as they are."""
    if value in (None, "", []):
        return ""
    if name == "status":
        return str(dict(Status.choices).get(value, value))
    if name.endswith("_on") or name == "on_date":
        return format_date(date.fromisoformat(value), "DATE_FORMAT")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def changes_of(event: Event) -> list[Change]:
    return [
        Change(label_of(event, name), words(name, old), words(name, new)) for name, (old, new) in event.changes.items()
    ]


def role_words(role: str) -> str:
    """The role at that time, in words; "" where nobody is known to have done it."""
    return _("administrator") if role == ADMINISTRATOR else str(dict(User.Role.choices).get(role, role))


def find_commitment(slug: str, number: str) -> Commitment:
    try:
        return Commitment.objects.select_related("plan__member").get(plan__slug=slug, number=number)
    except (Commitment.DoesNotExist, ValueError):  # a NUL is a value that PostgreSQL does not take
        raise Http404(
            _("Plan %(plan)s has no commitment numbered %(number)s.") % {"plan": slug, "number": number}
        ) from None


def find_milestone(commitment: Commitment, position: int) -> Milestone:
    try:
        return commitment.milestones.get(position=position)
    except Milestone.DoesNotExist:
        raise Http404(_("This commitment has no milestone %(number)s.") % {"number": position}) from None


def history_page(request, commitment: Commitment, milestone: Milestone | None, asked: date | None):
    """A page of events known on the day. Private columns are not even read."""
    on = asked or local_date(commitment.plan.member.time_zone)
    events = milestone.events if milestone else commitment.events
    rows = events.public().known(on).newest_first().defer("actor")
    found = page_of(request, rows.select_related("institution__parent__parent", "milestone", "update"))
    context = {
        "commitment": commitment,
        "milestone": milestone,
        "plan": commitment.plan,
        "member": commitment.plan.member,
        "on": on,
        "asked": asked,
        "rows": found,
        "entries": [(event, changes_of(event), role_words(event.role)) for event in found],
    }
    return render(request, "commitments/history.html", context)


@require_safe
@with_day
def commitment_history(request, slug, number, asked):
    """Everything public that was done to a commitment and its milestones, newest first."""
    return history_page(request, find_commitment(slug, number), None, asked)


@require_safe
@with_day
def milestone_history(request, slug, number, position, asked):
    """The same of one milestone."""
    commitment = find_commitment(slug, number)
    return history_page(request, commitment, find_milestone(commitment, position), asked)
