"""Members of the partnership: the list, one member with its plans over time, and members side by side."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404, render

from assessments.figures import Figures, figures_by
from commitments.dates import local_date, shown_day
from commitments.models import ActionPlan, Commitment, Member, Theme
from commitments.pages import filtered_list, with_day
from milestones.member_lists import MemberFilter
from milestones.querysets import with_plan_milestone_counts
from milestones.states import Tally

from .chains import chains_of
from .columns import columns_of
from .progress import Group, by_institution, by_theme, rows_of, whole

ZONE_OF_MEMBER = "time_zone"


@dataclass(frozen=True)
class PlanLine:
    """A plan among the others of its member: its milestones as reported, its commitments as assessed."""

    plan: ActionPlan
    tally: Tally
    themes: list[Group]
    figures: Figures

    @property
    def completed(self) -> int:
        """Milestones that the ministries report completed."""
        return sum(state.mark == "completed" for state in self.tally.states)

    @property
    def unmet(self) -> int | None:
        """Milestones that were not reported as met, once the plan's period is over."""
        return self.tally.unmet if self.plan.ended(self.plan.as_of) else None


@with_day
def members(request, asked):
    """Members with what the record holds of them."""
    filterset = MemberFilter(request.GET or {}, queryset=Member.objects.real().order_by("name", "pk"))
    context = {"asked": asked, "on": shown_day(asked, ZONE_OF_MEMBER)}
    return filtered_list(request, filterset, "members/list.html", context)


@with_day
def member(request, slug, asked):
    """One member: its plans compared over time, what was carried forward, its forum, its point of contact."""
    found = get_object_or_404(Member.objects.select_related("point_of_contact"), slug=slug)
    on = asked or local_date(found.time_zone)
    rows = rows_of(Commitment.objects.filter(plan__member=found).order_by("plan", "position"), on)
    themes = Theme.objects.filter(plan__member=found).select_related("plan")
    rows_of_plans = ActionPlan.objects.filter(member=found).with_counts().select_related("document")
    plans = with_plan_milestone_counts(rows_of_plans, on).order_by("-number")
    figures = figures_by(Commitment.objects.filter(plan__member=found), on, "plan")
    lines = [line_of(plan, rows, themes, figures[plan.pk]) for plan in plans]
    context = {
        "member": found,
        "on": on,
        "asked": asked,
        "lines": lines,
        "columns": columns_of(list(reversed(lines))),
        "chains": chains_of(found, rows),
        "institutions": by_institution(rows),
    }
    return render(request, "members/detail.html", context)


def line_of(plan: ActionPlan, rows, themes, figures: Figures) -> PlanLine:
    own = [row for row in rows if row.commitment.plan_id == plan.pk]
    return PlanLine(plan, whole(own), by_theme([theme for theme in themes if theme.plan_id == plan.pk], own), figures)
