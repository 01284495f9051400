"""How long it usually takes until a ministry reports on a deadline that has come due."""

from dataclasses import dataclass
from statistics import median

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext, ngettext

from .models import Deadline, StatusUpdate


@dataclass(frozen=True)
class Promptness:
    """``days`` is the median of days from the due date to the first report, None without any; it rests on ``reported``
    deadlines. On ``waiting`` more, nothing has been reported since they came due."""

    days: float | None
    reported: int
    waiting: int

    @property
    def due(self) -> int:
        return self.reported + self.waiting

    @property
    def words(self) -> str:
        """The median in words: "12 days after the due date"; of an even number of deadlines it may be half a day."""
        if not self.days:
            return gettext("on the due date")
        days = f"{abs(self.days):g}"
        number = 1 if days == "1" else 2  # which of the two forms of the words
        if self.days < 0:
            return ngettext("%(days)s day before the due date", "%(days)s days before the due date", number) % {
                "days": days
            }
        return ngettext("%(days)s day after the due date", "%(days)s days after the due date", number) % {"days": days}


def with_first_report(deadlines, on):
    """Adds ``first_report_on`` to deadlines that were in force and due before the day: when the first of the ministry's
    reports became public that says how this deadline, or its whole milestone, stood on the due date or later, or that
    it was completed or withdrawn before. An earlier report on work under way does not answer for the deadline."""
    answers = Q(on_date__gte=OuterRef("due_on")) | Q(status__in=["completed", "withdrawn"])
    reports = (
        StatusUpdate.objects.known(on)
        .of_ministries()
        .filter(answers, Q(deadline=None) | Q(deadline=OuterRef("pk")), milestone=OuterRef("milestone"))
        .order_by("published_on", "pk")
    )
    due = deadlines.in_force(on).filter(due_on__lt=on)
    return due.annotate(first_report_on=Subquery(reports.values("published_on")[:1]))


def promptness(milestones, on) -> Promptness:
    """Of the deadlines of a QuerySet of milestones. One query."""
    deadlines = Deadline.objects.filter(milestone__in=milestones.order_by().values("pk"))
    rows = list(with_first_report(deadlines, on).order_by().values_list("due_on", "first_report_on"))
    days = [(reported - due).days for due, reported in rows if reported]
    return Promptness(median(days) if days else None, len(days), len(rows) - len(days))
