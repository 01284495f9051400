"""Reads the words of a plan into deadlines: ``read_schedule("June 2021", "Fourth quarter of 2021", ...)``.

The published words are kept for ever elsewhere; this module only says what they mean. It reads a wording when *every*
word of it is understood, and calls it unreadable, with the reason, when one is not: it never guesses and never raises.

How words are read:

* A month, quarter, half-year or year starts on its first day and is due on its last.
* Several dates in one cell are several deadlines, paired with the dates of the other cell.
* "Every July" is one deadline a year inside the plan's period; a date in the other cell narrows that period.
  "Previous December" is the December before that year; "Next March" is the first March after the start.
* "To be continued" has no end: open-ended. "Throughout the year" is continuous, which is open-ended too.
* Remarks, in brackets or after an asterisk, do not move a date, but "(biennially)" says how often.
"""

import calendar
import re
from dataclasses import dataclass, field
from datetime import date

from dateutil.relativedelta import relativedelta

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if number}
MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if number}
MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
YEAR = r"(?:19|20)\d{2}"
QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
QUARTER = r"(?:" + "|".join(QUARTERS) + r")"

# ASCII, because without it "ſ" and "ı" match "s" and "i", which the tables above do not know.
WORDS = re.IGNORECASE | re.ASCII
NOT_STATED = re.compile(r"[-–—.]*")
OPEN_END = re.compile(r"to (?:be continued|continue(?: indefinitely)?)|ongoing|continuous(?:ly)?", WORDS)
ALL_YEAR = re.compile(r"throughout the year|year[- ]round", WORDS)
EVERY_TWO_YEARS = re.compile(r"\b(?:biennial(?:ly)?|every (?:two|2) years)\b", WORDS)
OFTEN = re.compile(r"(?:once )?every (month|quarter|half[- ]year|year)", WORDS)
EVERY_MONTH = re.compile(rf"every ({MONTH})(?: to ({MONTH}))?", WORDS)
PREVIOUS_MONTH = re.compile(rf"previous ({MONTH})", WORDS)
NEXT_MONTH = re.compile(rf"next ({MONTH})", WORDS)

DATE = re.compile(
    rf"""\b(?:from\s+|by\s+)?(?:
      (?P<day_month>{MONTH})\s+(?P<day>\d{{1,2}}),?\s+(?P<day_year>{YEAR})
    | (?P<iso>{YEAR}-\d{{2}}-\d{{2}})
    | (?P<first_month>{MONTH})\s*[-–]\s*(?P<last_month>{MONTH}),?\s+(?P<span_year>{YEAR})
    | (?P<month>{MONTH}),?\s+(?P<month_year>{YEAR})
    | (?P<quarter>{QUARTER})\s+quarter\s+of\s+(?P<quarter_year>{YEAR})
    | (?P<half>first|second)\s+half\s+of\s+(?P<half_year>{YEAR})
    | (?P<year>{YEAR})
    )\b""",
    WORDS | re.VERBOSE,
)
BETWEEN_DATES = re.compile(r"[\s,;]*")
OCCURRENCES = {
    "month": ("monthly", 1),
    "quarter": ("quarterly", 3),
    "half-year": ("half_yearly", 6),
    "year": ("yearly", 12),
}

# Why there is no deadline, or none that can be trusted. The words themselves stay beside the reason.
START_UNREADABLE = "start_unreadable"
END_UNREADABLE = "end_unreadable"
END_BEFORE_START = "end_before_start"
UNPAIRED = "unpaired"
NO_PERIOD = "no_period"
NO_END = "no_end"


@dataclass(frozen=True)
class Span:
    """A stretch of days that words name, with the precision at which they name it."""

    first: date
    last: date
    precision: str


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
    reason: str = ""  # one of the codes above
    deadlines: list[Due] = field(default_factory=list)


@dataclass(frozen=True)
class Words:
    """One cell, understood: exactly one of the kinds below."""

    kind: str  # not_stated, dates, every_month, previous_month, next_month, often, all_year, open_end, unreadable
    spans: tuple[Span, ...] = ()
    months: tuple[int, int] = (0, 0)
    often: str = ""
    every_two_years: bool = False


def last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def months_span(year: int, first: int, last: int, precision: str) -> Span:
    """From the first day of one month to the last day of another, of the same year."""
    return Span(date(year, first, 1), last_day(year, last), precision)


def month_number(name: str) -> int:
    return MONTHS[name.lower().rstrip(".")]


