"""Commitments: the list, and one commitment told from top to bottom."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from assessments.comment_views import questions_on
from assessments.known import codings_known, entries_known
from assessments.models import Snapshot
from assessments.snapshot_views import files_on
from commitments.dates import local_date, shown_day, six_months_before
from commitments.models import Commitment
from commitments.pages import filtered_list, with_day
from milestones.filters import TrackedCommitmentFilter
from milestones.models import Milestone, StatusUpdate
from milestones.plan_end import put_unmet
from milestones.querysets import ZONE_OF_COMMITMENT, stale
from milestones.readings import put_readings_on
from milestones.states import Tally, tally
from milestones.timeline import timeline

from .chains import chain_of
from .chronicle import chronicle
from .exporting import exporting
from .progress import LEADS

LATEST_STEPS = 3


@with_day
def commitments(request, asked):
    """Commitments of all plans, to filter and search."""
    rows = (
        Commitment.objects.select_related("plan__member", "theme", "part_of")
        .prefetch_related(LEADS)
        .order_by("plan__member__name", "plan__member", "-plan__number", "position")
    )
    filterset = TrackedCommitmentFilter(request.GET or {}, queryset=rows)
    context = {"asked": asked, "on": shown_day(asked, ZONE_OF_COMMITMENT)}
    of_page = partial(put_unmet, path="commitment")
    return filtered_list(request, filterset, "commitments/list.html", context, of_page=of_page)


def find_commitment(slug: str, number: str) -> Commitment:
    commitments = Commitment.objects.select_related(
        "plan__member", "plan__document", "theme__plan", "part_of__plan", "document", "carried_from__plan"
    )
    try:
        return commitments.get(plan__slug=slug, number=number)
    except (Commitment.DoesNotExist, ValueError):  # a NUL is a value that PostgreSQL does not take
        raise Http404(
            _("Plan %(plan)s has no commitment numbered %(number)s.") % {"plan": slug, "number": number}
        ) from None


def neighbours(found: Commitment):
    """The commitments before and after this one in its plan."""
    others = list(
        Commitment.objects.forms().filter(plan=found.plan).order_by("position").values_list("number", "position")
    )
    before = [number for number, position in others if position < found.position]
    after = [number for number, position in others if position > found.position]
    return before[-1] if before else None, after[0] if after else None


@dataclass(frozen=True)
class Work:
    """A commitment's milestones on a day, with their states, and the reports known by then, the latest first."""

    milestones: list[Milestone]
    tally: Tally
    updates: list[StatusUpdate]

    @property
    def rows(self):
        return list(zip(self.milestones, self.tally.states, strict=True))

    @property
    def late(self):
        """The milestones that are overdue, the longest first."""
        return sorted(((m, s) for m, s in self.rows if s.is_late), key=lambda row: row[1].due_on)

    @property
    def reports(self) -> dict[int, list[StatusUpdate]]:
        """The ministries' reports by milestone: the dots of the timeline."""
        found = defaultdict(list)
        for update in self.updates:
            if not update.as_co_owner:
                found[update.milestone_id].append(update)
        return found


def work_on(found: Commitment, on: date) -> Work:
    milestones = Milestone.objects.filter(commitment=found).with_state(on).with_met(on)
    milestones = list(milestones.select_related("commitment__plan").prefetch_related("deadlines__amends"))
    put_readings_on(milestones, found.plan, on)
    updates = StatusUpdate.objects.known(on).filter(milestone__commitment=found).latest_first()
    updates = updates.select_related("milestone", "deadline", "institution__parent__parent")
    return Work(milestones, tally(milestones, found.plan), list(updates.prefetch_related("evidence__link")))


def responsible(found: Commitment) -> dict:
    """Who is involved, and in what part."""
    involvements = found.involvements.select_related("institution__member", "institution__parent__parent")
    return {"involvements": involvements, "has_lead": any(row.role == "lead" for row in involvements)}


def latest_steps(found: Commitment, on: date):
    """The newest public entries of the commitment's history."""
    events = found.events.public().known(on).newest_first().defer("actor")
    return events.select_related("institution__parent__parent", "milestone")[:LATEST_STEPS]


@with_day
def commitment(request, slug, number, asked):
    """One commitment, told from top to bottom."""
    found = find_commitment(slug, number)
    plan = found.plan
    on = asked or local_date(plan.member.time_zone)
    work = work_on(found, on)
    entries = list(entries_known(on).filter(commitment=found).prefetch_related("results", "links"))
    codings = list(codings_known(on).with_starred().filter(commitment=found))
    previous, following = neighbours(found)
    context = {
        "commitment": found,
        "plan": plan,
        "member": plan.member,
        "on": on,
        "asked": asked,
        **responsible(found),
        "policy_areas": found.policy_areas.all(),
        "milestones": work.rows,
        "tally": work.tally,
        "late": work.late,
        "timeline": timeline(plan, work.milestones, on, work.reports),
        "chronicle": chronicle(plan, work.milestones, work.updates, entries, codings, on),
        "updates": work.updates,
        "entries": entries,
        "codings": codings,
        "chain": chain_of(found, on),
        "steps": latest_steps(found, on),
        "parts": found.parts.prefetch_related(LEADS),
        "previous": previous,
        "following": following,
        "under_way": plan.under_implementation(on),
        "ended": plan.ended(on),
        "files": files_on(f"irm-commitment/{plan.slug}/{found.number}"),
        **exporting(request, Snapshot.Kind.IRM_COMMITMENT),
        "asked_here": questions_on(found, on),
        "is_stale": stale(Commitment.objects.filter(pk=found.pk), on, six_months_before(on)).exists(),
    }
    return render(request, "commitments/detail.html", context)
