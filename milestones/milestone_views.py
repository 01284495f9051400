"""Milestones as a list, where numbers on other pages lead to, and one milestone by itself."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commitments.dates import local_date, shown_day
from commitments.models import Commitment, Involvement
from commitments.pages import filtered_list, with_day

from .filters import MilestoneFilter
from .history_pages import find_commitment, find_milestone
from .models import Deadline, Milestone, OverdueNotice, StatusUpdate
from .querysets import ZONE_OF_MILESTONE
from .readings import put_readings_on
from .states import MetLate, met_late_by_deadline, state_of

LEADS = Prefetch(
    "commitment__involvements",
    Involvement.objects.filter(role="lead").select_related("institution__parent__parent").order_by("position"),
    to_attr="leads",
)


@require_safe
@with_day
def milestones(request, asked):
    """Milestones of all plans, to filter: each number on another page opens its rows here."""
    rows = Milestone.objects.select_related("commitment__plan__member").prefetch_related(LEADS, "deadlines")
    filterset = MilestoneFilter(request.GET or {}, queryset=rows)
    context = {"asked": asked, "on": shown_day(asked, ZONE_OF_MILESTONE)}
    return filtered_list(request, filterset, "milestones/list.html", context)


@dataclass(frozen=True)
class Round:
    """A deadline on a day: whether it held, what was reported on it, by how many days it is late or was met late."""

    deadline: Deadline
    in_force: bool
    status: str
    status_on: date | None
    late_days: int
    passed: bool
    met_late: MetLate | None


def rounds_of(milestone: Milestone, on: date) -> list[Round]:
    """The deadlines, known on the day, of a milestone that came ``with_met``; those since amended included. Two
    queries."""
    met_late = met_late_by_deadline(milestone)
    late = {deadline.pk: deadline for deadline in milestone.deadlines.overdue(on)}
    found = []
    for deadline in milestone.deadlines.with_report(on).select_related("amends", "correction"):
        if deadline.set_on is None or deadline.set_on <= on:
            days = (on - deadline.due_on).days if deadline.pk in late else 0
            row = Round(
                deadline,
                deadline.in_force(on),
                deadline.report_status or "not_reported",
                deadline.report_on,
                days,
                deadline.due_on < on,
                met_late.get(deadline.pk),
            )
            found.append(row)
    return found


def neighbours(milestone: Milestone) -> tuple[int | None, int | None]:
    """The positions before and after this one in its commitment."""
    others = list(milestone.commitment.milestones.order_by("position").values_list("position", flat=True))
    place = others.index(milestone.position)
    return (others[place - 1] if place else None), (others[place + 1] if place + 1 < len(others) else None)


@require_safe
@with_day
def milestone(request, slug, number, position, asked):
    """One milestone: the plan's words, the deadlines read from them, reports with evidence, what the clock noticed."""
    commitment = find_commitment(slug, number)
    plan = commitment.plan
    on = asked or local_date(plan.member.time_zone)
    rows = Milestone.objects.with_state(on).with_met(on).select_related("document").prefetch_related("deadlines")
    found = rows.get(pk=find_milestone(commitment, position).pk)
    found.commitment = commitment
    put_readings_on([found], plan, on)
    updates = StatusUpdate.objects.known(on).filter(milestone=found).latest_first()
    updates = updates.select_related("milestone", "deadline", "institution__parent__parent")
    previous, following = neighbours(found)
    context = {
        "milestone": found,
        "commitment": commitment,
        "plan": plan,
        "member": plan.member,
        "on": on,
        "asked": asked,
        "state": state_of(found, plan),
        "rounds": rounds_of(found, on),
        "updates": list(updates.prefetch_related("evidence__link")),
        "notices": notices_of(found, on),
        "leads": leads_of(commitment),
        "ended": plan.ended(on),
        "previous": previous,
        "following": following,
    }
    return render(request, "milestones/detail.html", context)


def notices_of(milestone: Milestone, on: date):
    """What the clock had noticed by the day."""
    notices = OverdueNotice.objects.filter(deadline__milestone=milestone, flagged_on__lte=on)
    return notices.select_related("deadline").order_by("-flagged_on", "-pk")


def leads_of(commitment: Commitment):
    rows = commitment.involvements.filter(role="lead").order_by("position")
    return rows.select_related("institution__member", "institution__parent__parent")
