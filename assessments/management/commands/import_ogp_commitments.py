"""``manage.py import_ogp_commitments FILE``: OGP's commitment data, all of it or nothing. Safe to repeat."""

import csv
import time
from contextlib import ExitStack
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from assessments.ogp_file import OGPFileError
from assessments.ogp_import import Finding, import_file
from commitments.exports import defused

SHOWN_FAULTS = 40  # on the terminal; --report has them all
BAR = 40  # characters
SECONDS = 5  # between two lines of progress where there is no terminal
MADE = ("members made", "plans made", "IRM reviews made", "commitments made", "institutions made", "codings made")
CHANGED = ("rows new", "rows changed", "rows vanished", "plans changed", "members joined")
CHANGED += ("commitments changed", "codings changed")


class Progress:
    """How many rows are done: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, stream):
        self.stream, self.told_at = stream, time.monotonic()
        self.on_terminal = hasattr(stream, "isatty") and stream.isatty()

    def __call__(self, done: int, total: int):
        if self.on_terminal:
            full = BAR * done // total
            self.stream.write(f"\r[{'#' * full}{'.' * (BAR - full)}] {done:,} of {total:,} rows", ending="")
            if done == total:
                self.stream.write("")
            self.stream.flush()
        elif time.monotonic() - self.told_at >= SECONDS:
            self.told_at = time.monotonic()
            self.stream.write(f"{done:,} of {total:,} rows")


class Faults:
    """Every fault into the report, the first ones kept for the terminal."""

    def __init__(self, file=None):
        self.first: list[Finding] = []
        self.number = 0
        self.writer = csv.writer(file) if file else None
        if self.writer:
            self.writer.writerow(["line", "identifier", "column", "value", "what was done"])

    def __call__(self, finding: Finding):
        self.number += 1
        if len(self.first) < SHOWN_FAULTS:
            self.first.append(finding)
        if self.writer:
            self.writer.writerow([finding.line or "", *map(defused, finding[1:])])

    def lines(self):
        """A table, cut to the width of a terminal."""
        for found in self.first:
            value = " ".join(found.value.split())
            yield f"{found.line or '-':>6} {found.identifier:<9} {found.column[:28]:<28} {value[:24]:<24} {found.done}"
        if self.number > len(self.first):
            yield f"… and {self.number - len(self.first):,} more; --report FAULTS.csv has them all."


class Command(BaseCommand):
    help = (
        "Imports OGP's commitment data (CSV, 171 columns): members, plans, commitments, policy areas, and what the "
        "IRM's two reports found. All or nothing; safe to repeat, also with a newer file. Every fault is reported."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the CSV file, in UTF-8")
        parser.add_argument("--dry-run", action="store_true", help="does all the work and leaves nothing behind")
        parser.add_argument("--report", type=Path, help="writes every fault to this CSV file")
        parser.add_argument("--user", help="who imports it: an account's name, for the list of imports")

    def handle(self, *, file, dry_run, report, user, **options):
        who = self.account(user)
        try:
            with ExitStack() as stack:
                sheet = stack.enter_context(report.open("w", encoding="utf-8-sig", newline="")) if report else None
                faults = Faults(sheet)
                run = import_file(file, user=who, dry_run=dry_run, tell=faults, on_progress=Progress(self.stdout))
        except OGPFileError as error:
            raise CommandError(f"{file.name} is refused; nothing was imported. {error}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        self.tell(run, faults, dry_run)

    def account(self, name: str | None):
        if not name:
            return None
        try:
            return get_user_model().objects.get(username=name)
        except get_user_model().DoesNotExist:
            raise CommandError(f"There is no account {name!r}.") from None

    def tell(self, run, faults: Faults, dry_run: bool):
        if faults.number:
            self.stdout.write(f"{'line':>6} {'id':<9} {'column':<28} {'value':<24} what was done")
            for line in faults.lines():
                self.stdout.write(line)
        made = ", ".join(f"{run.counts[name]:,} {name.removesuffix(' made')}" for name in MADE if name in run.counts)
        changed = sum(run.counts.get(name, 0) for name in CHANGED)
        self.stdout.write(f"{run.rows:,} rows: {changed:,} changed, {run.counts.get('rows unchanged', 0):,} unchanged.")
        self.stdout.write(f"Made: {made or 'nothing'}. Faults: {faults.number:,}.")
        if run.counts.get("members made"):
            self.stdout.write("Time zones are not in the file: members made now count their days in UTC.")
        if dry_run:
            self.stdout.write("Dry run: nothing was kept.")
