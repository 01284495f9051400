"""The page that sets claim and finding side by side, across a member's plans and across members."""

from dataclasses import dataclass, field

from django.views.decorators.http import require_safe

from commitments.models import ActionPlan, Commitment, Member
from commitments.pages import with_day
from milestones.dated_lists import DatedList
from milestones.querysets import ZONE_OF_COMMITMENT

from .compare_exports import compare_table
from .compare_filters import CompareFilter
from .comparing import Gap, numbers_by


@dataclass
class Line:
    """How many assessed commitments of a plan, or of a member, have which gap."""

    of: ActionPlan | Member
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.numbers.values())

    @property
    def cells(self) -> list[tuple[str, str, int]]:
        """``(gap, its words, number)`` for every gap, in order."""
        return [(gap.value, gap.label, self.numbers.get(gap.value, 0)) for gap in Gap]


def summary(rows, by_plan: bool) -> list[Line]:
    """A line a plan, or a member, and the counts of each gap. Two queries."""
    model, key = (ActionPlan, "plan") if by_plan else (Member, "plan__member")
    lines = {}
    for row in numbers_by(rows, key):
        lines.setdefault(row[key], {})[row["gap"]] = row["n"]
    order = ("member__name", "number") if by_plan else ("name",)
    found = model.objects.filter(pk__in=lines).order_by(*order)
    return [Line(one, lines[one.pk]) for one in found]


def compare_filter(request) -> CompareFilter:
    return CompareFilter(request.GET, queryset=Commitment.objects.all())


@dataclass(frozen=True)
class CompareList(DatedList):
    """The comparison with its summary above the rows."""

    def more(self, filterset) -> dict:
        if not filterset.is_valid():
            return {}
        chosen = filterset.form.cleaned_data
        by_plan = bool(chosen["member"] or chosen["plan"]) or not filterset.several_members
        return {"gaps": Gap.choices, "by_plan": by_plan, "summary": summary(filterset.qs, by_plan)}


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
