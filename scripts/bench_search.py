#!/usr/bin/env python3
"""Times the search on an index of growing size, on the database of ``DATABASE_URL`` (``make bench-search``).

The record is loaded, and its entries are copied until the index holds so many. The copies are found by the same words
and belong to the same commitments, so that a common word has nearly as many results as there are entries. What is
printed beside the milliseconds is the ratio to the smallest index.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory(prefix="ogptracker-bench-")
Path(FOLDER.name, "static").mkdir()
os.environ["DATA_DIR"] = FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "ogptracker.settings"

import django  # noqa: E402  (Django reads the environment set above)
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

ROUNDS = 5
SIZES = (1_000, 10_000, 100_000)
QUESTIONS = {
    "a rare word": "/search/?q=whistleblower",
    "a common word": "/search/?q=government",
    "two syllables": "/ko/search/?q=%EC%A0%95%EB%B3%B4",
    "no word": "/search/",
    "what is late": "/search/?kind=milestone&overdue=true&as_of=2021-11-15",
    "page 2": "/search/?q=government&page=2",
    "API": "/api/v1/search/?q=government",
}
COPY = """
    INSERT INTO search_entry (source, key, {same})
    SELECT 'copy of ' || %s, row_number() OVER (), {same} FROM search_entry 
    CROSS JOIN ({numbers}) AS many LIMIT %s
"""
NUMBERS = {
    "postgresql": "SELECT generate_series(1, 1000)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n",
}


def grow(model, size: int):
    """Copies entries until there are so many."""
    same = ", ".join(field.column for field in model._meta.concrete_fields if field.name not in ("id", "source", "key"))
    missing = size - model.objects.count()
    statement = COPY.format(same=same, numbers=NUMBERS[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, [str(size), missing])
        cursor.execute("ANALYZE")


def timed(client, address: str) -> tuple[float, int]:
    """The median of ``ROUNDS`` requests in milliseconds, and the queries of one."""
    client.get(address)
    spent = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        response = client.get(address)
        spent.append(1000 * (time.perf_counter() - begun))
    if response.status_code != 200:
        sys.exit(f"{address} answers with status {response.status_code}.")
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return statistics.median(spent), len(captured)


def main():
    django.setup()
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    call_command("migrate", verbosity=0)
    call_command("load_record", verbosity=0)
    from search.models import Entry  # noqa: PLC0415  (Django has to be set up first)

    client, first = Client(), {}
    print(f"{connection.vendor}; {ROUNDS} rounds; ms (× the smallest index), queries")
    for size in SIZES:
        grow(Entry, size)
        cells = []
        for name, address in QUESTIONS.items():
            spent, queries = timed(client, address)
            first.setdefault(name, spent)
            cells.append(f"{name}: {spent:.0f} (×{spent / first[name]:.1f}), {queries}")
        print(f"{size:>9,}  " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
