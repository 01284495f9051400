"""What follows from the whole record, kept by each process as long as the record stays as it is.

How many rows a list has, and whose they are, takes the longer the larger the record is; it stays the same until
somebody writes to the record or a member's day ends, which one short statement tells (``moments``).
Inside of a transaction, which may see its own changes, nothing is kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from .moments import Moment, this_moment

MOST = 200  # answers; one about all members of ten times OGP's size takes about 200 kB


class Kept:
    """Answers to questions, of one state of the record; the ones asked for longest ago go first."""

    def __init__(self):
        self.state: Hashable = None
        self.answers: OrderedDict[Hashable, Any] = OrderedDict()
        self.lock = Lock()

    def find(self, state: Hashable, key: Hashable) -> tuple | None:
        with self.lock:
            if state != self.state:
                self.state = state
                self.answers.clear()
            found = self.answers.get(key)
            if found:
                self.answers.move_to_end(key)
            return found

    def keep(self, state: Hashable, key: Hashable, answer: Any):
        with self.lock:
            if state == self.state:
                self.answers[key] = (answer,)
            while len(self.answers) > MOST:
                self.answers.popitem(last=False)


KEPT = Kept()


def kept(key: Hashable, make: Callable[[], Any], moment: Moment | None = None) -> Any:
    """The answer of ``make()``, which nobody may change, made once a state of the record. *moment*: where the caller
    has asked for it already."""
    if connection.in_atomic_block:
        return make()
    state = moment or this_moment()
    found = KEPT.find(state, key)
    if found is None:
        found = (make(),)
        KEPT.keep(state, key, found[0])
    return found[0]


def kept_of(queryset, what: Hashable, make: Callable[[], Any], nothing: Any) -> Any:
    """What ``make()`` finds of a queryset, which its own statement names; *nothing* where it can have no rows."""
    try:
        statement = queryset.query.sql_with_params()
    except EmptyResultSet:
        return nothing
    return kept((what, statement), make)


def kept_rows(queryset) -> list:
    return kept_of(queryset, "rows", lambda: list(queryset), [])


def kept_count(queryset) -> int:
    return kept_of(queryset.order_by(), "count", queryset.count, 0)
