"""The page that sets claim and finding side by side, across a member's plans and across members."""

from collections import Counter
from dataclasses import dataclass

from django.views.decorators.http import require_safe

from commitments.models import ActionPlan, Commitment, Member
from commitments.pages import with_day
from milestones.dated_lists import DatedList
from milestones.querysets import ZONE_OF_COMMITMENT

from .compare_exports import compare_table
from .compare_filters import CompareFilter
from .comparing import Gap, numbers_by

MOST_LINES = 50  # of the summary; with more plans or members it has those of the page, and what all come to


@dataclass(frozen=True)
class Line:
    """How many assessed commitments of a plan, of a member or of all of them (None) have which gap."""

    of: ActionPlan | Member | None
    numbers: Counter

    @property
    def total(self) -> int:
        return self.numbers.total()

    @property
    def cells(self) -> list[tuple[str, str, int]]:
        """``(gap, its words, number)`` for every gap, in order."""
        return [(gap.value, gap.label, self.numbers[gap.value]) for gap in Gap]


@dataclass(frozen=True)
class Summary:
    """*number* is that of all plans or members; ``lines`` are theirs, or of those on the page alone."""

    lines: list[Line]
    whole: Line
    number: int

    @property
    def is_part(self) -> bool:
        return len(self.lines) < self.number


def summary(rows, by_plan: bool, shown) -> Summary:
    """The counts of each gap by plan, or by member. *shown* are the commitments of the page. Two queries."""
    numbers = numbers_by(rows, "plan" if by_plan else "plan__member")
    keys = {row.plan_id if by_plan else row.plan.member_id for row in shown}
    keys = list(numbers) if len(numbers) <= MOST_LINES else keys
    model, order = (ActionPlan, ("member__name", "number")) if by_plan else (Member, ("name",))
    lines = [Line(one, numbers[one.pk]) for one in model.objects.filter(pk__in=keys).order_by(*order)]
    return Summary(lines, Line(None, sum(numbers.values(), Counter())), len(numbers))


def compare_filter(request) -> CompareFilter:
    return CompareFilter(request.GET, queryset=Commitment.objects.all())


@dataclass(frozen=True)
class CompareList(DatedList):
    """The comparison with its summary above the rows."""

    def of_page(self, filterset, rows) -> dict:
        chosen = filterset.form.cleaned_data
        by_plan = bool(chosen["member"] or chosen["plan"]) or not filterset.several_members
        return {"gaps": Gap.choices, "by_plan": by_plan, "summary": summary(filterset.qs, by_plan, rows)}


COMPARE = CompareList("compare", "compare.html", compare_filter, compare_table, ZONE_OF_COMMITMENT)


@require_safe
@with_day
def compare(request, asked):
    """For each assessed commitment: what the ministry reports, the government's own level, the IRM's, and the gap."""
    return COMPARE.page(request, asked)


@require_safe
@with_day
def compare_file(request, ending, asked):
    """The same commitments as a file."""
    return COMPARE.file(request, asked, ending)
