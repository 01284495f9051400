"""A page of search results, with what the clock and the ministries say of each on the day."""

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator

from assessments.models import Coding, SelfAssessmentEntry
from commitments.kept import kept_rows
from commitments.models import Commitment, Institution
from commitments.pages import KeptPages
from milestones.models import Milestone, StatusUpdate
from milestones.querysets import with_milestone_counts
from milestones.states import State, state_of

from .facets import MOST, Narrowing
from .filters import SearchFilter
from .models import Entry
from .sources import SOURCES
from .words import words_of

PAGE_SIZE = 20
SHOWN = ("member", "plan", "commitment", "commitment__plan")
NAMED = 5  # institutions offered beside the results


@dataclass(frozen=True)
class Result:
    """An entry with what is said: its milestone's state, the number of its commitment's overdue milestones, or
    ``(mark, words)`` of the level that a report, a self-assessment or the IRM states."""

    entry: Entry
    state: State | None = None
    overdue: int = 0
    level: tuple[str, str] | None = None


# source: the rows and the field that state a level
LEVELS = {
    "report": (StatusUpdate, "status"),
    "claim": (SelfAssessmentEntry, "completion_level"),
    "finding": (Coding, "completion"),
}


class Results(Paginator):
    """The pages of the results: those that are counted, and no more."""

    def __init__(self, filterset: SearchFilter, found: Narrowing, size: int = PAGE_SIZE):
        self.number = found.number
        rows = filterset.qs.filter(pk__lte=found.last) if found.last else filterset.qs
        super().__init__(KeptPages(rows, Entry.objects.select_related(*SHOWN)), size)

    @property
    def overflows(self) -> bool:
        """Whether there are more results than are counted."""
        return self.number > MOST

    @property
    def count(self) -> int:
        return min(self.number, MOST)


def states_of(keys: list[int], on: date) -> dict[int, State]:
    milestones = Milestone.objects.filter(pk__in=keys).with_state(on).select_related("commitment__plan")
    return {row.pk: state_of(row, row.commitment.plan) for row in milestones}


def overdue_counts(keys: list[int], on: date) -> dict[int, int]:
    counts = with_milestone_counts(Commitment.objects.filter(pk__in=keys), on)
    return dict(counts.order_by().values_list("pk", "overdue_count"))


def levels_of(source: str, keys: list[int]) -> dict[int, tuple[str, str]]:
    model, field = LEVELS[source]
    labels = dict(model._meta.get_field(field).choices)
    stated = model._base_manager.filter(pk__in=keys).exclude(**{field: ""}).order_by().values_list("pk", field)
    return {pk: (level, str(labels[level])) for pk, level in stated}


def with_states(entries, on: date) -> list[Result]:
    """The entries with what is said of each on the day. Five queries, whatever they are."""
    entries = list(entries)
    keys = {source: [entry.key for entry in entries if entry.source == source] for source in SOURCES}
    states, overdue = states_of(keys["milestone"], on), overdue_counts(keys["commitment"], on)
    levels = {source: levels_of(source, keys[source]) for source in LEVELS}
    return [
        Result(
            entry,
            state=states.get(entry.key) if entry.source == "milestone" else None,
            overdue=overdue.get(entry.key, 0) if entry.source == "commitment" else 0,
            level=levels.get(entry.source, {}).get(entry.key),
        )
        for entry in entries
    ]


def institutions_named(text: str) -> list[Institution]:
    """Institutions of real members whose name holds every word of the question, the topmost first."""
    words = words_of(text)
    if not words:
        return []
    found = Institution.objects.real().select_related("member", "parent")
    for word in words:
        found = found.filter(name__icontains=word) | found.filter(name_ko__icontains=word)
    return kept_rows(found.order_by("parent__parent", "parent", "name")[:NAMED])
