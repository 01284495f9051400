"""What a check is, what it finds, and how it looks at any number of rows with a few in memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet

CHUNK = 500  # rows in memory at a time


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: with which row or file, what, and what to do about it."""

    row: str
    wrong: str
    remedy: str

    def __str__(self):
        return f"{self.row}: {self.wrong} {self.remedy}"


@dataclass(frozen=True)
class Look:
    """When somebody looks: *now*, and *patience*, for how long work may wait before it counts as stuck."""

    now: datetime
    patience: timedelta

    @property
    def waited_since(self) -> datetime:
        return self.now - self.patience


@dataclass(frozen=True)
class Check:
    """One invariant. *count* says how many *things* it looks at. What a *remark* finds is worth knowing and does no
    harm, so it is not counted as wrong. *moment*: whether all its queries have to see the record of one moment."""

    key: str
    things: str
    count: Callable[[], int]
    find: Callable[[Look], Iterable[Finding]]
    remark: bool = False
    moment: bool = True


def named(row: Model, pk: Any = None) -> str:
    """A row as an office can look for it: "milestones.statusupdate 17"."""
    return f"{row._meta.label_lower} {row.pk if pk is None else pk}"


def in_chunks(rows: QuerySet, size: int = CHUNK) -> Iterator[list]:
    """The rows in the order of their keys, so many at a time; each chunk is a query of its own."""
    rows = rows.order_by("pk")
    chunk = list(rows[:size])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:size])


def one_by_one(rows: QuerySet, size: int = CHUNK) -> Iterator[Model]:
    for chunk in in_chunks(rows, size):
        yield from chunk


def each(rows: QuerySet, wrong: str, remedy: str) -> Iterator[Finding]:
    """The same finding for every row. *wrong* may name fields of the row: "{row.state}"."""
    for row in one_by_one(rows):
        yield Finding(named(row), wrong.format(row=row), remedy)
