"""The first page: what this is, the plans under way, the latest changes, and past plans."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OrderBy, OuterRef
from django.shortcuts import render

from commitments.dates import local_dates, shown_day, six_months_before
from commitments.models import ActionPlan, Commitment
from commitments.pages import with_day
from milestones.filters import IN_PHASE, Phase
from milestones.models import Milestone, StatusUpdate
from milestones.querysets import ZONE_OF_COMMITMENT, ZONE_OF_MILESTONE, stale, with_plan_milestone_counts
from milestones.states import Tally, tally

LATEST_CHANGES = 10
SHOWN = 12  # of a kind of plans, where there are more than twice as many
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


def plans_on(asked: date | None):
    """Plans of real members with what a line about each needs, as known on the day; in the order of the members."""
    plans = ActionPlan.objects.real().with_counts().select_related("member", "document")
    counted = with_plan_milestone_counts(plans, asked or local_dates(ZONE_OF_PLAN))
    return counted.order_by("member__name", "member", "-number")


def few(plans, *order: str | OrderBy) -> list[ActionPlan]:
    """All of the plans while a reader can look through them, else the first ``SHOWN`` of them, in *order* if given."""
    found = list(plans[: 2 * SHOWN + 1])
    if len(found) <= 2 * SHOWN:
        return found
    return list(plans.order_by(*order, *plans.query.order_by)[:SHOWN]) if order else found[:SHOWN]


@with_day
def home(request, asked):
    """What this is, the plans under way, the latest changes, and past plans, as known on the day."""
    plans = plans_on(asked)
    under_way, not_begun = plans.filter(IN_PHASE[Phase.UNDER_WAY]), plans.filter(IN_PHASE[Phase.NOT_BEGUN])
    others = plans.exclude(IN_PHASE[Phase.UNDER_WAY]).exclude(starts_on__isnull=False, starts_on__gt=F("as_of"))
    milestones = Milestone.objects.filter(commitment__plan=OuterRef("pk"))
    tracked = few(under_way.filter(Exists(milestones)))
    states, quiet = milestones_by_plan(tracked, asked), stale_by_plan(tracked, asked)
    past = few(others, Exists(milestones).desc(), F("ends_on").desc(nulls_last=True))
    context = {
        "on": shown_day(asked, ZONE_OF_PLAN),
        "asked": asked,
        "current": [Running(plan, tally(states[plan.pk], plan), quiet.get(plan.pk, 0)) for plan in tracked],
        "current_count": under_way.count(),
        "untracked": under_way.exclude(Exists(milestones))[:SHOWN],
        "coming": few(not_begun),
        "coming_count": not_begun.count(),
        "past": past,
        "past_count": others.count(),
        "training": ActionPlan.objects.filter(member__is_fictional=True).select_related("member"),
        "changes": latest_changes(asked),
    }
    return render(request, "home.html", context)
