"""The first page: what this is, the plans under way, the latest changes, and past plans."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.shortcuts import render

from commitments.dates import local_date, local_dates, shown_day, six_months_before
from commitments.models import ActionPlan, Commitment
from commitments.pages import with_day
from milestones.models import Milestone, StatusUpdate
from milestones.querysets import ZONE_OF_COMMITMENT, ZONE_OF_MILESTONE, stale, with_plan_milestone_counts
from milestones.states import Tally, tally

LATEST_CHANGES = 10
PAST_PLANS = 12
ZONE_OF_PLAN = "member__time_zone"
ZONE_OF_REPORT = f"milestone__{ZONE_OF_MILESTONE}"


@dataclass(frozen=True)
class Running:
    """A plan under implementation: its milestones' states, and how many of its commitments have gone quiet."""

    plan: ActionPlan
    tally: Tally
    stale: int


def latest_changes(asked: date | None):
    """The newest reports of real members known on the day, with what a line about each needs."""
    known = StatusUpdate.objects.known(asked or local_dates(ZONE_OF_REPORT))
    return (
        known.filter(milestone__commitment__plan__member__is_fictional=False)
        .select_related("milestone__commitment__plan__member", "institution__parent__parent")
        .order_by("-published_on", "-pk")[:LATEST_CHANGES]
    )


def stale_by_plan(plans: list[ActionPlan], asked: date | None) -> dict[int, int]:
    """How many commitment forms of each plan have been without a report for six months."""
    since = six_months_before(asked) if asked else local_dates(ZONE_OF_COMMITMENT, shift=six_months_before)
    of_plans = Commitment.objects.filter(plan__in=[plan.pk for plan in plans])
    found = stale(of_plans, asked or local_dates(ZONE_OF_COMMITMENT), since)
    return dict(found.order_by().values("plan").annotate(n=Count("pk")).values_list("plan", "n"))


def milestones_by_plan(plans: list[ActionPlan], asked: date | None) -> dict[int, list[Milestone]]:
    found = defaultdict(list)
    milestones = Milestone.objects.filter(commitment__plan__in=[plan.pk for plan in plans])
    for milestone in milestones.with_state(asked or local_dates(ZONE_OF_MILESTONE)).select_related("commitment"):
        found[milestone.commitment.plan_id].append(milestone)
    return found


def by_phase(asked: date | None) -> tuple[list[ActionPlan], list[ActionPlan], list[ActionPlan]]:
    """Plans of real members on the day: under implementation, not begun, and all others."""
    plans = ActionPlan.objects.real().with_counts().select_related("member")
    current, coming, past = [], [], []
    counted = with_plan_milestone_counts(plans, asked or local_dates(ZONE_OF_PLAN))
    for plan in counted.order_by("member__name", "-number"):
        on = asked or local_date(plan.member.time_zone)
        if plan.under_implementation(on):
            current.append(plan)
        elif plan.starts_on and plan.starts_on > on:
            coming.append(plan)
        else:
            past.append(plan)
    return current, coming, past


def shown_of(past: list[ActionPlan]) -> list[ActionPlan]:
    """All past plans while a reader can look through them, else those with milestones, and those that ended last."""
    if len(past) <= 2 * PAST_PLANS:
        return past
    return sorted(past, key=lambda plan: (plan.milestone_count > 0, plan.ends_on or date.min), reverse=True)[
        :PAST_PLANS
    ]


@with_day
def home(request, asked):
    """What this is, the plans under way, the latest changes, and past plans, as known on the day."""
    current, coming, past = by_phase(asked)
    milestones, quiet = milestones_by_plan(current, asked), stale_by_plan(current, asked)
    tracked = [plan for plan in current if plan.milestone_count]
    others = [plan for plan in current if not plan.milestone_count]
    context = {
        "on": shown_day(asked, ZONE_OF_PLAN),
        "asked": asked,
        "current": [Running(plan, tally(milestones[plan.pk], plan), quiet.get(plan.pk, 0)) for plan in tracked],
        "current_count": len(current),
        "untracked": others[:PAST_PLANS],
        "coming": coming,
        "past": shown_of(past),
        "past_count": len(past),
        "training": ActionPlan.objects.filter(member__is_fictional=True).select_related("member"),
        "changes": latest_changes(asked),
    }
    return render(request, "home.html", context)