def read_date(match: re.Match) -> Span | None:
    """The span that one matched date names; None when there is no such day or span (31 February, May–March 2021)."""
    part = match.groupdict()
    if part["day_month"] or part["iso"]:
        try:
            day = (
                date.fromisoformat(part["iso"])
                if part["iso"]
                else date(int(part["day_year"]), month_number(part["day_month"]), int(part["day"]))
            )
        except ValueError:
            return None
        return Span(day, day, "day")
    if part["first_month"]:
        first, last = month_number(part["first_month"]), month_number(part["last_month"])
        return months_span(int(part["span_year"]), first, last, "month") if first <= last else None
    if part["month"]:
        month = month_number(part["month"])
        return months_span(int(part["month_year"]), month, month, "month")
    if part["quarter"]:
        last = QUARTERS[part["quarter"].lower()] * 3
        return months_span(int(part["quarter_year"]), last - 2, last, "quarter")
    if part["half"]:
        last = QUARTERS[part["half"].lower()] * 6
        return months_span(int(part["half_year"]), last - 5, last, "half")
    return months_span(int(part["year"]), 1, 12, "year")


def read_dates(text: str) -> tuple[Span, ...] | None:
    """Every date of the text in order, or None when anything but dates and commas is left over."""
    spans, position = [], 0
    for match in DATE.finditer(text):
        if not BETWEEN_DATES.fullmatch(text[position : match.start()]):
            return None
        span = read_date(match)
        if span is None:
            return None
        spans.append(span)
        position = match.end()
    if not spans or not BETWEEN_DATES.fullmatch(text[position:]):
        return None
    return tuple(spans)


def read_words(wording: str) -> Words:
    """Understands one cell of the plan's table."""
    every_two_years = bool(EVERY_TWO_YEARS.search(wording))
    text = re.sub(r"\([^)]*\)|\*.*", " ", wording)
    text = re.sub(r"\s+", " ", text).strip()
    if NOT_STATED.fullmatch(text):
        return Words("not_stated")
    if ALL_YEAR.fullmatch(text):
        return Words("all_year")
    if OPEN_END.fullmatch(text):
        return Words("open_end")
    if match := OFTEN.fullmatch(text):
        return Words("often", often=match[1].lower().replace(" ", "-"))
    if match := EVERY_MONTH.fullmatch(text):
        return Words("every_month", months=(month_number(match[1]), month_number(match[2] or match[1])))
    if match := PREVIOUS_MONTH.fullmatch(text):
        return Words("previous_month", months=(month_number(match[1]),) * 2)
    if match := NEXT_MONTH.fullmatch(text):
        return Words("next_month", months=(month_number(match[1]),) * 2)
    if spans := read_dates(text):
        return Words("dates", spans=spans, every_two_years=every_two_years)
    return Words("unreadable")


def unreadable(reason: str, **known) -> Reading:
    return Reading(readable=False, reason=reason, **known)


def with_deadlines(deadlines: list[Due], **facts) -> Reading:
    """A reading made of deadlines, checked: none may be due before it starts."""
    for due in deadlines:
        if due.starts_on and due.due_on < due.starts_on:
            return unreadable(END_BEFORE_START, starts_on=due.starts_on)
    if not deadlines:
        return unreadable(NO_PERIOD)
    last = max(deadlines, key=lambda due: due.due_on)
    starts_on = min((due.starts_on for due in deadlines if due.starts_on), default=None)
    return Reading(starts_on=starts_on, due_on=last.due_on, precision=last.precision, deadlines=deadlines, **facts)


def pair_dates(starts: tuple[Span, ...], ends: tuple[Span, ...], **facts) -> Reading:
    """Dates in both cells: the same number pairs up; one start, or none, serves several ends."""
    if len(starts) == len(ends):
        return with_deadlines([Due(s.first, e.last, e.precision) for s, e in zip(starts, ends, strict=True)], **facts)
    if len(starts) <= 1:
        first = starts[0].first if starts else None
        return with_deadlines([Due(first, end.last, end.precision) for end in ends], **facts)
    return unreadable(UNPAIRED, starts_on=starts[0].first)


def years_of(period: tuple[date, date] | None) -> range:
    return range(period[0].year, period[1].year + 1) if period else range(0)


def recurring_in(start: Words, end: Words, plan_start: date | None, plan_end: date | None) -> tuple[date, date] | None:
    """The period in which recurring words recur: the plan's, narrowed by a date that either cell names."""
    if not (plan_start and plan_end):
        return None
    first = start.spans[0].first if start.spans else plan_start
    last = end.spans[-1].last if end.spans else plan_end
    return max(plan_start, first), min(plan_end, last)


