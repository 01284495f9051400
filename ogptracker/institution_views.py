"""Institutions: the list, and one institution with what it promised over all plans."""

from dataclasses import dataclass
from itertools import groupby

from django.shortcuts import get_object_or_404, render

from commitments.dates import local_date, shown_day
from commitments.models import ActionPlan, Commitment, Institution, Involvement
from commitments.pages import filtered_list, with_day
from milestones.institution_lists import InstitutionListFilter, bodies_of, by_member
from milestones.models import Milestone
from milestones.promptness import promptness
from milestones.states import Tally, tally

from .progress import milestones_by_commitment

ZONE_OF_INSTITUTION = "member__time_zone"


@with_day
def institutions(request, asked):
    """Institutions that lead commitments, by the topmost body, with their divisions and what is late."""
    filterset = InstitutionListFilter(request.GET or {}, queryset=Institution.objects.select_related("member"))
    context = {"asked": asked, "on": shown_day(asked, ZONE_OF_INSTITUTION)}
    return filtered_list(
        request,
        filterset,
        "institutions/list.html",
        context,
        of_page=lambda rows: {"members": by_member(bodies_of(rows, asked))},
    )


@dataclass(frozen=True)
class Led:
    """A commitment that the institution leads, itself or through the division that ``involvement`` names."""

    involvement: Involvement
    commitment: Commitment
    tally: Tally


@dataclass(frozen=True)
class LedInPlan:
    plan: ActionPlan
    rows: list[Led]

    @property
    def tally(self) -> Tally:
        return Tally(tuple(state for row in self.rows for state in row.tally.states))


def parts_of(tree: set[int]) -> tuple[list[Involvement], list[Involvement]]:
    """What the institutions lead, each commitment once, and where they take another part; the newest plan first."""
    involvements = (
        Involvement.objects.filter(institution__in=tree)
        .select_related("commitment__plan__member", "institution__parent__parent")
        .order_by("-commitment__plan__number", "commitment__plan", "commitment__position", "position", "pk")
    )
    led, others = {}, []
    for row in involvements:
        if row.role == Involvement.Role.LEAD:
            led.setdefault(row.commitment_id, row)
        else:
            others.append(row)
    return list(led.values()), others


def by_plan(led: list[Involvement], milestones) -> list[LedInPlan]:
    by_commitment = milestones_by_commitment(milestones)
    rows = [
        Led(row, row.commitment, tally(by_commitment[row.commitment_id], row.commitment.plan))
        for row in led
        if row.commitment.is_form
    ]
    return [LedInPlan(plan, list(group)) for plan, group in groupby(rows, key=lambda row: row.commitment.plan)]


@with_day
def institution(request, member_slug, key, asked):
    """An institution and its divisions: what it promised over all plans, what is late, how long it takes to report."""
    found = get_object_or_404(
        Institution.objects.select_related("member", "parent__parent__member", "parent__member"),
        member__slug=member_slug,
        key=key,
    )
    on = asked or local_date(found.member.time_zone)
    tree = Institution.objects.tree_ids(found.pk)
    led, others = parts_of(tree)
    of_tree = Milestone.objects.filter(commitment__in=Commitment.objects.led_by(tree))
    milestones = list(of_tree.with_state(on).select_related("commitment__plan__member").prefetch_related("deadlines"))
    plans = by_plan(led, milestones)
    context = {
        "institution": found,
        "member": found.member,
        "on": on,
        "asked": asked,
        "divisions": found.divisions.select_related("member"),
        "plans": plans,
        "forms": sum(len(plan.rows) for plan in plans),
        "whole": Tally(tuple(state for plan in plans for state in plan.tally.states)),
        "supported": others,
        "late": sorted((m for m in milestones if m.overdue_due_on), key=lambda m: m.overdue_due_on),
        "promptness": promptness(of_tree, on),
    }
    return render(request, "institutions/detail.html", context)
