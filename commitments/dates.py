"""Days as each member counts them. A deadline ends at midnight where the promise was made, not where the server is."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db.models import Case, DateField, Value, When
from django.utils import timezone

from .models import Member

zone = lru_cache(maxsize=1_000)(ZoneInfo)  # its own cache holds eight


def local_date(time_zone: str, moment: datetime | None = None) -> date:
    """The calendar day of *moment* (an aware datetime; now by default) in an IANA time zone."""
    return timezone.localdate(moment, zone(time_zone))


def six_months_before(day: date) -> date:
    """The start of the period in which OGP's minimum requirement 2.2 wants the repository updated."""
    try:
        return day - relativedelta(months=6)
    except ValueError:  # the calendar begins with the year 1
        return date.min


def same_day(day: date) -> date:
    return day


def zones_of_members() -> list[str]:
    """The time zones that members have. One query."""
    return list(Member.objects.order_by().values_list("time_zone", flat=True).distinct())


def by_day(
    zones: Iterable[str], moment: datetime | None, shift: Callable[[date], date] = same_day
) -> dict[date, list[str]]:
    """Today (or what *shift* makes of it) → those of the time zones in which it is that day."""
    found = defaultdict(list)
    for zone in zones:
        found[shift(local_date(zone, moment))].append(zone)
    return found


def zones_by_day(moment: datetime | None = None, shift: Callable[[date], date] = same_day) -> dict[date, list[str]]:
    """Today (or what *shift* makes of it) → the time zones of members in which it is that day. One query."""
    return by_day(zones_of_members(), moment, shift)


class DayOfRow(Case):
    """An expression that picks each row's own day: of these, the one on which its member's time zone is, which *path*
    leads to. ``bounds`` are the first and the last of the days."""

    def __init__(self, path: str, zones: dict[date, list[str]]):
        whens = [When(**{f"{path}__in": names}, then=Value(day)) for day, names in zones.items()]
        super().__init__(*whens, output_field=DateField())
        self.path, self.zones = path, zones
        self.bounds = (min(zones), max(zones))

    def below(self, name: str) -> "DayOfRow":
        """The same days for rows that lead to these by *name*."""
        return DayOfRow(f"{name}__{self.path}", self.zones)


def picked(path: str, zones: dict[date, list[str]]):
    """The one day when all members share it, else an expression that picks each row's own. *path* leads from the row
    to its member's time zone, as in ``"plan__member__time_zone"``."""
    return next(iter(zones)) if len(zones) == 1 else DayOfRow(path, zones)


def local_dates(path: str, moment: datetime | None = None, shift: Callable[[date], date] = same_day):
    """Today (or what *shift* makes of it) for many rows, as ``picked`` has it. One query."""
    zones = zones_by_day(moment, shift) or {shift(timezone.localdate(moment)): []}
    return picked(path, zones)


def shown_day(asked: date | None, path: str) -> date:
    """The day that a page about many members names: the one asked for, else today where all members have the same,
    else here."""
    today = asked or local_dates(path)
    return today if isinstance(today, date) else timezone.localdate()
