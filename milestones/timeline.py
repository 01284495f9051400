"""The geometry of a timeline: days to positions. Templates draw it; the table beside it says the same in words.

Time runs from left to right. The plan's period is a band, the chosen day a line. A deadline known to the day is a tick;
one known to the month, quarter, half or year is a bar as wide as what is not known. Open-ended ones fade out with an
arrow, reports are dots, an amended deadline keeps its ghost, and what is late is drawn from its due date to the day.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

WIDTH = 720
LABELS = 44  # room for the row's number, at the left
RIGHT = 16  # room for the arrow of what has no end
ROW = 22
TOP = 26
BOTTOM = 20  # room for the words under the line of the day

UPWARDS = ["open", "work", "ghost", "late", "span", "day"]  # what is drawn later covers what is drawn before

MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    kind: str  # work, open, day, span, ghost, late


@dataclass(frozen=True)
class Dot:
    """A report. ``link`` is where it stands on the page."""

    x: float
    mark: str
    on: date
    link: str


@dataclass
class Row:
    number: str
    title: str
    y: float
    bars: list[Bar] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)


@dataclass
class Timeline:
    first: date
    last: date
    rows: list[Row]
    band: Bar | None
    today: float | None
    years: list[tuple[float, int]]

    @property
    def foot(self) -> int:
        return TOP + ROW * len(self.rows) + 8

    @property
    def height(self) -> int:
        return self.foot + BOTTOM

    @property
    def today_anchor(self) -> str:
        """On which side of the line its words have room."""
        return "end" if self.today is not None and self.today > WIDTH / 2 else "start"

    @property
    def width(self) -> int:
        return WIDTH


class Scale:
    """Days to horizontal positions between the first and the last day shown."""

    def __init__(self, first: date, last: date):
        self.first = first
        self.days = max((last - first).days, 1)

    def x(self, day: date) -> float:
        share = (day - self.first).days / self.days
        return round(LABELS + min(max(share, 0), 1) * (WIDTH - LABELS - RIGHT), 1)


def first_unknown_day(due: date, precision: str) -> date:
    """The first day of the month, season, quarter, half or year in which *due* lies."""
    if precision == "season":  # three months that end with the due date's
        return (due.replace(day=1) - relativedelta(months=2)).replace(day=1)
    months = MONTHS_IN[precision]
    return date(due.year, (due.month - 1) // months * months + 1, 1)


def extent(plan, milestones, on: date) -> tuple[date, date] | None:
    """The days to show: the plan's period and every date of its milestones, to whole years."""
    days = [day for day in (plan.starts_on, plan.ends_on) if day]
    for milestone in milestones:
        days += [milestone.starts_on] if milestone.starts_on else []
        for deadline in milestone.deadlines.all():
            days += [day for day in (deadline.starts_on, deadline.due_on) if day]
    if not days:
        return None
    return date(min(days).year, 1, 1), date(max(days).year, 12, 31)


def deadline_bars(deadline, scale: Scale, on: date) -> list[Bar]:
    due = scale.x(deadline.due_on + timedelta(days=1))
    ghost = not deadline.in_force(on)
    bars = []
    if deadline.starts_on and not ghost:
        start = scale.x(deadline.starts_on)
        bars.append(Bar(start, round(due - start, 1), "work"))
    if deadline.precision == "day":
        return [*bars, Bar(due, 0, "ghost" if ghost else "day")]
    since = scale.x(first_unknown_day(deadline.due_on, deadline.precision))
    return [*bars, Bar(since, round(due - since, 1), "ghost" if ghost else "span")]


def milestone_bars(milestone, scale: Scale, last: date, on: date) -> list[Bar]:
    bars = []
    if milestone.open_ended:
        start = scale.x(milestone.starts_on) if milestone.starts_on else LABELS
        bars.append(Bar(start, round(scale.x(last) - start, 1), "open"))
    for deadline in milestone.deadlines.all():
        if deadline.set_on is None or deadline.set_on <= on:
            bars += deadline_bars(deadline, scale, on)
    if late := getattr(milestone, "overdue_due_on", None):
        due = scale.x(late + timedelta(days=1))
        bars.append(Bar(due, round(scale.x(on) - due, 1), "late"))
    return bars


def row_of(number: str, title: str, milestones, y: float, scale: Scale, last: date, on: date, updates: dict) -> Row:
    """One row: a milestone, or all milestones of a commitment on top of each other."""
    row = Row(number, title, y)
    for milestone in milestones:
        row.bars += milestone_bars(milestone, scale, last, on)
        for update in updates.get(milestone.pk, []):
            row.dots.append(Dot(scale.x(update.on_date), update.status, update.on_date, f"#report-{update.pk}"))
    row.bars.sort(key=lambda bar: UPWARDS.index(bar.kind))
    return row


def drawn(plan, parts, on: date, updates_by_milestone: dict | None = None) -> Timeline | None:
    """A timeline on a day, a row for each of *parts*: ``(number, title, milestones)``. None when no date is known."""
    milestones = [milestone for _number, _title, of_part in parts for milestone in of_part]
    span = extent(plan, milestones, on)
    if span is None or not milestones:
        return None
    first, last = span
    scale = Scale(first, last)
    updates = updates_by_milestone or {}
    rows = [
        row_of(number, title, of_part, TOP + ROW * index, scale, last, on, updates)
        for index, (number, title, of_part) in enumerate(parts)
    ]
    band = None
    if plan.starts_on and plan.ends_on:
        start = scale.x(plan.starts_on)
        band = Bar(start, round(scale.x(plan.ends_on) - start, 1), "band")
    years = [(scale.x(date(year, 1, 1)), year) for year in range(first.year, last.year + 1)]
    return Timeline(first, last, rows, band, scale.x(on) if first <= on <= last else None, years)


def timeline(plan, milestones, on: date, updates_by_milestone: dict | None = None) -> Timeline | None:
    """A row each milestone."""
    parts = [(str(milestone.position), milestone.title, [milestone]) for milestone in milestones]
    return drawn(plan, parts, on, updates_by_milestone)


def plan_timeline(plan, parts, on: date, updates_by_milestone: dict | None = None) -> Timeline | None:
    """A row each commitment that has milestones: *parts* are ``(commitment, milestones)``."""
    rows = [(commitment.number, commitment.title, milestones) for commitment, milestones in parts if milestones]
    return drawn(plan, rows, on, updates_by_milestone)
