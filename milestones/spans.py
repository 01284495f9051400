"""Stretches of days as words name them: ``When`` perhaps without its year ("March"), ``Span`` with all of its days."""

import calendar
from dataclasses import dataclass, replace
from datetime import date

THIRDS_OF_A_MONTH = [(1, 10), (11, 20), (21, 0)]
POSITIONS = ("early", "mid", "late")


class Unreadable(Exception):
    """Words that cannot be read as a date. ``reason`` is a code, or empty when there is nothing more exact to say."""

    def __init__(self, reason: str = ""):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Span:
    """A stretch of days that words name, with the precision at which they name it.

    ``code`` is its EDTF expression, when it has one; ``flag`` is EDTF's mark for doubt or approximation.
    """

    first: date
    last: date
    precision: str
    code: str = ""
    flag: str = ""
    ends: tuple["Span", ...] = ()  # the stretches that it runs from and to, when the words name both


@dataclass(frozen=True)
class When:
    """A stretch of a year, its ends as (month, day). Months count on past December: 14 is February of the next year."""

    precision: str
    first: tuple[int, int]
    last: tuple[int, int]  # day 0 is the month's last
    year: int | None = None
    code: str | None = ""  # what EDTF writes after the year; None when it has no single expression
    flag: str = ""
    ends: tuple["When", ...] = ()

    def at(self, year: int | None = None) -> Span:
        """Its days in its own year, or in the one given. Raises ``Unreadable`` when there is no such day."""
        year = self.year or year
        first, last = day_of(year, *self.first), day_of(year, *self.last)
        if last < first:
            raise Unreadable
        code = "" if self.code is None else f"{year}{self.code}"
        return Span(first, last, self.precision, code, self.flag, tuple(when.at(year) for when in self.ends))


def day_of(year: int, month: int, day: int) -> date:
    """The day, where month 13 is January of the next year and day 0 the last of the month."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        raise Unreadable from None


def a_day(month: int, day: int, year: int | None = None) -> When:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise Unreadable
    return When("day", (month, day), (month, day), year, f"-{month:02}-{day:02}")


def a_month(month: int, year: int | None = None) -> When:
    if not 1 <= month <= 12:
        raise Unreadable
    return When("month", (month, 1), (month, 0), year, f"-{month:02}")


def a_year(year: int | None = None) -> When:
    return When("year", (1, 1), (12, 0), year)


def a_part(precision: str, number: int) -> When:
    """A quarter or half of a year; -1 is the last one. EDTF numbers quarters from 33 and halves from 40."""
    length, offset = {"quarter": (3, 32), "half": (6, 39)}[precision]
    count = 12 // length
    number = count if number == -1 else number
    if not 1 <= number <= count:
        raise Unreadable
    last = number * length
    return When(precision, (last - length + 1, 1), (last, 0), code=f"-{offset + number}")


def a_season(number: int, hemisphere: str) -> When:
    """Spring (1) to winter (4), by meteorologists' months: spring is March to May in the north, half a year on in the
    south. A season that runs over the new year belongs to the year in which it begins."""
    first = {1: 3, 2: 6, 3: 9, 4: 12}[number]
    if hemisphere == "south":
        first = (first + 5) % 12 + 1
    return When("season", (first, 1), (first + 2, 0), code=f"-{20 + number}")


def a_fiscal_year(first_month: int, year: int, part: When | None = None) -> When:
    """The fiscal year that begins in the month of the year, or a quarter or half of it."""
    shift = first_month - 1
    if part is None:
        return When("year", (first_month, 1), (first_month + 11, 0), year, "" if shift == 0 else None)
    if part.precision not in ("quarter", "half") or part.ends:
        raise Unreadable
    first, last = (part.first[0] + shift, part.first[1]), (part.last[0] + shift, part.last[1])
    return replace(part, first=first, last=last, year=year, code=part.code if shift == 0 else None)


def placed(when: When, position: str) -> When:
    """ "Early", "mid" and "late" are the thirds of a month (10 days), quarter, half, season or year (4 months: EDTF's
    37 to 39); "end" is the last day. The precision stays that of the whole: the words say no more."""
    if when.ends or when.precision == "day" or when.flag:
        raise Unreadable
    if position == "end":
        return replace(when, first=when.last)
    third = POSITIONS.index(position)
    months = when.last[0] - when.first[0] + 1
    if months == 1:
        first, last = THIRDS_OF_A_MONTH[third]
        month = when.first[0]
        return replace(when, first=(month, first), last=(month, last), flag="~")
    first = when.first[0] + third * months // 3
    last = first + months // 3 - 1
    code = f"-{37 + third}" if when.precision == "year" and when.code == "" else None
    return replace(when, first=(first, 1), last=(last, 0), code=code)


def flagged(when: When, flag: str) -> When:
    """Marks it approximate ("~") or doubtful ("?"); EDTF writes "%" for both."""
    ends = tuple(flagged(end, flag) for end in when.ends)
    return replace(when, flag=flag if when.flag in ("", flag) else "%", ends=ends)


def from_to(start: When, end: When) -> When:
    """From the beginning of one to the end of the other. A year that only one of them names holds for both."""
    if start.ends or end.ends:
        raise Unreadable
    if (start.year is None) != (end.year is None) and "year" in (start.precision, end.precision):
        raise Unreadable  # "March – 2021" names no beginning and no end
    year = start.year or end.year
    ends = (replace(start, year=year), replace(end, year=end.year or year))
    shift = 12 * (end.year - start.year) if start.year and end.year else 0
    last = (end.last[0] + shift, end.last[1])
    if (end.first[0] + shift, end.first[1]) < start.first:
        raise Unreadable
    return When(end.precision, start.first, last, year, None, ends=ends)
