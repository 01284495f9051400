"""The state of a milestone in words and marks, for pages: what was reported, and what the clock says beside it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .models import Milestone, Status

NOT_REPORTED = "not_reported"
# A milestone in rounds: the latest report closes one round, while another one is still unmet.
ROUNDS = {
    "round_completed": _("Round completed, others open"),
    "round_withdrawn": _("Round withdrawn, others open"),
}
LABELS = {**dict(Status.choices), **ROUNDS, NOT_REPORTED: _("Not reported")}
# The order in which segments and counts are shown, from most done to unknown.
ORDER = [
    "completed",
    "round_completed",
    "substantial",
    "limited",
    "not_started",
    "round_withdrawn",
    "withdrawn",
    NOT_REPORTED,
]


@dataclass(frozen=True)
class MetLate:
    """A deadline that was met late: ``met_on``, the day as of which it was first reported completed, is after it."""

    due_on: date
    met_on: date

    @property
    def days(self) -> int:
        return (self.met_on - self.due_on).days

    @property
    def words(self) -> str:
        words = ngettext("met %(days)s day after it was due", "met %(days)s days after it was due", self.days)
        return words % {"days": self.days}


@dataclass(frozen=True)
class State:
    """One milestone on one day. ``mark`` names the drawing, ``label`` the word; ``late_days`` is 0 when in time.
    ``met_late`` holds the deadlines that were met late, where the milestone was asked for ``with_met``."""

    mark: str
    label: str
    status_on: date | None
    due_on: date | None
    late_days: int
    unfinished_at_end: bool
    met_late: tuple[MetLate, ...] = ()

    @property
    def is_late(self) -> bool:
        return self.late_days > 0

    @property
    def met_latest(self) -> MetLate | None:
        """The deadline that was met the most days late."""
        return max(self.met_late, key=lambda row: row.days, default=None)

    @property
    def late_words(self) -> str:
        return ngettext("late by %(days)s day", "late by %(days)s days", self.late_days) % {"days": self.late_days}


def met_late_by_deadline(milestone: Milestone) -> dict[int, MetLate]:
    """The deadlines that were met late, by their keys, of those that ``with_met`` has brought along."""
    met = getattr(milestone, "met", ())
    return {row.pk: MetLate(row.due_on, row.met_on) for row in met if row.met_on > row.due_on}


def met_late_of(milestone: Milestone) -> tuple[MetLate, ...]:
    return tuple(met_late_by_deadline(milestone).values())


def most_days_late(milestone: Milestone) -> int:
    """By how many days the deadline that was met latest was met late; 0 when none was."""
    return max((row.days for row in met_late_of(milestone)), default=0)


def state_of(milestone: Milestone, plan) -> State:
    """The state of a milestone that ``with_state`` has annotated."""
    mark = milestone.status or NOT_REPORTED
    due = milestone.overdue_due_on
    return State(
        mark=mark,
        label=LABELS[mark],
        status_on=milestone.status_on,
        due_on=due,
        late_days=(milestone.as_of - due).days if due else 0,
        unfinished_at_end=plan.ended(milestone.as_of) and mark not in ("completed", "withdrawn"),
        met_late=met_late_of(milestone),
    )


@dataclass(frozen=True)
class Tally:
    """How many milestones are in which state: what a row of segments draws and its table says."""

    states: tuple[State, ...]

    @property
    def total(self) -> int:
        return len(self.states)

    @property
    def late(self) -> int:
        return sum(state.is_late for state in self.states)

    @property
    def met_late(self) -> int:
        """How many have a deadline that was met late, where the milestones were asked for ``with_met``."""
        return sum(bool(state.met_late) for state in self.states)

    @property
    def unmet(self) -> int:
        """Of a plan whose period is over: milestones of which no report says that they are completed or withdrawn."""
        return sum(state.unfinished_at_end for state in self.states)

    @property
    def reported(self) -> int:
        return sum(state.mark != NOT_REPORTED for state in self.states)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """``(mark, label, count)`` in the order of ``ORDER``, only those that occur."""
        found = Counter(state.mark for state in self.states)
        return [(mark, LABELS[mark], found[mark]) for mark in ORDER if found[mark]]

    @property
    def sorted_states(self) -> list[State]:
        return sorted(self.states, key=lambda state: ORDER.index(state.mark))


def tally(milestones, plan) -> Tally:
    return Tally(tuple(state_of(milestone, plan) for milestone in milestones))
