"""Imports OGP's commitment data: a look at the whole file, then its rows in batches, all in one transaction.

Two passes over the file, so that its rows are never in memory at once: the first checks every row's form and notes
what the file says of each plan, the second writes. What grows with the file is the set of its identifiers alone.

A row that was imported before and has not changed costs nothing but a comparison. A changed one changes what still says
what its old cells said; what a person has written since is kept and reported.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from . import ogp_about, ogp_cells, ogp_codings, ogp_commitments, ogp_frame
from .models import OGPFault, OGPImport, OGPRow
from .ogp_columns import COLUMNS
from .ogp_file import OGPFileError, Record, Style, long_cells, records_of, style_of
from .ogp_frame import Frame, PlanFacts
from .ogp_work import Work

BATCH = 500  # rows that are in memory at once
LOCK = 0x4F4750  # "OGP": held while an import writes


class Finding(NamedTuple):
    """A fault with its place, for the report."""

    line: int
    identifier: str
    column: str
    value: str
    done: str


@dataclass
class Survey:
    """What the first pass found."""

    sha256: str
    style: Style
    rows: int = 0
    plans: dict[str, PlanFacts] = field(default_factory=dict)


def digest_of(cells: list[str]) -> str:
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def survey_of(file) -> Survey:
    """Looks at every row. Raises ``OGPFileError`` where the file cannot be taken, before anything is written."""
    digest, seen = hashlib.sha256(), set()
    survey = Survey("", style_of(file))
    for record in records_of(file, digest):
        identifier = record.cells[0]
        if not identifier.strip() or len(identifier) > 50:
            raise OGPFileError(f"Line {record.line}, column “{COLUMNS[0]}”: “{identifier[:80]}” is no identifier.")
        if identifier in seen:
            raise OGPFileError(f"Line {record.line}, column “{COLUMNS[0]}”: {identifier} is in the file twice.")
        seen.add(identifier)
        survey.rows += 1
        ogp_frame.note_plan(survey.plans, record.cells)
    if not survey.rows:
        raise OGPFileError("The file has no rows below its titles.")
    survey.sha256 = digest.hexdigest()
    return survey


def lock():
    """Makes a second import wait for the first. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def batches_of(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


class Importer:
    """The second pass. ``tell`` gets every fault, ``on_progress`` how many rows are done."""

    def __init__(self, survey: Survey, run: OGPImport, tell: Callable[[Finding], None]):
        self.survey, self.run, self.tell = survey, run, tell
        self.frame = Frame()
        self.fault_count = 0
        self.seen: set[int] = set()

    def find(self, line: int, identifier: str, column: str, value: str, done: str):
        self.fault_count += 1
        self.tell(Finding(line, identifier, column, value, done))

    # One batch --------------------------------------------------------------------------------------------------------
    def take(self, batch: list[Record]):
        known = OGPRow.objects.in_bulk([record.cells[0] for record in batch], field_name="identifier")
        work, same, moved = [], [], []
        for record in batch:
            row, sha256 = known.get(record.cells[0]), digest_of(record.cells)
            if row is not None:
                self.seen.add(row.pk)
            if row is None or row.sha256 != sha256:
                work.append(Work(record, ogp_cells.parse(record.cells), sha256, row))
                continue
            same.append((record, row))
            if (row.position, row.line, row.in_file) != (record.position, record.line, True):
                row.position, row.line, row.in_file = record.position, record.line, True
                moved.append(row)
        self.frame.count("rows unchanged", len(same))
        self.retell(same)
        if moved:
            OGPRow.objects.bulk_update(moved, ["position", "line", "in_file"])
        if work:
            self.put(work)

    def retell(self, same: list[tuple[Record, OGPRow]]):
        """The faults of rows that did not change, as they were found."""
        lines = {row.pk: (record.line, row.identifier) for record, row in same}
        for found in OGPFault.objects.filter(row__in=lines).order_by("pk") if lines else ():
            self.find(*lines[found.row_id], found.column, found.value, found.done)

    def put(self, work: list[Work]):
        """Brings the record to what these rows say."""
        readable = [item for item in work if item.parsed.identity]
        for item in work:
            if item.row is not None:
                item.before = ogp_cells.parse(item.row.cells)
        ogp_commitments.put_commitments(self.frame, readable)
        taken = [item for item in readable if item.commitment is not None]
        ogp_about.put_leads(self.frame, [item for item in taken if not item.joined])
        ogp_about.put_areas(self.frame, taken)
        ogp_codings.put_codings(self.frame, taken)
        self.put_rows(work)

    # Rows and faults --------------------------------------------------------------------------------------------------
    def put_rows(self, work: list[Work]):
        """The rows cell by cell, and what was found wrong with them."""
        for item in work:
            row = item.row = item.row or OGPRow(identifier=item.record.cells[0])
            row.position, row.line, row.cells = item.record.position, item.record.line, item.record.cells
            row.sha256, row.in_file, row.last_change = item.sha256, True, self.run
            row.commitment, row.joined = item.commitment, item.joined
        new = [item.row for item in work if item.row.pk is None]
        changed = [item.row for item in work if item.row.pk is not None]
        OGPRow.objects.bulk_create(new)
        if changed:
            names = ["position", "line", "cells", "sha256", "in_file", "last_change", "commitment", "joined"]
            OGPRow.objects.bulk_update(changed, names, batch_size=100)
            OGPFault.objects.filter(row__in=changed).delete()
        self.frame.count("rows new", len(new))
        self.frame.count("rows changed", len(changed))
        self.put_faults(work)

    def put_faults(self, work: list[Work]):
        about = {}
        for identifier, *found in self.frame.notes:
            about.setdefault(identifier, []).append(ogp_cells.fault(*found))
        rows = []
        for item in work:
            for found in (*item.parsed.faults, *about.get(item.record.cells[0], ())):
                self.find(item.record.line, item.record.cells[0], *found)
                rows.append(OGPFault(row=item.row, found_in=self.run, **found._asdict()))
        OGPFault.objects.bulk_create(rows)

    # The end ----------------------------------------------------------------------------------------------------------
    def settle_vanished(self):
        """Rows of earlier files that this one does not have: reported, and left out of exports; nothing is deleted."""
        gone = [
            (pk, identifier, line, in_file)
            for pk, identifier, line, in_file in OGPRow.objects.exclude(last_change=self.run)
            .values_list("pk", "identifier", "line", "in_file")
            .iterator(chunk_size=2000)
            if pk not in self.seen
        ]
        newly = [pk for pk, _identifier, _line, in_file in gone if in_file]
        for start in range(0, len(newly), BATCH):
            OGPRow.objects.filter(pk__in=newly[start : start + BATCH]).update(in_file=False)
        for _pk, identifier, _line, _in_file in gone:
            self.find(0, identifier, "", "", "In an earlier file and not in this one: kept in the record.")
        self.frame.count("rows vanished", len(newly))
        return [identifier for _pk, identifier, _line, _in_file in gone]


def new_run(path: Path, survey: Survey, user) -> OGPImport:
    style = survey.style
    return OGPImport.objects.create(
        file_name=path.name[:250],
        sha256=survey.sha256,
        byte_order_mark=style.byte_order_mark,
        line_end=style.line_end,
        quotes_all=style.quotes_all,
        rows=survey.rows,
        imported_by=user,
        started_at=timezone.now(),
    )


def second_pass(file, survey: Survey, importer: Importer, on_progress: Callable[[int, int], None]):
    digest = hashlib.sha256()
    importer.frame = ogp_frame.make_frame(survey.plans)
    for batch in batches_of(records_of(file, digest)):
        importer.take(batch)
        on_progress(batch[-1].position, survey.rows)
    if digest.hexdigest() != survey.sha256:
        raise OGPFileError("The file was changed while it was read.")


def import_file(
    path: Path,
    *,
    user=None,
    dry_run: bool = False,
    tell: Callable[[Finding], None] = lambda finding: None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> OGPImport:
    """Imports the file: all of it, or nothing. Raises ``OGPFileError`` and ``OSError``. A dry run does all the work,
    and leaves nothing behind."""
    with path.open("rb", buffering=io.DEFAULT_BUFFER_SIZE * 16) as file, long_cells():
        survey = survey_of(file)
        file.seek(0)
        with transaction.atomic():
            lock()
            run = new_run(path, survey, user)
            importer = Importer(survey, run, tell)
            second_pass(file, survey, importer, on_progress)
            run.vanished = importer.settle_vanished()
            run.counts = {name: n for name, n in importer.frame.counts.items() if n}
            run.fault_count, run.finished_at = importer.fault_count, timezone.now()
            run.save()
            transaction.set_rollback(dry_run)
    return run