def next_month(after: date, month: int) -> date:
    """The last day of the first such month that begins after the day."""
    return last_day(after.year + (month <= after.month), month)


def read_yearly(start: Words, end: Words, period: tuple[date, date] | None) -> Reading:
    """What "Every July" and its kin mean: one deadline for each year of the period."""
    deadlines = []
    first = start.spans[0].first if start.spans else None
    for year in years_of(period):
        if start.months[0]:
            first = date(year - (start.kind == "previous_month"), start.months[0], 1)
        if end.kind == "next_month":
            due = next_month(first, end.months[0])
        else:
            due = last_day(year, end.months[1] or start.months[1])
        if period[0] <= due <= period[1]:
            deadlines.append(Due(first, due, "month"))
    return with_deadlines(deadlines, cadence="yearly")


def read_months(start: Words, end: Words, period: tuple[date, date] | None) -> Reading:
    """Words with "every", "previous" or "next" and a month in at least one cell."""
    if start.kind == "next_month" or (start.kind == "previous_month" and not end.months[0]):
        return unreadable(START_UNREADABLE)
    if end.kind == "previous_month":
        return unreadable(END_UNREADABLE, starts_on=start.spans[0].first if start.spans else None)
    if end.kind == "next_month" and not start.months[0]:
        if len(start.spans) != 1:
            return unreadable(END_UNREADABLE)
        first = start.spans[0].first
        return with_deadlines([Due(first, next_month(first, end.months[0]), "month")])
    return read_yearly(start, end, period)


def read_often(often: str, period: tuple[date, date] | None) -> Reading:
    """What "Once every quarter" means: one deadline for each calendar period that ends inside the period."""
    cadence, length = OCCURRENCES[often]
    precision = {"half-year": "half"}.get(often, often)
    deadlines = []
    for year in years_of(period):
        for last in range(length, 13, length):
            span = months_span(year, last - length + 1, last, precision)
            if period[0] <= span.last <= period[1]:
                deadlines.append(Due(max(span.first, period[0]), span.last, precision))
    return with_deadlines(deadlines, cadence=cadence)


def read_every_two_years(first: Span, plan_end: date | None) -> Reading:
    """What "2022 (biennially)" means: that time, and the same in every second year of the plan's period."""
    last_year = plan_end.year if plan_end else first.last.year
    deadlines = [Due(first.first, first.last, first.precision)]
    for years in range(2, last_year - first.last.year + 1, 2):
        start, due = first.first + relativedelta(years=years), first.last + relativedelta(years=years)
        if first.precision != "day":
            due = last_day(due.year, due.month)
        if due <= plan_end:
            deadlines.append(Due(start, due, first.precision))
    return with_deadlines(deadlines, cadence="every_two_years")


def read_schedule(
    start_wording: str, end_wording: str, plan_start: date | None = None, plan_end: date | None = None
) -> Reading:
    """Reads both cells together. The plan's period bounds what recurs; without one, recurring words are unreadable."""
    start, end = read_words(start_wording), read_words(end_wording)
    starts_on = start.spans[0].first if start.spans else None
    if start.kind == "unreadable":
        return unreadable(START_UNREADABLE)
    if end.kind == "unreadable":
        cadence = OCCURRENCES[start.often][0] if start.often else "once"
        return unreadable(END_UNREADABLE, starts_on=starts_on, cadence=cadence)
    if start.kind == "all_year" and end.kind == "dates":
        return pair_dates((), end.spans, cadence="continuous")
    if "all_year" in (start.kind, end.kind):
        return Reading(cadence="continuous", open_ended=True, starts_on=starts_on)
    period = recurring_in(start, end, plan_start, plan_end)
    if {start.kind, end.kind} & {"every_month", "previous_month", "next_month"}:
        return read_months(start, end, period)
    if "often" in (start.kind, end.kind):
        return read_often(start.often or end.often, period)
    if end.kind == "open_end":
        cadence = "continuous" if start.kind == "open_end" else "once"
        return Reading(open_ended=True, starts_on=starts_on, cadence=cadence)
    if end.kind == "not_stated" and start.every_two_years:
        return read_every_two_years(start.spans[0], plan_end)
    if end.kind == "dates":
        return pair_dates(start.spans, end.spans)
    return Reading(starts_on=starts_on, reason=NO_END)
