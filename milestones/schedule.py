"""Reads the words of a plan into deadlines: ``read_schedule("June 2021", "Fourth quarter of 2021", ...)``.

The published words are kept for ever elsewhere; this module only says what they mean. It reads a wording when *every*
word of it is understood, and calls it unreadable, with the reason, when one is not: it never guesses and never raises.
``wordings`` understands one cell; here the two cells of a row come together.

How words are read, in English and Korean alike:

* A month, quarter, half-year, season or year starts on its first day and is due on its last. "Early", "mid" and "late"
  are its thirds, "end of" is its last day; the precision stays that of the whole.
* "By", "until" and "no later than" a date include it, "before" does not. In the start they name a deadline, no start.
* "January – March 2021" in one cell is a start and an end.
* Several dates in one cell are several deadlines, paired with the dates of the other cell.
* "Every July" is one deadline a year inside the plan's period; a date in the other cell, or "until 2029", narrows that
  period. "Every two years" counts from a year that the words name.
* "Previous December" is the December before that year; "next March" is the first March after the start, "March of the
  following year" the one in the year after the start's.
* "To be continued" has no end: open-ended. "Throughout the year" and "ongoing" are continuous, which is open-ended too,
  unless the words name an end.
* Remarks, in brackets or after an asterisk, do not move a date, but "(biennially)" says how often.
* 03/04/2021 has the order that another date of the row shows, else the member's; then it is marked as ambiguous.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from dateutil.relativedelta import relativedelta

from . import edtf
from .conventions import OGP, Conventions
from .spans import Span, Unreadable, When, a_month, a_part, a_year, day_of
from .tokens import DAY_MONTH_ORDER, OVER_NEW_YEAR, Reader, plain
from .wordings import LONGEST, YEAR_MISSING, Words, read_words

# Why there is no deadline, or none that can be trusted. The words themselves stay beside the reason.
START_UNREADABLE = "start_unreadable"
END_UNREADABLE = "end_unreadable"
END_BEFORE_START = "end_before_start"
UNPAIRED = "unpaired"
NO_PERIOD = "no_period"
NO_END = "no_end"

RECURRING = {"every", "often"}
RELATIVE = {"previous", "next", "following", "same"}
PERIODS = {
    "monthly": [a_month(number) for number in range(1, 13)],
    "quarterly": [a_part("quarter", number) for number in range(1, 5)],
    "half_yearly": [a_part("half", number) for number in (1, 2)],
    "yearly": [a_year()],
}
TWO_NUMBERS_AND_YEAR = re.compile(r"(?<![\d/-])(\d{1,2})(\s?/\s?|-)(\d{1,2})\2(?:\d{4}|\d\d)(?![\d/-])")

Pair = tuple[Span | None, Span]  # a start, if one is known, and a deadline


@dataclass(frozen=True)
class Due:
    """One deadline: when work starts (if known) and the last day on which it is in time."""

    starts_on: date | None
    due_on: date
    precision: str


@dataclass
class Reading:
    """What a start wording and an end wording mean together. Dates are days in the member's own calendar."""

    starts_on: date | None = None
    due_on: date | None = None
    precision: str = ""
    cadence: str = "once"
    open_ended: bool = False
    readable: bool = True
    reason: str = ""  # one of the codes above, of ``wordings`` or of ``tokens``
    deadlines: list[Due] = field(default_factory=list)
    edtf: str = ""  # ISO 8601-2; empty when no date is known
    notes: tuple[str, ...] = ()  # what a person should look at: codes of ``tokens`` and ``wordings``

    @property
    def ambiguous(self) -> bool:
        """Whether a date could also mean other days, and was read by convention."""
        return bool({DAY_MONTH_ORDER, OVER_NEW_YEAR} & set(self.notes))


def unreadable(reason: str, **known) -> Reading:
    return Reading(readable=False, reason=reason, **known)


def with_deadlines(pairs: list[Pair], **facts) -> Reading:
    """A reading made of deadlines, in order of time and checked: none may be due before it starts."""
    for start, due in pairs:
        if start and due.last < start.first:
            return unreadable(END_BEFORE_START, starts_on=start.first)
    if not pairs:
        return unreadable(NO_PERIOD, cadence=facts.get("cadence", "once"))
    pairs = sorted(pairs, key=lambda pair: pair[1].last)
    deadlines = [Due(start.first if start else None, due.last, due.precision) for start, due in pairs]
    return Reading(
        starts_on=min((due.starts_on for due in deadlines if due.starts_on), default=None),
        due_on=deadlines[-1].due_on,
        precision=deadlines[-1].precision,
        deadlines=deadlines,
        edtf=edtf.between(*pairs[0]) if len(pairs) == 1 else edtf.all_of(due for _start, due in pairs),
        **facts,
    )


# Dates ----------------------------------------------------------------------------------------------------------------
def first_start(words: Words) -> Span | None:
    """The first date of a cell that names starts; "by June" names none."""
    if words.role == "until":
        return None
    return words.spans[0] if words.spans else words.since


