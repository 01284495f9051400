"""What is said of a plan whose period is over. Nothing of it is overdue any more: what counts instead is how many of
its milestones no report says to be completed or withdrawn (``MilestoneQuerySet.unmet_after_end``)."""

from datetime import date
from functools import partial

from django.db.models import Count

from commitments.dates import local_dates
from commitments.kept import kept

from .models import Milestone
from .querysets import ZONE_OF_MILESTONE


def put_unmet(rows, path: str) -> None:
    """Gives each plan or commitment of a page its ``unmet_count`` on its day (``as_of``): how many of its milestones
    were not reported as met; None while its plan's period is not over. *path* leads from a milestone to the row. Three
    queries at most, one while the record stays as it is."""
    ended = {row.pk: row.as_of for row in rows if getattr(row, "plan", row).ended(row.as_of)}
    found = kept(("unmet", path, tuple(ended.items())), partial(unmet_by, path, ended)) if ended else {}
    for row in rows:
        row.unmet_count = found.get(row.pk, 0) if row.pk in ended else None


def unmet_by(path: str, days: dict[int, date]) -> dict[int, int]:
    """By the keys of plans or commitments, how many milestones of each were not reported as met; *days* has its day."""
    on = local_dates(ZONE_OF_MILESTONE) if len(set(days.values())) > 1 else next(iter(days.values()))
    unmet = Milestone.objects.filter(**{f"{path}__in": list(days)}).with_state(on).unmet_after_end()
    return dict(unmet.order_by().values_list(path).annotate(n=Count("pk")))
