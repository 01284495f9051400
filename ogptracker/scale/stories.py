"""What becomes of a milestone, by number: its words, its deadlines and the reports on it, in one of two plans.

There are few different stories, and many milestones tell each of them. What a story's words mean and when it is overdue
is worked out by the tracker's own code, once.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from commitments.models import ActionPlan, Commitment, Member
from milestones.models import Deadline, Milestone, OverduePeriod, StatusUpdate
from milestones.periods import periods_of
from milestones.readings import put_reading, reading_of_words

from . import words

STORIES = 97  # a prime, so that stories meet every institution and theme
MONTHS = 22  # of a plan, in which a first deadline may lie


@dataclass(frozen=True)
class Term:
    """A plan's period, and the day around which the world is made."""

    starts_on: date
    ends_on: date
    on: date

    @property
    def known_until(self) -> date:
        return min(self.ends_on, self.on)


@dataclass(frozen=True)
class Said:
    """A report. ``round`` is the place of the deadline that it is about, None for the whole milestone."""

    on_date: date
    published_on: date | None
    status: str
    review: str
    round: int | None
    as_co_owner: bool
    number: int  # of its texts

    @property
    def decided_on(self) -> date:
        """The day on which somebody else looked at it, once somebody has."""
        return self.published_on or self.on_date + timedelta(days=1)


@dataclass(frozen=True)
class Story:
    """The rows have no keys yet: those of the deadlines count from 1."""

    milestone: Milestone
    deadlines: list[Deadline]
    reports: list[Said]
    periods: list[OverduePeriod]

    @property
    def delays(self) -> list[tuple[int, date, date]]:
        """``(deadline, first day, the day after the last)`` of each delay: periods that join on are one."""
        found: list[tuple[int, date, date]] = []
        for period in sorted(self.periods, key=lambda period: (period.deadline.pk, period.first_on)):
            key, first = period.deadline.pk, period.first_on
            if found and found[-1][0] == key and found[-1][2] == first:
                first = found.pop()[1]
            found.append((key, first, period.until))
        return found


def terms(on: date) -> tuple[Term, Term]:
    """A plan that is over, and one that is under way."""
    return (
        Term(date(on.year - 4, 1, 1), date(on.year - 3, 12, 31), on),
        Term(date(on.year - 1, 1, 1), date(on.year, 12, 31), on),
    )


def published(number: int, term: Term) -> tuple[str, str]:
    """A start and an end in the words of plans."""
    year, month = term.starts_on.year + number % MONTHS // 12, 1 + number % MONTHS % 12
    begins = f"January {term.starts_on.year}"
    if number % 19 == 7:
        return begins, "To be continued"
    if number % 23 == 11:
        return begins, "after the law is passed"
    if number % 4 == 0:
        return "Every January", f"Every {date(year, month, 1):%B}"
    return begins, (f"{date(year, month, 1):%B %Y}" if number % 2 else f"{date(year, month, 28):%d %B %Y}")


def status_at(number: int, share: float) -> str:
    """How far it is once so much of the plan has passed."""
    if number % 41 == 3 and share > 0.5:
        return "withdrawn"
    done_at = (0.4, 0.9, 2, 2)[number // 4 % 4]
    if share >= done_at:
        return "completed"
    return "not_started" if share < 0.15 else "limited" if share < 0.6 else "substantial"


def review_of(number: int, place: int, last: int) -> str:
    """The last report of some milestones of a plan under way is not public yet."""
    return {1: "submitted", 2: "draft", 3: "returned"}.get(number % 25, "approved") if place == last else "approved"


def reports_of(number: int, term: Term, count: int, quiet: bool, deadlines: int) -> list[Said]:
    """So many reports, evenly over the plan's time up to the day; a quiet one's all in its first months."""
    begins, ends = term.starts_on + timedelta(days=20), term.known_until - timedelta(days=5)
    if quiet:
        ends = begins + (ends - begins) / 3
    found = []
    for place in range(count):
        on_date = begins + (ends - begins) * (place + 1) / (count + 1)
        share = (on_date - term.starts_on) / (term.ends_on - term.starts_on)
        review = review_of(number, place, count - 1) if term.known_until == term.on else "approved"
        found.append(
            Said(
                on_date=on_date,
                published_on=on_date + timedelta(days=3) if review == "approved" else None,
                status=status_at(number, share),
                review=review,
                round=0 if deadlines > 1 and place < count // 3 else None,
                as_co_owner=place % 8 == 5,
                number=number + place,
            )
        )
    return found


def amended(deadlines: list[Deadline], milestone: Milestone):
    """Moves the first deadline by ninety days, a month before it is due."""
    former = deadlines[0]
    former.withdrawn_on = set_on = former.due_on - timedelta(days=30)
    deadlines.append(
        Deadline(
            pk=len(deadlines) + 1,
            milestone=milestone,
            position=former.position,
            starts_on=former.starts_on,
            due_on=former.due_on + timedelta(days=90),
            precision="day",
            set_on=set_on,
            amends=former,
            reason=words.HINDERED[2],
        )
    )


def milestone_of(number: int, term: Term) -> Milestone:
    plan = ActionPlan(
        pk=1, starts_on=term.starts_on, ends_on=term.ends_on, stage="adopted", member=Member(pk=1, time_zone="UTC")
    )
    published_start, published_end = published(number, term)
    milestone = Milestone(pk=1, commitment=Commitment(pk=1, plan=plan))
    milestone.published_start, milestone.published_end = published_start, published_end
    return milestone


@cache
def story(number: int, term: Term, reports: int, quiet: bool) -> Story:
    """The story of that number in a plan, with so many reports."""
    milestone = milestone_of(number, term)
    reading = reading_of_words(milestone, milestone.commitment.plan)
    put_reading(milestone, reading)
    deadlines = [
        Deadline(
            pk=n, milestone=milestone, position=n, starts_on=due.starts_on, due_on=due.due_on, precision=due.precision
        )
        for n, due in enumerate(reading.deadlines, 1)
    ]
    if number % 10 == 9 and len(deadlines) == 1 and deadlines[0].due_on < term.known_until:
        amended(deadlines, milestone)
    said = reports_of(number, term, reports, quiet, len(reading.deadlines))
    updates = [
        StatusUpdate(
            pk=n,
            milestone=milestone,
            deadline=None if row.round is None else deadlines[row.round],
            on_date=row.on_date,
            published_on=row.published_on,
            status=row.status,
            review="approved",
            as_co_owner=row.as_co_owner,
        )
        for n, row in enumerate(said, 1)
        if row.review == "approved"
    ]
    milestone._prefetched_objects_cache = {"deadlines": deadlines, "updates": updates}
    return Story(milestone, deadlines, said, periods_of(milestone))
