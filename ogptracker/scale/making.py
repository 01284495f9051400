"""Makes the invented world: member by member, then the search entries of what is not a report.

1. A database that holds any row of a record, or an account, is refused.
2. The rows of each member are made, by several processes, and written table by table as they come.
3. Indexes and references are made anew, which checks them for every row.
4. The tracker's own code makes the search entries of all but reports.

All of it is one transaction: what is not made to the end is not there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from multiprocessing import get_context

from django.core.management.color import no_style
from django.db import connection, transaction

from commitments.models import PolicyArea
from search.index import made, with_terms
from search.models import Change, Entry
from search.sources import SOURCES

from . import words
from .assessed import make_review, make_self_assessment
from .entries import COLUMNS
from .maker import AREAS, MODELS, PLANS, TABLES, Maker, Rows, Size
from .record import make_commitment, make_member, make_plan, promises_of
from .tables import as_text, copy, in_bulk, insert, plain, write
from .work import make_work

ENTRIES_AT_ONCE = 2_000


class NotEmpty(Exception):
    """The database holds rows that may be real."""


def refuse_a_record():
    """Raises ``NotEmpty`` unless every table that is to be written is empty."""
    for model in MODELS:
        if model.objects.exists():
            raise NotEmpty(f"This database holds {model._meta.verbose_name_plural} already.")


def rows_of_member(size: Size, on: date, number: int) -> Rows:
    maker = Maker(size, number, on)
    make_member(maker)
    for place in range(PLANS):
        promises = promises_of(maker, place)
        make_plan(maker, place)
        for promise in promises:
            make_commitment(maker, promise)
            make_work(maker, promise)
        make_self_assessment(maker, place, promises)
    make_review(maker, promises_of(maker, 0))
    return maker.rows


def texts_of_member(size: Size, on: date, number: int) -> dict[str, str]:
    """The rows as COPY reads them: they go from process to process as one text a table."""
    return {table: as_text(rows) for table, rows in rows_of_member(size, on, number).items()}


@contextmanager
def mapped(processes: int):
    """A ``map`` that keeps the order, in so many processes."""
    if processes == 1:
        yield map
        return
    with get_context("fork").Pool(processes) as pool:
        yield pool.imap


def write_members(size: Size, on: date, processes: int) -> Iterator[int]:
    """Writes the rows of all members. Yields how many members are written."""
    on_postgresql = connection.vendor == "postgresql"
    make, put = (texts_of_member, copy) if on_postgresql else (rows_of_member, insert)
    with mapped(processes) as each:
        for number, found in enumerate(each(partial(make, size, on), range(size.members)), 1):
            for table in TABLES.values():
                if table.name in found:
                    put(table, found[table.name])
            yield number


def write_policy_areas():
    rows = [{"id": n + 1, "slug": f"area-{n + 1}", "name": words.name_of(n), "position": n + 1} for n in range(AREAS)]
    write(TABLES[PolicyArea], [TABLES[PolicyArea].row(**row) for row in rows])


def write_entries(after: int):
    """The search entries of all but the reports, whose entries came with them. Their keys follow *after*."""
    for source in (name for name in SOURCES if name != "report"):
        keys = list(SOURCES[source].rows().order_by("pk").values_list("pk", flat=True))
        for first in range(0, len(keys), ENTRIES_AT_ONCE):
            found = made(source, keys[first : first + ENTRIES_AT_ONCE])
            for place, entry in enumerate(map(with_terms, found.values()), 1):
                entry.id = after + place
            after += len(found)
            write(TABLES[Entry], [[plain(getattr(entry, name)) for name in COLUMNS] for entry in found.values()])


def set_sequences():
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), MODELS):
            cursor.execute(statement)


@transaction.atomic
def make_world(members: int, on: date, processes: int = 1, say=lambda number: None):
    """Makes a world of so many members around the day. *say* is told how many are written. Raises ``NotEmpty``."""
    refuse_a_record()
    size = Size(members)
    with in_bulk([TABLES[Entry]]):
        with in_bulk(TABLES[model] for model in MODELS if model is not Entry):
            write_policy_areas()
            for number in write_members(size, on, processes):
                say(number)
        write_entries(after=size.total("reports"))
        Change.objects.all().delete()  # noted by triggers, where they do not rest
    set_sequences()
