"""What is stored for speed says what it is derived from: overdue periods, readings of dates, search entries, and the
digests of frozen snapshots."""

from collections.abc import Iterator

from django.db.models import Prefetch, QuerySet

from assessments import snapshots
from assessments.models import Snapshot
from milestones.models import Milestone, StatusUpdate
from milestones.periods import facts_of, periods_of
from milestones.readings import FIELDS, put_reading, reading_after
from search import index
from search.below import still_waits
from search.models import Change, Entry
from search.sources import SOURCES

from .base import CHUNK, Check, Finding, Look, in_chunks, named, one_by_one

REFRESH = "Run manage.py refresh_overdue."
INDEX = "Run manage.py index_search --all."
FROZEN = "What was published must not change: bring this row back from a backup."


def with_facts() -> QuerySet[Milestone]:
    approved = Prefetch("updates", StatusUpdate.objects.approved())
    rows = Milestone.objects.select_related("commitment__plan")
    return rows.prefetch_related("deadlines", approved, "overdue_periods")


def wrong_periods(look: Look) -> Iterator[Finding]:
    for milestone in one_by_one(with_facts()):
        if facts_of(periods_of(milestone)) != facts_of(milestone.overdue_periods.all()):
            yield Finding(named(milestone), "What is stored of its overdue days does not follow.", REFRESH)


def wrong_readings(look: Look) -> Iterator[Finding]:
    """The stored reading of a milestone's words is what reading them again gives, or what a person corrected."""
    rows = Milestone.objects.select_related("commitment__plan__member").prefetch_related("corrections")
    for milestone in one_by_one(rows):
        stored = [getattr(milestone, name) for name in FIELDS]
        latest = max(milestone.corrections.all(), key=lambda row: row.pk, default=None)
        put_reading(milestone, reading_after(milestone, milestone.commitment.plan, latest))
        if stored != [getattr(milestone, name) for name in FIELDS]:
            what = "Its stored dates are not what its words, or their correction, say."
            yield Finding(named(milestone), what, "Save the milestone in the admin, or run manage.py load_record.")


def wrong_entries(look: Look) -> Iterator[Finding]:
    """Search entries that differ from the record, but for those that a change which waits may mend."""
    for source in SOURCES:
        for keys in chunks_of_keys(SOURCES[source].rows()):
            wanted = index.made(source, keys)
            stored = dict(Entry.objects.filter(source=source, key__in=keys).values_list("key", "sha256"))
            for key, entry in sorted(wanted.items()):
                if stored.get(key) != entry.sha256 and is_due(entry, key in stored):
                    yield Finding(f"search.entry {source} {key}", "It does not say what the record says.", INDEX)


def is_due(entry: Entry, is_stored: bool) -> bool:
    """Whether the entry should be what it is not: it has words to be found by, and no change to be indexed waits."""
    return not still_waits(entry) and (is_stored or bool(index.with_terms(entry).terms))


def surplus_entries(look: Look) -> Iterator[Finding]:
    """Search entries of rows that are gone, or that nobody may find any more."""
    for source in set(Entry.objects.order_by().values_list("source", flat=True).distinct()) | set(SOURCES):
        entries = Entry.objects.filter(source=source)
        for chunk in in_chunks(entries.only("key", "source")):
            keys = {entry.key for entry in chunk}
            if source in SOURCES:
                keys -= set(SOURCES[source].rows().filter(pk__in=keys).values_list("pk", flat=True))
                keys -= set(Change.objects.filter(source=source, key__in=keys).values_list("key", flat=True))
            for key in sorted(keys):
                yield Finding(f"search.entry {source} {key}", "It is of a row that readers may not find.", INDEX)


def all_of_entries(look: Look) -> Iterator[Finding]:
    yield from wrong_entries(look)
    yield from surplus_entries(look)


def chunks_of_keys(rows: QuerySet) -> Iterator[list[int]]:
    keys = rows.order_by("pk").values_list("pk", flat=True)
    chunk = list(keys[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(keys.filter(pk__gt=chunk[-1])[:CHUNK])


def changed_snapshots(look: Look) -> Iterator[Finding]:
    rows = Snapshot.objects.only("data", "sha256")
    for chunk in in_chunks(rows, size=10):  # a snapshot holds a whole report
        for snapshot in chunk:
            if snapshots.digest(snapshot.data) != snapshot.sha256:
                yield Finding(named(snapshot), "Its text is not the one that its SHA-256 was made of.", FROZEN)


CHECKS = [
    Check("periods", "milestones' overdue days", Milestone.objects.count, wrong_periods),
    Check("readings", "milestones' dates as read", Milestone.objects.count, wrong_readings),
    Check("search", "search entries", Entry.objects.count, all_of_entries),
    Check("snapshots", "frozen snapshots", Snapshot.objects.count, changed_snapshots),
]
