"""What is said of a plan whose period is over. Nothing of it is overdue any more: what counts instead is how many of
its milestones no report says to be completed or withdrawn (``MilestoneQuerySet.unmet_after_end``)."""

from django.db.models import Count

from commitments.dates import local_dates
from commitments.kept import kept_rows

from .models import Milestone
from .querysets import ZONE_OF_MILESTONE


def put_unmet(rows, path: str) -> None:
    """Gives each plan or commitment of a page its ``unmet_count`` on its day (``as_of``): how many of its milestones
    were not reported as met; None while its plan's period is not over. *path* leads from a milestone to the row. Two
    queries at most."""
    for row in rows:
        over = getattr(row, "plan", row).ended(row.as_of)
        row.unmet_count = 0 if over else None
    ended = {row.pk: row for row in rows if row.unmet_count is not None}
    if ended:
        days = {row.as_of for row in ended.values()}
        on = days.pop() if len(days) == 1 else local_dates(ZONE_OF_MILESTONE)
        unmet = Milestone.objects.filter(**{f"{path}__in": list(ended)}).with_state(on).unmet_after_end()
        for key, number in kept_rows(unmet.order_by().values_list(path).annotate(n=Count("pk"))):
            ended[key].unmet_count = number
