"""Milestones by state on two days, side by side: what all the changes between them come to."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from commitments.kept import kept_of
from commitments.models import ActionPlan
from milestones.models import Milestone
from milestones.states import LABELS, NOT_REPORTED, ORDER

from .periods import Period
from .scopes import Scope


@dataclass(frozen=True)
class Count2:
    """How many milestones are in a state on the first and on the second day. ``mark`` names its drawing."""

    mark: str
    label: str
    before: int
    after: int

    @property
    def difference(self) -> str:
        """With its sign: "+2", "−1", "0"."""
        change = self.after - self.before
        return f"+{change}" if change > 0 else str(change).replace("-", "−")


def milestones_of(scope: Scope, period: Period) -> QuerySet:
    """The scope's milestones; of everything, those of plans that are being implemented on one of the two days."""
    rows = Milestone.objects.filter(commitment__in=scope.commitments(period.last).order_by().values("pk"))
    if scope.row is None and not scope.question:
        plans = ActionPlan.objects.real()
        on_either = Q(pk__in=plans.under_implementation(period.last).values("pk"))
        on_either |= Q(pk__in=plans.under_implementation(period.before).values("pk"))
        rows = rows.filter(commitment__plan__in=plans.filter(on_either).values("pk"))
    return rows


def numbers_on(milestones: QuerySet, on: date) -> tuple[dict[str, int], int]:
    """State → how many milestones are in it on the day, and how many are overdue; counted by the database (one query),
    by the rules of ``milestones.states.tally``. A plan that had not begun by then had none yet."""
    begun = Q(commitment__plan__starts_on=None) | Q(commitment__plan__starts_on__lte=on)
    rows = milestones.filter(begun).with_state(on).order_by().values("status")
    counted = list(rows.annotate(number=Count("pk"), late=Count("overdue_due_on")))
    states = {row["status"] or NOT_REPORTED: row["number"] for row in counted}
    return states, sum(row["late"] for row in counted)


def side_by_side(scope: Scope, period: Period) -> list[Count2]:
    """A row for each state that occurs on the day before the period or on its last, then one for what is overdue; none
    for a scope without milestones. Four queries; two once the numbers are kept: they are of every milestone."""
    milestones, days = milestones_of(scope, period), (period.before, period.last)
    numbers = kept_of(
        milestones, f"states {days}", lambda: [numbers_on(milestones, day) for day in days], [({}, 0)] * 2
    )
    (before, late_before), (after, late_after) = numbers
    rows = [Count2(mark, str(LABELS[mark]), before.get(mark, 0), after.get(mark, 0)) for mark in ORDER]
    found = [row for row in rows if row.before or row.after]
    return [*found, Count2("late", _("Overdue"), late_before, late_after)] if found else []
