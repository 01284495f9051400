"""Imports OGP's commitment data: a look at the whole file, then its rows in batches, all in one transaction.

Two passes over the file, so that its rows are never in memory at once: the first checks every row's form and notes
what the file says of each plan, the second writes. What grows with the file is the set of its identifiers alone.

A row that was imported before and has not changed costs nothing but a comparison. A changed one changes what still says
what its old cells said; what a person has written since is kept and reported.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from commitments.models import Commitment, Institution, Involvement

from . import ogp_cells, ogp_frame, ogp_methods
from .models import Coding, IRMReview, OGPFault, OGPImport, OGPRow
from .ogp_cells import Parsed, fault
from .ogp_columns import COLUMNS
from .ogp_file import OGPFileError, Record, Style, long_cells, records_of, style_of
from .ogp_frame import Frame, PlanFacts

BATCH = 500  # rows that are in memory at once
LOCK = 0x4F4750  # "OGP": held while an import writes
CODED = (*Coding.GRADED, *Coding.YES_NO)
FIELDS = ("number", "title", "description", "starts_wording", "ends_wording", "others_as_stated")
AREAS = Commitment.policy_areas.through


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


@dataclass
class Work:
    """A row that is new or differs, on its way into the record."""

    record: Record
    parsed: Parsed
    sha256: str
    row: OGPRow | None = None  # as it was imported before
    before: Parsed | None = None
    commitment: Commitment | None = None
    is_new: bool = False  # the commitment is made by this import
    joined: bool = False

    @property
    def plan_id(self) -> str:
        return self.parsed.identity.plan_id


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
        self.counts: dict[str, int] = {}
        self.fault_count = 0
        self.seen: set[int] = set()

    def count(self, what: str, number: int):
        self.counts[what] = self.counts.get(what, 0) + number

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
        self.count("rows unchanged", len(same))
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
        self.put_commitments(readable)
        taken = [item for item in readable if item.commitment is not None]
        self.put_leads([item for item in taken if not item.joined])
        self.put_areas(taken)
        self.put_codings(taken)
        self.put_rows(work)

    # Commitments ------------------------------------------------------------------------------------------------------
    def put_commitments(self, work: list[Work]):
        ids = [item.parsed.identity.identifier for item in work]
        known = {c.ogp_id: c for c in Commitment.objects.filter(ogp_id__in=ids).select_related("plan")}
        strangers = [item for item in work if item.parsed.identity.identifier not in known]
        self.put_numbers(strangers)
        alike = self.commitments_alike(strangers)
        new, changed = [], []
        for item in work:
            identity = item.parsed.identity
            found = known.get(identity.identifier) or alike.get(identity.identifier)
            plan = self.frame.plans[identity.plan_id]
            if found is not None:
                if self.joins(item, found) and self.update(item):
                    changed.append(found)
            elif self.frame.is_own(plan) or not plan.is_itemised:
                new.append(self.new_commitment(item))
            else:
                done = f"{plan.slug} is in the record and has no such commitment: the row is kept, not read."
                item.parsed.faults.append(fault(COLUMNS[0], identity.identifier, done))
        Commitment.objects.bulk_create(new)
        if changed:
            Commitment.objects.bulk_update(changed, [*FIELDS, "ogp_id", "ogp_id_inferred", "version"])
        self.count("commitments made", len(new))
        self.count("commitments changed", len(changed))

    def put_numbers(self, work: list[Work]):
        """A number that its plan has already, or that two rows claim, gives way to the identifier."""
        wanted = {(self.frame.plans[item.plan_id].pk, item.parsed.fields["number"]) for item in work}
        numbers = {number for _plan, number in wanted}
        plans = {plan for plan, _number in wanted}
        found = Commitment.objects.filter(plan__in=plans, number__in=numbers, ogp_id__isnull=False)
        taken = set(found.values_list("plan", "number"))
        for item in work:
            plan, number = self.frame.plans[item.plan_id].pk, item.parsed.fields["number"]
            if (plan, number) in taken:
                identifier = item.parsed.fields["number"] = item.parsed.identity.identifier
                done = f"Its plan has this number twice: {identifier} is used."
                item.parsed.faults.append(fault("Commitment Number", number, done))
            taken.add((plan, number))

    def commitments_alike(self, work: list[Work]) -> dict[str, Commitment]:
        """Commitments of the record without an OGP id that have the row's number and title in the row's plan."""
        plans = [plan.pk for plan in self.frame.plans.values() if not self.frame.is_own(plan)]
        if not plans:
            return {}
        numbers = {item.parsed.fields["number"] for item in work}
        found = Commitment.objects.filter(plan__in=plans, ogp_id=None, number__in=numbers).select_related("plan")
        by_place = {(c.plan_id, c.number, folded(c.title)): c for c in found}
        places = (
            (
                item,
                (self.frame.plans[item.plan_id].pk, item.parsed.fields["number"], folded(item.parsed.fields["title"])),
            )
            for item in work
        )
        return {item.parsed.identity.identifier: by_place[place] for item, place in places if place in by_place}

    def new_commitment(self, item: Work) -> Commitment:
        identity, plan = item.parsed.identity, self.frame.plans[item.plan_id]
        position = self.frame.positions[plan.pk] = self.frame.positions.get(plan.pk, 0) + 1
        item.is_new = True
        item.commitment = Commitment(
            plan=plan,
            position=position,
            ogp_id=identity.identifier,
            document=self.frame.documents[identity.code],
            section=f"row {identity.identifier}",
            **item.parsed.fields,
        )
        return item.commitment

    def joins(self, item: Work, found: Commitment) -> bool:
        """Whether the commitment with this id is the row's: not when it stands in another plan."""
        identity, plan = item.parsed.identity, self.frame.plans[item.plan_id]
        if found.plan_id != plan.pk:
            done = f"{identity.identifier} is in {found.plan.slug} in the record: the row is kept, not read."
            item.parsed.faults.append(fault("Action Plan ID", identity.plan_id, done))
            return False
        item.commitment = found
        item.joined = item.row.joined if item.row is not None else True
        return True

    def update(self, item: Work) -> bool:
        """Brings a commitment to what its row says; whether it changed. One that was in the record before the first
        import keeps every word: only its id is filled in, and a title that differs is reported."""
        found, identity = item.commitment, item.parsed.identity
        if item.joined:
            return self.compare(item)
        changed = False
        for name in FIELDS:
            value, stored = item.parsed.fields[name], getattr(found, name)
            if value == stored or name == "number":
                continue
            if item.before is None or item.before.identity is None or item.before.fields[name] != stored:
                done = "The record was changed by hand: its words are kept."
                item.parsed.faults.append(fault(COLUMN_OF[name], value, done))
                continue
            setattr(found, name, value)
            changed = True
        if item.before and item.before.identity and item.before.fields["number"] != item.parsed.fields["number"]:
            done = f"The number is part of addresses: {identity.identifier} stays number {found.number}."
            item.parsed.faults.append(fault("Commitment Number", item.parsed.fields["number"], done))
        found.version += changed
        return changed

    def compare(self, item: Work) -> bool:
        found, identity = item.commitment, item.parsed.identity
        alike = folded(found.title) == folded(item.parsed.fields["title"])
        if not alike:
            doubt = ", and its OGP id was inferred: look whether they are the same" if found.ogp_id_inferred else ""
            done = f"The record has “{found.title[:150]}”, which is kept{doubt}."
            item.parsed.faults.append(fault("Commitment Title", item.parsed.fields["title"], done))
        if found.ogp_id == identity.identifier and not (alike and found.ogp_id_inferred):
            return False
        found.ogp_id, found.ogp_id_inferred = identity.identifier, found.ogp_id_inferred and not alike
        found.version += 1
        return True

    # Who leads --------------------------------------------------------------------------------------------------------
    def put_leads(self, work: list[Work]):
        """Institutions that lead, where the file's words are one name; on a change, the earlier lead goes."""
        for item in work:
            if item.before and item.before.lead and item.before.lead != item.parsed.lead:
                key = ogp_cells.institution_key(item.before.lead)
                item.commitment.involvements.filter(role="lead", institution__key=key).delete()
        leads = [item for item in work if item.parsed.lead and (item.is_new or self.lead_changed(item))]
        if not leads:
            return
        institutions = self.institutions_of(leads)
        rows = [
            Involvement(
                commitment=item.commitment,
                institution=institutions[self.place_of_lead(item)],
                role=Involvement.Role.LEAD,
            )
            for item in leads
        ]
        Involvement.objects.bulk_create(rows, ignore_conflicts=True)

    def lead_changed(self, item: Work) -> bool:
        return bool(item.before) and item.before.lead != item.parsed.lead

    def place_of_lead(self, item: Work) -> tuple[int, str]:
        member = self.frame.members[item.parsed.identity.code]
        return member.pk, ogp_cells.institution_key(item.parsed.lead)

    def institutions_of(self, leads: list[Work]) -> dict[tuple[int, str], Institution]:
        """The institutions by member and key, made where there are none."""
        wanted = {self.place_of_lead(item): item.parsed.lead for item in leads}
        members, keys = {member for member, _key in wanted}, {key for _member, key in wanted}
        found = {(i.member_id, i.key): i for i in Institution.objects.filter(member__in=members, key__in=keys)}
        new = [
            Institution(member_id=place[0], key=place[1], name=name)
            for place, name in wanted.items()
            if place not in found
        ]
        self.count("institutions made", len(new))
        return found | {(i.member_id, i.key): i for i in Institution.objects.bulk_create(new)}

    # Policy areas -----------------------------------------------------------------------------------------------------
    def put_areas(self, work: list[Work]):
        """Adds the areas flagged since the last file, and takes away those that no longer are."""
        add, drop = [], []
        for item in work:
            before = set(item.before.areas) if item.before and item.before.identity else set()
            now = set(item.parsed.areas)
            add += [(item.commitment.pk, self.frame.areas[place].pk) for place in sorted(now - before)]
            drop += [(item.commitment.pk, self.frame.areas[place].pk) for place in before - now]
        AREAS.objects.bulk_create(
            [AREAS(commitment_id=commitment, policyarea_id=area) for commitment, area in add], ignore_conflicts=True
        )
        for commitment, area in drop:
            AREAS.objects.filter(commitment=commitment, policyarea=area).delete()

    # What the IRM found -----------------------------------------------------------------------------------------------
    def put_codings(self, work: list[Work]):
        """The codings of both reports, on the reviews that the frame has for them."""
        known = {(c.review_id, c.commitment_id): c for c in self.stored_codings(work)}
        new, changed = [], []
        for item in work:
            for side in ogp_frame.SIDES:
                review, read = self.frame.reviews.get((item.plan_id, side)), getattr(item.parsed, side)
                if review is None:
                    continue
                stored = known.get((review.pk, item.commitment.pk))
                if stored is not None:
                    if self.update_coding(item, side, stored, read or ({}, {})):
                        changed.append(stored)
                elif read is not None:
                    new.append(self.new_coding(item, review, read))
        Coding.objects.bulk_create(new)
        if changed:
            Coding.objects.bulk_update(changed, [*CODED, "absent"])
        self.count("codings made", len(new))
        self.count("codings changed", len(changed))

    def stored_codings(self, work: list[Work]) -> Iterable[Coding]:
        old = [item.commitment.pk for item in work if not item.is_new]
        return Coding.objects.filter(commitment__in=old) if old else ()

    def held(self, review: IRMReview, values: dict, item: Work | None = None) -> dict:
        """What the review's method has of these values; the rest is reported."""
        held = ogp_methods.held_by(review.method_version, values)
        for name in values.keys() - held.keys() if item is not None else ():
            done = f"Not in the codebook of the review's method ({review.method_version}): kept in the row, not coded."
            item.parsed.faults.append(fault(name, str(values[name]), done))
        return held

    def new_coding(self, item: Work, review: IRMReview, read: tuple[dict, dict]) -> Coding:
        values, absent = read
        return Coding(
            review=review,
            method_version=review.method_version,
            commitment=item.commitment,
            absent=absent,
            document=self.frame.documents[item.parsed.identity.code],
            section=f"row {item.parsed.identity.identifier}",
            **self.held(review, values, item),
        )

    def update_coding(self, item: Work, side: str, stored: Coding, read: tuple[dict, dict]) -> bool:
        """Fills in what is empty, and brings what an earlier file said to what this one says."""
        review = self.frame.reviews[item.plan_id, side]
        values = self.held(review, read[0], item)
        was_read = getattr(item.before, side, None) if item.before else None
        before = self.held(review, was_read[0]) if was_read else {}
        changed = False
        for name in values.keys() | before.keys():
            empty = None if name in Coding.YES_NO else ""
            value, current = values.get(name, empty), getattr(stored, name)
            if value == current:
                continue
            if current != empty and (name not in before or current != before[name]):
                done = f"The record has “{current}”, which is kept."
                item.parsed.faults.append(fault(name, str(value), done))
                continue
            setattr(stored, name, value)
            changed = True
        if stored.absent != read[1] and review.pk not in self.frame.reviews_before:
            stored.absent, changed = read[1], True
        return changed

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
        self.count("rows new", len(new))
        self.count("rows changed", len(changed))
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
        self.count("rows vanished", len(newly))
        return [identifier for _pk, identifier, _line, _in_file in gone]


COLUMN_OF = {
    "number": "Commitment Number",
    "title": "Commitment Title",
    "description": "Full Text",
    "starts_wording": "Start Date",
    "ends_wording": "End Date",
    "others_as_stated": "Supporting Institution(s)",
}


def folded(title: str) -> str:
    """A title as it is compared: letters and digits alone."""
    return "".join(letter for letter in title.casefold() if letter.isalnum())


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
            run.counts = {name: n for name, n in (importer.frame.counts | importer.counts).items() if n}
            run.fault_count, run.finished_at = importer.fault_count, timezone.now()
            run.save()
            transaction.set_rollback(dry_run)
    return run
