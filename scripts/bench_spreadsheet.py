#!/usr/bin/env python3
"""Measures the form as a spreadsheet on PostgreSQL (``make bench-spreadsheet``): out, read, accepted, undone.

Each step runs in a process of its own, so that the memory it needs at its peak is its own. Its time is put beside that
of reading the same file with openpyxl alone, row by row.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory(prefix="ogptracker-bench-")
Path(FOLDER.name, "static").mkdir()
os.environ["DATA_DIR"] = FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "ogptracker.settings"

import django  # noqa: E402  (Django reads the environment set above)
from django.core.files import File  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

django.setup()

from openpyxl import load_workbook  # noqa: E402

from accounts.models import User  # noqa: E402
from commitments.dates import local_date  # noqa: E402
from milestones import upload_services  # noqa: E402
from milestones.models import Deadline, Milestone, StatusUpdate, Upload  # noqa: E402
from milestones.spreadsheet import COLUMNS, write_xlsx  # noqa: E402
from tests.world import make_commitment, make_institution, make_member, make_plan, make_user  # noqa: E402

FORM, FILLED = Path(FOLDER.name, "form.xlsx"), Path(FOLDER.name, "filled.xlsx")
TODAY = local_date("Asia/Seoul")
SAID = [TODAY, "Substantial", "What was done. " * 20, "What stood in the way. " * 10, "What comes next. " * 10]
SAID += ["A decree", "https://example.org/decree", "yes"]


def make_world(milestones: int):
    member = make_member()
    ministry = make_institution(member)
    make_user("editor", ministry)
    plan = make_plan(member, starts_on=TODAY - timedelta(days=99), ends_on=TODAY + timedelta(days=99))
    commitment = make_commitment(plan, ministry)
    rows = (Milestone(commitment=commitment, position=n, title=f"Milestone {n}") for n in range(milestones))
    made = Milestone.objects.bulk_create(rows)
    due = TODAY + timedelta(days=30)
    Deadline.objects.bulk_create(Deadline(milestone=row, position=1, due_on=due, precision="day") for row in made)


def write():
    with FORM.open("wb") as file:
        write_xlsx(User.objects.get(), file)


def fill():
    book = load_workbook(FORM)
    for row in book.worksheets[0].iter_rows(min_row=2):
        for cell, value in zip(row[len(COLUMNS) - len(SAID) :], SAID, strict=True):
            cell.value = value
    book.save(FILLED)


def read_bare():
    book = load_workbook(FILLED, read_only=True)
    assert sum(1 for _row in book.worksheets[0].iter_rows(values_only=True))
    book.close()


def dry_run():
    with FILLED.open("rb") as file:
        upload = upload_services.receive(User.objects.get(), File(file, "filled.xlsx"))
    assert upload_services.work(upload.pk)


def apply():
    upload = Upload.objects.order_by("pk").first()
    upload_services.accept(upload, only_good=False)
    assert upload_services.work(upload.pk)


def undo():
    upload = Upload.objects.order_by("pk").first()
    upload_services.undo(upload, upload.author)
    assert upload_services.work(upload.pk)


def counts() -> str:
    latest = Upload.objects.order_by("pk").last()
    if latest is None:
        return ""
    kinds = [f"{latest.rows.filter(change=kind).count():,} {kind}" for kind in ("new", "differs", "same", "wrong")]
    return f"{', '.join(kinds)}; {StatusUpdate.objects.count():,} reports"


def measured(step, answers):
    start = time.perf_counter()
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024
    result = step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers.put((time.perf_counter() - start, (peak - before) / 1024, result))


def in_own_process(step):
    """``(seconds, megabytes that the process grew by at its peak, result)``."""
    connections.close_all()
    context = get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=measured, args=(step, answers))
    process.start()
    process.join()
    assert process.exitcode == 0, step.__name__
    return answers.get()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000)
    call_command("migrate", verbosity=0)
    make_world(parser.parse_args().rows)
    in_own_process(write)
    in_own_process(fill)
    bare = in_own_process(read_bare)[0]
    print(f"the filled-in form: {FILLED.stat().st_size / 1024:.0f} KB; openpyxl alone reads it in {bare:.2f} s")
    print(f"{'step':<24} {'s':>8} {'× bare':>8} {'grown MB':>10}")
    steps = [("written", write), ("read bare", read_bare), ("dry run", dry_run), ("applied", apply)]
    for name, step in [*steps, ("second dry run", dry_run), ("undone", undo)]:
        took, grown, _result = in_own_process(step)
        print(f"{name:<24} {took:>8.2f} {took / bare:>8.2f} {grown:>10.1f}   {in_own_process(counts)[2]}", flush=True)


if __name__ == "__main__":
    main()
