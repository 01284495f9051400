"""The days that a question about changes is about, and how each member counts the last of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q

from commitments.dates import picked

DAYS = 30  # of the period that is shown when nobody asks for another
SHORTLY = 60  # days before: a review that is older was not published just now, but brought in from an archive


def day_before(day: date) -> date:
    return day if day == date.min else day - timedelta(days=1)


def days_before(day: date, days: int) -> date:
    """So many days earlier, but not before the calendar begins."""
    return day - timedelta(days=days) if (day - date.min).days >= days else date.min


@dataclass(frozen=True)
class Period:
    """From ``since`` (None: from the beginning) to ``until``, both included. What lies behind a member's own today has
    not happened and is in no period. ``todays`` is today → the time zones in which it is that day. ``seen_late`` adds
    IRM reviews of a day shortly before, if they were first seen in the period."""

    since: date | None
    until: date
    todays: dict[date, list[str]] = field(hash=False)
    seen_late: bool = False

    @property
    def last(self) -> date:
        """The last day of which a page speaks: ``until``, or today when that has not come yet."""
        return min(self.until, min(self.todays))

    @property
    def before(self) -> date | None:
        """The day whose end is the state of things before the first change."""
        return self.since and day_before(self.since)

    def within(self, column: str, member: str) -> Q:
        """Rows whose day, in *column*, lies in the period. *member* leads from a row to its member's time zone."""
        ends = self.ends()
        found = Q(**{f"{column}__lte": picked(member, ends)})
        if len(ends) > 1:  # the last of them an index can look up, unlike each row's own
            found &= Q(**{f"{column}__lte": max(ends)})
        return found & Q(**{f"{column}__gte": self.since}) if self.since else found

    def within_or_seen(self, column: str, member: str, review: str = "") -> Q:
        """The same for IRM reviews. *review* leads from a row to its review."""
        found = self.within(column, member)
        if not (self.seen_late and self.since):
            return found
        shortly_before = {f"{column}__lt": self.since, f"{column}__gte": days_before(self.since, SHORTLY)}
        seen = {f"{review}sighting__seen_on__gte": self.since, f"{review}sighting__seen_on__lte": self.until}
        return found | Q(**shortly_before, **seen)

    def ends(self) -> dict[date, list[str]]:
        """The period's last day → the time zones in which it is that day."""
        found: dict[date, list[str]] = {}
        for today, zones in self.todays.items():
            found.setdefault(min(today, self.until), []).extend(zones)
        return found
