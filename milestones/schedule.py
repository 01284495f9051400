"""Reads the words of a plan into deadlines: ``read_schedule("June 2021", "Fourth quarter of 2021", ...)``.

The published words are kept for ever elsewhere; this module only says what they mean. It reads a wording when *every*
word of it is understood, and calls it unreadable, with the reason, when one is not: it never guesses and never raises.

How words are read:

* A month, quarter, half-year or year starts on its first day and is due on its last.
* Several dates in one cell are several deadlines, paired with the dates of the other cell.
* "Every July" is one deadline a year inside the plan's period. "Previous December" is the December before that year;
  "Next March" is the first March after the start.
* "To be continued" has no end: open-ended. "Throughout the year" is continuous, which is open-ended too.
* Remarks, in brackets or after an asterisk, do not move a date, but "(biennially)" says how often.
"""

import calendar
import re
from dataclasses import dataclass, field
from datetime import date

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if number}
MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if number}
MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
YEAR = r"(?:19|20)\d{2}"
QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
QUARTER = r"(?:" + "|".join(QUARTERS) + r")"

NOT_STATED = re.compile(r"[-–—.]*", re.I)
OPEN_END = re.compile(r"to (?:be continued|continue(?: indefinitely)?)|ongoing|continuous(?:ly)?", re.I)
ALL_YEAR = re.compile(r"throughout the year|year[- ]round", re.I)
EVERY_TWO_YEARS = re.compile(r"\b(?:biennial(?:ly)?|every (?:two|2) years)\b", re.I)
OFTEN = re.compile(r"(?:once )?every (month|quarter|half[- ]year|year)", re.I)
EVERY_MONTH = re.compile(rf"every ({MONTH})(?: to ({MONTH}))?", re.I)
PREVIOUS_MONTH = re.compile(rf"previous ({MONTH})", re.I)
NEXT_MONTH = re.compile(rf"next ({MONTH})", re.I)

DATE = re.compile(
    rf"""(?:from\s+|by\s+)?(?:
      (?P<day_month>{MONTH})\s+(?P<day>\d{{1,2}}),?\s+(?P<day_year>{YEAR})
    | (?P<iso>{YEAR}-\d{{2}}-\d{{2}})
    | (?P<first_month>{MONTH})\s*[-–]\s*(?P<last_month>{MONTH}),?\s+(?P<span_year>{YEAR})
    | (?P<month>{MONTH}),?\s+(?P<month_year>{YEAR})
    | (?P<quarter>{QUARTER})\s+quarter\s+of\s+(?P<quarter_year>{YEAR})
    | (?P<half>first|second)\s+half\s+of\s+(?P<half_year>{YEAR})
    | (?P<year>{YEAR})
    )""",
    re.I | re.X,
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
    """The span that one matched date names; None when there is no such day (31 February)."""
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
        return months_span(
            int(part["span_year"]), month_number(part["first_month"]), month_number(part["last_month"]), "month"
        )
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
    return Reading(
        starts_on=deadlines[0].starts_on,
        due_on=deadlines[-1].due_on,
        precision=deadlines[-1].precision,
        deadlines=deadlines,
        **facts,
    )


def pair_dates(starts: tuple[Span, ...], ends: tuple[Span, ...]) -> Reading:
    """Dates in both cells: the same number pairs up; one start, or none, serves several ends."""
    if len(starts) == len(ends):
        return with_deadlines(
            [Due(s.first, e.last, e.precision) for s, e in zip(starts, ends, strict=True)]
        )
    if len(starts) <= 1:
        first = starts[0].first if starts else None
        return with_deadlines([Due(first, end.last, end.precision) for end in ends])
    return unreadable(UNPAIRED, starts_on=starts[0].first)


def years_of(plan_start: date | None, plan_end: date | None) -> range:
    return range(plan_start.year, plan_end.year + 1) if plan_start and plan_end else range(0)


def read_yearly(start: Words, end: Words, plan_start: date | None, plan_end: date | None) -> Reading:
    """"Every July" and its kin: one deadline for each year of the plan's period."""
    deadlines = []
    last_month = end.months[1] if end.months[1] else start.months[1]
    for year in years_of(plan_start, plan_end):
        first = date(year - (start.kind == "previous_month"), start.months[0], 1) if start.months[0] else None
        due = last_day(year, last_month)
        if end.kind == "next_month" and first:
            due = last_day(first.year + (last_month <= first.month), last_month)
        if plan_start <= due <= plan_end:
            deadlines.append(Due(first, due, "month"))
    return with_deadlines(deadlines, cadence="yearly")


def read_often(often: str, plan_start: date | None, plan_end: date | None) -> Reading:
    """"Once every quarter": one deadline for each calendar period that ends inside the plan's period."""
    cadence, length = OCCURRENCES[often]
    precision = {"half-year": "half"}.get(often, often)
    deadlines = []
    for year in years_of(plan_start, plan_end):
        for last in range(length, 13, length):
            span = months_span(year, last - length + 1, last, precision)
            if plan_start <= span.last <= plan_end:
                deadlines.append(Due(max(span.first, plan_start), span.last, precision))
    return with_deadlines(deadlines, cadence=cadence)


def read_every_two_years(first: Span, plan_end: date | None) -> Reading:
    """"2022 (biennially)": the year named, and every second year after it inside the plan's period."""
    deadlines, year = [], first.first.year
    while year == first.first.year or (plan_end and date(year, 12, 31) <= plan_end):
        shift = year - first.first.year
        deadlines.append(
            Due(
                first.first.replace(year=first.first.year + shift),
                last_day(first.last.year + shift, first.last.month),
                first.precision,
            )
        )
        year += 2
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
    if "all_year" in (start.kind, end.kind):
        return Reading(cadence="continuous", open_ended=True, starts_on=starts_on)
    if end.kind == "open_end":
        cadence = "continuous" if start.kind in ("open_end", "not_stated") else "once"
        return Reading(open_ended=True, starts_on=starts_on, precision="", cadence=cadence)
    if {start.kind, end.kind} & {"every_month", "previous_month", "next_month"}:
        return read_yearly(start, end, plan_start, plan_end)
    if "often" in (start.kind, end.kind):
        return read_often(start.often or end.often, plan_start, plan_end)
    if end.kind == "not_stated" and start.every_two_years:
        return read_every_two_years(start.spans[0], plan_end)
    if end.kind == "dates":
        return pair_dates(start.spans, end.spans)
    return Reading(starts_on=starts_on, reason=NO_END)


