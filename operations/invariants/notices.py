"""The clock's notices: one open a deadline or commitment, for each that is overdue, and for no other."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from milestones.models import Deadline, OverdueNotice, OverduePeriod, StaleNotice

from .base import Check, Finding, Look, each

DAY = timedelta(days=1)
SWEEP = "Run manage.py flag_overdue, and see that beat and a worker run."


def opened_twice(look: Look) -> Iterator[Finding]:
    for model, about in ((OverdueNotice, "deadline"), (StaleNotice, "commitment")):
        rows = model.objects.filter(cleared_on=None).order_by().values(about).annotate(number=Count("pk"))
        for row in rows.filter(number__gt=1).iterator(chunk_size=500):
            what = f"{row['number']} open notices of {about} {row[about]}."
            remedy = "Clear all but the oldest by hand; the database lacks its constraint, too."
            yield Finding(model._meta.label_lower, what, remedy)


def not_flagged(look: Look) -> Iterator[Finding]:
    """Deadlines that are overdue for more than a day, wherever their member is, without a notice. One that was cleared
    on a later day, by a clock that went ahead, is the memory of the same delay (``clock``)."""
    today = timezone.localdate(look.now)
    overdue = OverduePeriod.objects.filter(first_on__lte=today - 2 * DAY, until__gt=today + DAY)
    noticed = OverdueNotice.objects.filter(Q(cleared_on=None) | Q(cleared_on__gte=today)).values("deadline")
    rows = Deadline.objects.filter(pk__in=overdue.values("deadline")).exclude(pk__in=noticed)
    yield from each(rows, "It is overdue for more than a day, and no notice says so.", SWEEP)


def not_cleared(look: Look) -> Iterator[Finding]:
    """Open notices of deadlines that were overdue on no day since the day before yesterday."""
    today = timezone.localdate(look.now)
    overdue = OverduePeriod.objects.filter(first_on__lte=today + DAY, until__gt=today - 2 * DAY).values("deadline")
    rows = OverdueNotice.objects.filter(cleared_on=None, flagged_on__lt=today - 2 * DAY).exclude(deadline__in=overdue)
    yield from each(rows, "It is open, but its deadline is not overdue any more.", SWEEP)


def find(look: Look) -> Iterator[Finding]:
    yield from opened_twice(look)
    yield from not_flagged(look)
    yield from not_cleared(look)


CHECKS = [Check("notices", "notices of the clock", OverdueNotice.objects.count, find)]
