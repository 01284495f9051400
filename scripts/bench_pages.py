#!/usr/bin/env python3
"""Measures pages in one database, the one of ``DATABASE_URL``: one part of ``scripts/bench.py``, which asks it.

Each line of its input is ``{"address", "rounds", "plan"}``; each line of its output tells of that address the number of
queries, the milliseconds of the first answer and of as many others as there are rounds, and the bytes; where the plan
is asked for, also how the database answered the statement that took it longest. Django's test client asks in this
process, through all middleware.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory(prefix="ogptracker-bench-")
Path(FOLDER.name, "static").mkdir()
os.environ["DATA_DIR"] = FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "ogptracker.settings"
os.environ["API_LIMIT_PUBLIC"] = "0"  # a reader who asks as fast as this would be sent away

import django  # noqa: E402  (Django reads the environment set above)
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import path  # noqa: E402

from ogptracker.settling import settle  # noqa: E402

HELLO = "/hello"


class Addresses:
    """An address list of its own, so that the bare view is no part of the site."""

    urlpatterns = [path(HELLO[1:], lambda request: HttpResponse("hello"))]


def ask(client, address: str) -> int:
    """The bytes of the answer. Ends the run when it is not 200."""
    response = client.get(address)
    if response.status_code != 200:
        sys.exit(f"{address} answers with status {response.status_code}.")
    return len(response.getvalue() if response.streaming else response.content)


def measured(client, address: str, rounds: int) -> dict:
    with override_settings(ROOT_URLCONF=Addresses if address == HELLO else settings.ROOT_URLCONF):
        return timed(client, address, rounds)


def timed(client, address: str, rounds: int) -> dict:
    start = time.perf_counter()
    ask(client, address)
    first = (time.perf_counter() - start) * 1000
    with CaptureQueriesContext(connection) as captured:
        size = ask(client, address)
    queries, spent = len(captured), []  # counted now: the next request empties the log
    for _ in range(rounds):
        start = time.perf_counter()
        ask(client, address)
        spent.append((time.perf_counter() - start) * 1000)
    return {"queries": queries, "first": first, "spent": spent, "bytes": size}


def plan_of_slowest(client, address: str) -> str:
    """The statement of the next answer that took longest, and the plan that PostgreSQL made for it."""
    spent = []

    def timed_statement(execute, statement, values, many, context):
        start = time.perf_counter()
        found = execute(statement, values, many, context)
        spent.append((time.perf_counter() - start, statement, values))
        return found

    with connection.execute_wrapper(timed_statement):
        ask(client, address)
    _seconds, statement, values = max(spent, key=lambda row: row[0])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", values)
        return "\n".join([statement, *(line for (line,) in cursor.fetchall())])


def main():
    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    settle()  # as the server does
    for line in sys.stdin:
        wanted = json.loads(line)
        found = measured(client, wanted["address"], wanted["rounds"])
        found |= {"plan": plan_of_slowest(client, wanted["address"])} if wanted["plan"] else {}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
