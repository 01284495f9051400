"""Writes dates in EDTF, the extended date-time format of ISO 8601-2: the form in which readings are exchanged.

Alone, a quarter is ``2021-36``, a half-year ``2021-41``, a season ``2021-23`` and a third of a year ``2021-39``. Inside
an interval the standard has no place for those codes, so there the months that they begin and end with are written.
"""

import calendar
import re
from collections.abc import Iterable
from datetime import date

from .spans import Span

GROUPING = re.compile(r"\d{4}-(?:2[1-9]|3\d|4[01])")  # seasons, quarters, thirds, half-years


def first_day(day: date) -> str:
    return f"{day:%Y-%m}" if day.day == 1 else day.isoformat()


def last_day(day: date) -> str:
    return f"{day:%Y-%m}" if day.day == calendar.monthrange(day.year, day.month)[1] else day.isoformat()


def has_place_in_interval(span: Span) -> bool:
    return bool(span.code) and not GROUPING.fullmatch(span.code)


def beginning(span: Span) -> str:
    if span.ends:
        return beginning(span.ends[0])
    if span.first == span.last:
        return span.first.isoformat() + span.flag
    return (span.code if has_place_in_interval(span) else first_day(span.first)) + span.flag


def ending(span: Span) -> str:
    if span.ends:
        return ending(span.ends[1])
    if span.precision == "day":
        return span.last.isoformat() + span.flag
    return (span.code if has_place_in_interval(span) else last_day(span.last)) + span.flag


def alone(span: Span) -> str:
    """The stretch itself: ``2021-12``, or an interval when EDTF has no single expression for it."""
    if span.code and not (span.flag and GROUPING.fullmatch(span.code)):
        return span.code + span.flag
    start, end = beginning(span), ending(span)
    return end if start == end or span.first == span.last else f"{start}/{end}"


def between(start: Span | None, due: Span) -> str:
    """From a start to a deadline; the deadline alone when no other start is known."""
    if start is None or (start.first, start.last) == (due.first, due.last):
        return alone(due)
    return f"{beginning(start)}/{ending(due)}"


def onward(start: Span | None, end: str) -> str:
    """From a start to *end*: ".." when it stays open, "" when it is not known. Nothing when the start is not known."""
    return f"{beginning(start)}/{end}" if start else ""


def all_of(spans: Iterable[Span]) -> str:
    """Every one of them: a set. It has no place for intervals, so of those the end is written."""
    return "{" + ",".join(ending(span) if "/" in alone(span) else alone(span) for span in spans) + "}"