def pair_dates(starts: tuple[Span, ...], ends: tuple[Span, ...], **facts) -> Reading:
    """Dates in both cells: the same number pairs up; one start, or none, serves several ends."""
    if len(starts) == len(ends):
        return with_deadlines(list(zip(starts, ends, strict=True)), **facts)
    if len(starts) <= 1:
        start = starts[0] if starts else None
        return with_deadlines([(start or (end if end.ends else None), end) for end in ends], **facts)
    return unreadable(UNPAIRED, starts_on=starts[0].first)


def read_dates(start: Words, end: Words) -> Reading:
    """Dates, or nothing, in each cell."""
    if end.role == "from":
        return unreadable(END_UNREADABLE, starts_on=start.spans[0].first if start.spans else None)
    if end.spans:
        return pair_dates(() if start.role == "until" else start.spans, end.spans)
    if start.spans and (start.role == "until" or all(span.ends for span in start.spans)):
        return pair_dates((), start.spans)
    first = first_start(start)
    return Reading(starts_on=first and first.first, reason=NO_END, edtf=edtf.onward(first, ""))


# What goes on ---------------------------------------------------------------------------------------------------------
def read_endless(start: Words, end: Words) -> Reading:
    """Words without an end in at least one cell; the other may still name one."""
    continuous = "continuous" in (start.kind, end.kind) or start.kind == end.kind
    cadence = "continuous" if continuous else "once"
    since = first_start(start) or end.since
    ends = end.spans if end.role != "from" else ()
    until = end.until or start.until
    if ends or until:
        return pair_dates((since,) if since else (), ends or (until,), cadence=cadence)
    if end.role == "from" or len(start.spans) > 1:
        return unreadable(END_UNREADABLE if end.role == "from" else UNPAIRED, starts_on=since and since.first)
    return Reading(cadence=cadence, open_ended=True, starts_on=since and since.first, edtf=edtf.onward(since, ".."))


# What recurs ----------------------------------------------------------------------------------------------------------
def period_of(start: Words, end: Words, plan_start: date | None, plan_end: date | None) -> tuple[date, date] | None:
    """The days in which recurring words recur: the plan's period, narrowed by the dates that either cell names."""
    firsts = [plan_start, *(words.since.first for words in (start, end) if words.since)]
    lasts = [plan_end, *(words.until.last for words in (start, end) if words.until)]
    firsts += [first_start(start).first] if start.spans and first_start(start) else []
    firsts += [span.first for span in end.spans[:1] if span.ends]
    lasts += [span.last for span in (*end.spans[-1:], *(span for span in start.spans[:1] if span.ends))]
    firsts, lasts = [day for day in firsts if day], [day for day in lasts if day]
    return (max(firsts), min(lasts)) if firsts and lasts else None


def years_of(period: tuple[date, date] | None) -> range:
    return range(period[0].year, period[1].year + 1) if period else range(0)


def related(kind: str, when: When, first: date) -> Span:
    """The stretch that "next", "following" or "same" names, seen from a start."""
    if kind == "next":
        own = when.at(first.year)
        return own if own.first > first else when.at(first.year + 1)
    return when.at(first.year + (kind == "following"))


def one_round(start: Words, begins: When | None, end: Words, ends: When, year: int) -> Pair:
    """One year's deadline of words such as "Every July" or "Previous December – next March"."""
    first = begins.at(year - (start.kind == "previous")) if begins else first_start(start)
    if end.kind in RELATIVE:
        return first, related(end.kind, ends, first.first)
    return first, ends.at(year)


def read_yearly(start: Words, end: Words, period: tuple[date, date] | None) -> Reading:
    """What "Every July" and its kin mean: one deadline for each round of each year of the period."""
    begins, ends = start.rounds, end.rounds or start.rounds
    if start.kind == "not_stated" and all(when.ends for when in ends):
        begins = ends
    if len(begins) > 1 and len(begins) != len(ends):
        return unreadable(UNPAIRED)
    pairs = []
    for year in years_of(period):
        for number, when in enumerate(ends):
            try:
                pair = one_round(start, begins[number % len(begins)] if begins else None, end, when, year)
            except Unreadable:
                continue  # 29 February, in a year that has none
            if period[0] <= pair[1].last <= period[1]:
                pairs.append(pair)
    return with_deadlines(pairs, cadence="yearly")


def read_relative(start: Words, end: Words) -> Reading:
    """A date in the start, and an end that hangs on its year."""
    first = first_start(start)
    if end.kind == "previous" or first is None or len(start.spans) > 1:
        missing = end.kind == "same" and first is None
        return unreadable(YEAR_MISSING if missing else END_UNREADABLE, starts_on=first and first.first)
    try:
        return with_deadlines([(first, related(end.kind, end.rounds[0], first.first))])
    except Unreadable:
        return unreadable(END_UNREADABLE, starts_on=first.first)


def read_often(cadence: str, period: tuple[date, date] | None) -> Reading:
    """What "Once every quarter" means: one deadline for each calendar period that ends inside the period."""
    pairs = []
    for year in years_of(period):
        for span in (when.at(year) for when in PERIODS[cadence]):
            if period[0] <= span.last <= period[1]:
                first = max(span.first, period[0])
                pairs.append((replace(span, first=first, code=span.code if first == span.first else ""), span))
    return with_deadlines(pairs, cadence=cadence)


