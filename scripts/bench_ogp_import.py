#!/usr/bin/env python3
"""Measures the import of OGP's commitment data on PostgreSQL, beside the least that any import would have to do.

The least is: reading the file with ``csv``, and one bulk insert a table, in batches of the same size, of rows that are
ready. Each step runs in a process of its own, so that the memory at its peak is its own.

scripts/with_postgres.py scripts/bench_ogp_import.py --rows 111 1110 11100
"""

import argparse
import csv
import os
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory(prefix="ogptracker-bench-")
Path(FOLDER.name, "static").mkdir()
os.environ["DATA_DIR"] = FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "ogptracker.settings"

import django  # noqa: E402  (Django reads the environment set above)
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

django.setup()

from assessments.models import Coding, IRMReview, OGPFault, OGPImport, OGPRow  # noqa: E402
from assessments.ogp_import import BATCH, import_file  # noqa: E402
from commitments.models import (  # noqa: E402
    ActionPlan,
    Commitment,
    Institution,
    Involvement,
    Member,
    PolicyArea,
    SourceDocument,
)
from tests.assessments.ogp_rows import many, write_all  # noqa: E402

# In the order in which they refer to each other.
TABLES = [OGPImport, PolicyArea, Member, SourceDocument, ActionPlan, IRMReview, Institution, Commitment, Involvement]
TABLES += [Commitment.policy_areas.through, Coding, OGPRow, OGPFault]


def peak() -> float:
    """Megabytes that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(step, pipe, *args):
    """Runs in the child: how long the step took, and how much memory the process grew by."""
    before = peak()
    began = time.perf_counter()
    took = step(*args)
    pipe.send((took if isinstance(took, float) else time.perf_counter() - began, peak() - before))


def in_own_process(step, *args):
    connections.close_all()
    ours, theirs = get_context("fork").Pipe()
    process = get_context("fork").Process(target=measured, args=(step, theirs, *args))
    process.start()
    theirs.close()
    result = ours.recv()
    process.join()
    return result


def empty():
    with connection.cursor() as cursor:
        names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in TABLES)
        cursor.execute(f"TRUNCATE {names} CASCADE")


def take(path: Path):
    import_file(path)


def least(path: Path) -> float:
    """Seconds for reading the file and inserting again what an import has made of it. Reading the rows back, which is
    not an import's work, is not counted."""
    kept = {model: list(model.objects.order_by("pk")) for model in TABLES}
    empty()
    began = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        for _row in csv.reader(file):
            pass
    with transaction.atomic():
        for model, rows in kept.items():
            model.objects.bulk_create(rows, batch_size=BATCH)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[111, 1_110, 11_100])
    sizes = parser.parse_args().rows
    in_own_process(call_command, "migrate", "-v0")
    print("    rows  file MB  import s   rows/s  least s  ratio  again s  grown MB")
    for size in sizes:
        path = write_all(Path(FOLDER.name, "rows.csv"), many(size))
        in_own_process(empty)
        took, grown = in_own_process(take, path)
        again, _grown = in_own_process(take, path)
        bare, _grown = in_own_process(least, path)
        megabytes = path.stat().st_size / 1e6
        print(
            f"{size:>8,} {megabytes:>8.1f} {took:>9.2f} {size / took:>8.0f} {bare:>8.2f} {took / bare:>6.2f} "
            f"{again:>8.2f} {grown:>9.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
