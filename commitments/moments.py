"""What any answer from the record depends on: how far the record has come, and which day it is for its members."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from .change_models import RecordChange, State
from .dates import by_day, zones_of_members


@dataclass(frozen=True)
class Moment:
    """Two moments are the same only if the record, and every member's day, is. ``days``: each with its time zones."""

    state: State
    days: frozenset[tuple[date, tuple[str, ...]]]


@lru_cache(maxsize=1)
def zones_at(_state: State) -> tuple[str, ...]:
    """The members' time zones, which are part of the record: asked once a state of it. Never older than that state."""
    return tuple(sorted(zones_of_members()))


def state_of_record() -> State:
    """Asked first in most requests, it shows by itself whether a kept connection still works, so that Django need not
    ask for that before (``CONN_HEALTH_CHECKS``): where it does not, it is asked again on a new one."""
    if connection.vendor != "postgresql" or connection.in_atomic_block or connection.health_check_done:
        return RecordChange.objects.state()
    connection.health_check_done = True
    try:
        return RecordChange.objects.state()
    except (OperationalError, InterfaceError):
        connection.close()
        return RecordChange.objects.state()


def this_moment(now: datetime | None = None) -> Moment:
    """One query; another one for the members' time zones where they may have changed, as always in a transaction,
    which may see its own changes."""
    state = state_of_record()
    zones = zones_at.__wrapped__(state) if connection.in_atomic_block else zones_at(state)
    days = by_day(zones, now or timezone.now())
    return Moment(state, frozenset((day, tuple(names)) for day, names in days.items()))