def later(span: Span, years: int) -> Span:
    """The same stretch, years later."""
    last = span.last + relativedelta(years=years)
    if span.precision != "day":
        last = day_of(last.year, last.month, 0)
    code = span.code and f"{int(span.code[:4]) + years}{span.code[4:]}"
    return replace(span, first=span.first + relativedelta(years=years), last=last, code=code)


def read_every_two_years(start: Words, end: Words, plan_end: date | None) -> Reading:
    """What "2022 (biennially)" means: that time, and the same in every second year of the plan's period."""
    anchor = start.anchor or end.anchor or first_start(start)
    if anchor is None:
        return unreadable(NO_PERIOD, cadence="every_two_years")
    lasts = [plan_end, *(words.until.last for words in (start, end) if words.until), *(s.last for s in end.spans)]
    last = min((day for day in lasts if day), default=anchor.last)
    pairs = [(anchor, anchor)]
    for years in range(2, last.year - anchor.last.year + 1, 2):
        span = later(anchor, years)
        if span.last <= last:
            pairs.append((span, span))
    return with_deadlines(pairs, cadence="every_two_years")


def read_recurring(start: Words, end: Words, plan_start: date | None, plan_end: date | None) -> Reading:
    """Recurring words in at least one cell. Both cells must speak of the same rhythm."""
    cadences = {words.often for words in (start, end) if words.often}
    if len(cadences) > 1 or end.kind in ("previous", "plan"):
        starts_on = start.spans[0].first if start.spans else None
        return unreadable(END_UNREADABLE, starts_on=starts_on, cadence=start.often or "once")
    if start.kind == "dates" and len(start.spans) > 1:
        return unreadable(UNPAIRED, starts_on=start.spans[0].first)
    if cadences == {"every_two_years"}:
        return read_every_two_years(start, end, plan_end)
    period = period_of(start, end, plan_start, plan_end)
    if start.rounds or end.rounds:
        if end.kind in RELATIVE and not start.rounds and first_start(start) is None:
            return unreadable(END_UNREADABLE)
        return read_yearly(start, end, period)
    return read_often(cadences.pop(), period)


# Both cells -----------------------------------------------------------------------------------------------------------
def in_plan(words: Words, plan_start: date | None, plan_end: date | None) -> Words | None:
    """Words that name the plan's period, with its days; None when the period is not known."""
    if words.kind != "plan":
        return words
    if not (plan_start and plan_end):
        return None
    day = partial(Span, precision="day")
    first, last = day(plan_start, plan_start), day(plan_end, plan_end)
    if words.role == "both":
        return Words("continuous", since=first, until=last)
    return Words("dates", (first if words.role == "first" else last,))


def shown_order(*wordings: str) -> bool | None:
    """Whether the month comes first, where the row itself shows it: 6/30/2023 can only be 30 June."""
    shown = set()
    for wording in wordings:
        for match in TWO_NUMBERS_AND_YEAR.finditer(plain(wording[:LONGEST])):
            first, second = int(match[1]), int(match[3])
            if (first > 12) != (second > 12):
                shown.add(second > 12)
    return shown.pop() if len(shown) == 1 else None


def read_cells(start: Words, end: Words, plan_start: date | None, plan_end: date | None) -> Reading:
    first = first_start(start)
    starts_on = first and first.first
    if start.kind == "unreadable":
        return unreadable(start.reason or START_UNREADABLE)
    if end.kind == "unreadable":
        return unreadable(end.reason or END_UNREADABLE, starts_on=starts_on, cadence=start.often or "once")
    start, end = in_plan(start, plan_start, plan_end), in_plan(end, plan_start, plan_end)
    if not (start and end):
        return unreadable(NO_PERIOD, starts_on=starts_on)
    kinds = {start.kind, end.kind}
    if start.kind in RELATIVE and (start.kind != "previous" or not end.rounds):
        return unreadable(START_UNREADABLE)
    if kinds & RECURRING or start.kind == "previous":
        return read_recurring(start, end, plan_start, plan_end)
    if end.kind in RELATIVE:
        return read_relative(start, end)
    if kinds & {"continuous", "open_end"}:
        return read_endless(start, end)
    return read_dates(start, end)


def read_schedule(
    start_wording: str,
    end_wording: str,
    plan_start: date | None = None,
    plan_end: date | None = None,
    conventions: Conventions = OGP,
) -> Reading:
    """Reads both cells together. The plan's period bounds what recurs; without one, recurring words are unreadable.

    ``conventions`` are the member's (``conventions.conventions_of``); they settle what the words leave open.
    """
    reader = Reader(conventions, shown_order(start_wording, end_wording))
    reading = read_cells(read_words(start_wording, reader), read_words(end_wording, reader), plan_start, plan_end)
    return replace(reading, notes=tuple(reader.notes) if reading.readable else ())
