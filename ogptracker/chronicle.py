"""A commitment's days in order: what its timeline draws, as a list that can be read aloud and on a phone."""

from dataclasses import dataclass
from datetime import date

from assessments.models import Coding, SelfAssessmentEntry
from commitments.models import ActionPlan
from milestones.models import Deadline, Milestone, StatusUpdate

ORDER = ["begins", "due", "amended", "report", "assessed", "found", "today", "ends"]  # of one and the same day


@dataclass(frozen=True)
class Entry:
    """``kind`` says which words and which of the rows the page shows."""

    on: date
    kind: str
    milestone: Milestone | None = None
    deadline: Deadline | None = None
    update: StatusUpdate | None = None
    entry: SelfAssessmentEntry | None = None
    coding: Coding | None = None
    precision: str = "day"

    @property
    def place(self) -> tuple:
        return self.on, ORDER.index(self.kind), self.milestone.position if self.milestone else 0


def of_deadlines(milestones, on: date) -> list[Entry]:
    """Every deadline that held on the day, and the days on which one was moved."""
    found = []
    for milestone in milestones:
        for deadline in milestone.deadlines.all():
            if deadline.in_force(on):
                found.append(Entry(deadline.due_on, "due", milestone, deadline, precision=deadline.precision))
            if deadline.amends_id and deadline.set_on <= on:
                found.append(Entry(deadline.set_on, "amended", milestone, deadline))
    return found


def of_plan(plan: ActionPlan, on: date) -> list[Entry]:
    days = [(plan.starts_on, "begins"), (plan.ends_on, "ends")]
    known = [Entry(day, kind, precision=plan.period_precision or "day") for day, kind in days if day]
    return [*known, Entry(on, "today")]


def of_assessment(entry: SelfAssessmentEntry) -> Entry:
    """A corrected form stands at the day of its correction."""
    own = entry.assessment
    precision = "day" if entry.since else own.published_precision or "day"
    return Entry(entry.since or own.published_on, "assessed", entry=entry, precision=precision)


def of_findings(codings) -> list[Entry]:
    days = [(row.since or row.review.published_on, row) for row in codings]
    return [Entry(day, "found", coding=row) for day, row in days if day]


def chronicle(plan: ActionPlan, milestones, updates, entries, codings, on: date) -> list[Entry]:
    """All of it in the order of the days; what has no day of its own is left to the voices above."""
    by_key = {milestone.pk: milestone for milestone in milestones}
    reports = [Entry(update.on_date, "report", by_key[update.milestone_id], update=update) for update in updates]
    assessed = [of_assessment(entry) for entry in entries]
    found = [*of_plan(plan, on), *of_deadlines(milestones, on), *reports, *assessed, *of_findings(codings)]
    return sorted(found, key=lambda entry: entry.place)
