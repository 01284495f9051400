"""The clock: remembers which deadlines became overdue, and on which day that was noticed and ended.

What is overdue on a day follows from the facts alone (``DeadlineQuerySet.overdue``). A notice is the memory of it, and
the occasion to tell somebody. ``flag_overdue`` sweeps one day:

1. Open notices of deadlines that are not overdue on that day (met, withdrawn, amended, plan ended) are cleared.
2. Each overdue deadline without a notice gets one. ``overdue_since`` is when it became overdue and ``flagged_on`` the
   day of the sweep, so a day on which the job did not run is caught up with nothing lost.

Each step is one SQL statement, however many rows. Two sweeps at once cannot record anything twice: they wait for each
other, and the database allows one open notice a deadline. A second sweep of the same day finds nothing to do.

Sweeping a day that lies in the past leaves alone what later days found: it clears no notice flagged after that day, and
opens none for a deadline whose notice was cleared after that day, because that notice is the memory of the same delay.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connections, router, transaction
from django.db.models import DateField, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce, Greatest

from commitments.dates import local_date, local_dates

from .models import Deadline, OverdueNotice, OverduePeriod
from .querysets import ZONE_OF_DEADLINE, ZONE_OF_PERIOD, day

FIRST_ZONE = "Etc/GMT-14"  # where every day begins first
LOCK = 7_331_001  # the key of the sweep's lock: any number that nothing else in the database uses


@dataclass(frozen=True)
class Sweep:
    """How many notices a sweep recorded and cleared, or would have."""

    flagged: int
    cleared: int


def own_today():
    """Today as each deadline's member counts it: a date, or an expression when members are on different days."""
    return local_dates(ZONE_OF_DEADLINE)


def to_flag(on: date | None):
    """Periods, around the day, of overdue deadlines that no notice remembers, with the ``overdue_since`` that one would
    carry: the day after the due date, but not before the plan began or the deadline was set."""
    remembered = OverdueNotice.objects.filter(
        Q(cleared_on=None) | Q(cleared_on__gt=OuterRef("as_of")), deadline=OuterRef("deadline")
    )
    day_after = Cast(F("deadline__due_on") + timedelta(days=1), DateField())
    set_on = Coalesce("deadline__set_on", "plan__starts_on")
    return (
        OverduePeriod.objects.on(on or local_dates(ZONE_OF_PERIOD))
        .filter(~Exists(remembered))
        .annotate(overdue_since=Greatest(day_after, "plan__starts_on", set_on))
    )


def own_day(on: date | None):
    """The day of a notice: *on*, or today as its deadline's member counts it."""
    on = on or own_today()
    if isinstance(on, date):
        return day(on)
    return Subquery(Deadline.objects.filter(pk=OuterRef("deadline")).annotate(as_of=day(on)).values("as_of"))


def to_clear(on: date | None):
    """Open notices, flagged by the day, of deadlines that are not overdue on it. Adds the day as ``as_of``."""
    overdue = OverduePeriod.objects.on(OuterRef("as_of")).filter(deadline=OuterRef("deadline"))
    return (
        OverdueNotice.objects.filter(cleared_on=None)
        .annotate(as_of=own_day(on))
        .filter(~Exists(overdue), flagged_on__lte=F("as_of"))
    )


def insert_notices(periods) -> int:
    """One notice for each row of ``to_flag``, in one statement; how many were new.

    Rows are taken in the order of their keys, so that two sweeps wait for each other instead of locking each other out.
    """
    connection = connections[router.db_for_write(OverdueNotice)]
    quote, field = connection.ops.quote_name, OverdueNotice._meta.get_field
    columns = ", ".join(quote(field(name).column) for name in ("deadline", "overdue_since", "flagged_on"))
    chosen = periods.order_by("deadline_id").values_list("deadline_id", "overdue_since", "as_of")
    select, params = chosen.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(OverdueNotice._meta.db_table)} ({columns}) {select} ON CONFLICT DO NOTHING", params
        )
        return cursor.rowcount


def wait_for_others():
    """Of sweeps at once, one works and the others wait, until the transaction ends. SQLite has one writer anyway."""
    connection = connections[router.db_for_write(OverdueNotice)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def check_begun(on: date):
    """Raises ``ValueError`` for a day that has begun nowhere yet: nothing is known about it."""
    if on > local_date(FIRST_ZONE):
        raise ValueError(f"{on:%Y-%m-%d} lies in the future: nothing can be recorded for it.")


def flag_overdue(on: date | None = None, dry_run: bool = False) -> Sweep:
    """Sweeps the day *on*; without it, today as each member counts it. A dry run only counts.

    Raises ``ValueError`` for a day that has begun nowhere yet: its notices would stay.
    """
    if on and not dry_run:
        check_begun(on)
    if dry_run:
        return Sweep(flagged=to_flag(on).count(), cleared=to_clear(on).count())
    with transaction.atomic():
        wait_for_others()
        cleared = to_clear(on).update(cleared_on=F("as_of"))
        return Sweep(flagged=insert_notices(to_flag(on)), cleared=cleared)
