#!/usr/bin/env python3
"""Times the main pages and API lists, on the database of ``DATABASE_URL`` with the record loaded (``make bench``).

Each address is asked through Django's test client in this process; what is printed beside the milliseconds is the ratio
to a bare view that answers "hello" through the same client and middleware, which says more than milliseconds of one
machine. An address that does not answer 200 ends the run with an error.
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
from django.http import HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import path  # noqa: E402

ROUNDS = 30
ADDRESSES = [
    "/",
    "/plans/kr-5/",
    "/plans/kr-5/commitments/4-1/",
    "/overdue/?as_of=2021-11-15",
    "/api/v1/milestones/?plan=kr-5",
]


class Hello:
    """An address list of its own, so that the bare view is no part of the site."""

    urlpatterns = [path("hello", lambda request: HttpResponse("hello"))]


def ask(client, address):
    response = client.get(address)
    if response.status_code != 200:
        sys.exit(f"{address} answers with status {response.status_code}.")
    return response.getvalue() if response.streaming else response.content


def timed(client, address):
    """p50 and p95 of ``ROUNDS`` requests, in milliseconds, after two that warm up."""
    for _ in range(2):
        ask(client, address)
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ask(client, address)
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        ask(client, address)
    return len(captured)


def main():
    django.setup()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    call_command("load_record")
    client = Client()
    with override_settings(ROOT_URLCONF=Hello):
        bare, bare_slow = timed(client, "/hello")
    row = "{:<34} {:>9} {:>9} {:>8} {:>8}"
    print(row.format(f"{connection.vendor}, {ROUNDS} requests each", "p50 ms", "p95 ms", "× hello", "queries"))
    print(row.format("hello", f"{bare:.2f}", f"{bare_slow:.2f}", "1.0", "0"))
    for address in ADDRESSES:
        middle, slow = timed(client, address)
        print(row.format(address, f"{middle:.2f}", f"{slow:.2f}", f"{middle / bare:.1f}", queries(client, address)))


if __name__ == "__main__":
    main()
