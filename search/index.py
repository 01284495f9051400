"""The index of the search: kept up to date with what was written, and checked against the record.

1. Triggers note each row of the record that is written (``search.triggers``).
2. ``refresh`` takes these notes away and makes their entries anew, with those that stand below (``search.below``), in
   one transaction a batch; entries whose row is gone, or is not public any more, go. Runs wait for each other, so that
   a run sees the rows as they are after its notes.
3. ``rebuild`` makes every entry by the same code and tells how many differed. None does, unless rows were written where
   the triggers did not see it, such as in a restored copy.
"""

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db import connection, transaction
from django.utils import translation

from .below import below_of
from .models import Change, Entry
from .sources import SOURCES
from .words import spelled, terms

BATCH = 500
LOCK = 7_331_002  # the key of the runs' lock: any number that nothing else in the database uses
NOT_WRITTEN = {"id", "source", "key"}
WRITTEN = [field.name for field in Entry._meta.concrete_fields if field.name not in NOT_WRITTEN]
TOLD = [name for name in WRITTEN if name not in ("title_terms", "terms", "spelled", "sha256")]


def digest(entry: Entry) -> str:
    """Tells two states of an entry apart. Its terms follow from its texts."""
    told = {name: str(getattr(entry, Entry._meta.get_field(name).attname)) for name in TOLD}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def with_terms(entry: Entry) -> Entry:
    """The entry with what it is found by. A report is found by its milestone's title, too, but ranks behind it."""
    titles, bodies = f"{entry.also} {entry.title} {entry.title_ko}", f"{entry.body} {entry.body_ko}"
    entry.title_terms = f" {' '.join(sorted(terms(titles)))} "
    entry.terms = " ".join(sorted(terms(f"{titles} {bodies}")))
    entry.spelled = spelled(f"{titles} {bodies}")
    return entry


def made(source: str, keys: list[int]) -> dict[int, Entry]:
    """The entries of these rows as they should be, without their terms; rows that nobody may find have none."""
    found = {}
    with translation.override("en"):
        for row in SOURCES[source].rows().filter(pk__in=keys):
            entry = SOURCES[source].entry(row)
            entry.source, entry.key = source, row.pk
            entry.sha256 = digest(entry)
            found[row.pk] = entry
    return found


def in_steps(keys: Iterable[int]) -> Iterator[list[int]]:
    """The keys, in order, so many at a time as may be in memory."""
    ordered = sorted(keys)
    return (ordered[first : first + BATCH] for first in range(0, len(ordered), BATCH))


def write(source: str, keys: Iterable[int]) -> int:
    """Makes the entries of these rows what they should be; returns how many were not."""
    keys = sorted(set(keys))
    stored = dict(Entry.objects.filter(source=source, key__in=keys).values_list("key", "sha256"))
    wanted = made(source, keys)
    changed = [with_terms(entry) for key, entry in wanted.items() if stored.get(key) != entry.sha256]
    changed = [entry for entry in changed if entry.terms]
    Entry.objects.bulk_create(
        changed, batch_size=100, update_conflicts=True, unique_fields=["source", "key"], update_fields=WRITTEN
    )
    gone = stored.keys() - wanted.keys()
    Entry.objects.filter(source=source, key__in=gone).delete()
    return len(changed) + len(gone)


def wait_for_other_runs():
    """SQLite needs nothing more: there, a transaction that writes waits for every other one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def refresh_batch() -> int:
    """Works off the oldest notes; returns how many there were."""
    wait_for_other_runs()
    changes = list(Change.objects.order_by("pk")[:BATCH])
    by_source = defaultdict(set)
    for change in changes:
        by_source[change.source].add(change.key)
    for source, keys in list(by_source.items()):
        for below, its_keys in below_of(source, keys):
            by_source[below] |= its_keys
    for source in SOURCES:
        for keys in in_steps(by_source[source]):
            write(source, keys)
    Change.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes)


def refresh(seconds: float | None = None) -> int:
    """Works off all notes, or those of so many seconds; returns how many."""
    end = time.monotonic() + seconds if seconds else None
    total = 0
    while Change.objects.exists() and (end is None or time.monotonic() < end):
        total += refresh_batch()
    return total


@transaction.atomic
def rebuild_batch(source: str, keys: list[int]) -> int:
    wait_for_other_runs()
    return write(source, keys)


def rebuild() -> int:
    """Makes every entry what it should be, batch by batch; returns how many were not."""
    differed = 0
    for source in SOURCES:
        keys = set(SOURCES[source].rows().order_by().values_list("pk", flat=True))
        keys |= set(Entry.objects.filter(source=source).values_list("key", flat=True))
        differed += sum(rebuild_batch(source, step) for step in in_steps(keys))
    return differed
