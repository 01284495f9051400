#!/usr/bin/env python3
"""Measures the clock on PostgreSQL (``make bench-deadlines``): the sweep, and the overdue page and list.

For each number of milestones, in one run: the sweep that records overdue notices, against the best hand-written SQL
statement for the same notices and against a loop that loads rows (small sizes only); the queries of the sweep; the
growth of this process's memory; the second sweep; the overdue page and list as the public sees them.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from datetime import date
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

django.setup()

from accounts.models import User  # noqa: E402
from milestones.clock import flag_overdue  # noqa: E402
from milestones.models import Deadline, Milestone, OverdueNotice  # noqa: E402
from milestones.periods import refresh  # noqa: E402

ON = date(2022, 6, 15)
LOOP_UP_TO = 100_000  # milestones; beyond that a loop over rows takes minutes and tells nothing new
PER_COMMITMENT, PER_PLAN, PER_MEMBER = 5, 75, 6

# The same notices, as somebody who knows the tables would write it, in two ways; the better one counts.
CORRELATED = """
INSERT INTO milestones_overduenotice (deadline_id, overdue_since, flagged_on)
SELECT d.id, GREATEST(d.due_on + 1, p.starts_on, COALESCE(d.set_on, p.starts_on)), %(on)s
FROM milestones_deadline d JOIN milestones_milestone m ON m.id = d.milestone_id
JOIN commitments_commitment c ON c.id = m.commitment_id JOIN commitments_actionplan p ON p.id = c.plan_id
WHERE p.stage = 'adopted' AND p.starts_on <= %(on)s AND p.ends_on >= %(on)s AND d.due_on < %(on)s
  AND (d.set_on IS NULL OR d.set_on <= %(on)s) AND (d.withdrawn_on IS NULL OR d.withdrawn_on > %(on)s)
  AND COALESCE((SELECT u.status FROM milestones_statusupdate u
                WHERE u.milestone_id = d.milestone_id AND u.review = 'approved' AND u.published_on <= %(on)s
                  AND u.on_date <= %(on)s AND (u.deadline_id IS NULL OR u.deadline_id = d.id)
                ORDER BY u.on_date DESC, u.id DESC LIMIT 1), '') NOT IN ('completed', 'withdrawn')
  AND NOT EXISTS (SELECT 1 FROM milestones_overduenotice n WHERE n.deadline_id = d.id AND n.cleared_on IS NULL)
ON CONFLICT DO NOTHING"""
JOINED = """
INSERT INTO milestones_overduenotice (deadline_id, overdue_since, flagged_on)
SELECT d.id, GREATEST(d.due_on + 1, p.starts_on, COALESCE(d.set_on, p.starts_on)), %(on)s
FROM milestones_deadline d JOIN milestones_milestone m ON m.id = d.milestone_id
JOIN commitments_commitment c ON c.id = m.commitment_id JOIN commitments_actionplan p ON p.id = c.plan_id
LEFT JOIN (SELECT DISTINCT ON (x.id) x.id, u.status FROM milestones_deadline x
           JOIN milestones_statusupdate u ON u.milestone_id = x.milestone_id AND u.review = 'approved'
            AND u.published_on <= %(on)s AND u.on_date <= %(on)s AND (u.deadline_id IS NULL OR u.deadline_id = x.id)
           WHERE x.due_on < %(on)s ORDER BY x.id, u.on_date DESC, u.id DESC) r ON r.id = d.id
LEFT JOIN milestones_overduenotice n ON n.deadline_id = d.id AND n.cleared_on IS NULL
WHERE p.stage = 'adopted' AND p.starts_on <= %(on)s AND p.ends_on >= %(on)s AND d.due_on < %(on)s
  AND (d.set_on IS NULL OR d.set_on <= %(on)s) AND (d.withdrawn_on IS NULL OR d.withdrawn_on > %(on)s)
  AND n.id IS NULL AND (r.status IS NULL OR r.status NOT IN ('completed', 'withdrawn'))
ON CONFLICT DO NOTHING"""


def execute(statement, params=None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount


def make_world(milestones: int):
    """Empties the tables and fills them anew. The two accounts are made first, because reports name them."""
    execute("TRUNCATE accounts_user, commitments_member CASCADE")
    author, reviewer = (User.objects.create(username=name) for name in ("author", "reviewer"))
    execute(
        Path(__file__)
        .with_suffix(".sql")
        .read_text()
        .format(
            plans=-(-milestones // PER_PLAN),
            per_member=PER_MEMBER,
            per_plan=PER_PLAN,
            per_commitment=PER_COMMITMENT,
            milestones=milestones,
            author=author.pk,
            reviewer=reviewer.pk,
        )
    )
    execute("ANALYZE")


def seconds(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def best_of_hand(times=2):
    """The fastest of the two statements, each run *times* on empty notices, and how many it records."""
    spent, recorded = [], set()
    for statement in (CORRELATED, JOINED) * times:
        execute("TRUNCATE milestones_overduenotice")
        took, rows = seconds(lambda statement=statement: execute(statement, {"on": ON}))
        spent.append(took)
        recorded.add(rows)
    assert len(recorded) == 1, recorded
    return min(spent), recorded.pop()


def loop_over_rows():
    """What the sweep would cost row by row: every deadline loaded with its plan and its reports."""
    rows = Deadline.objects.select_related("milestone__commitment__plan").prefetch_related("milestone__updates")
    notices = [
        OverdueNotice(deadline=row, overdue_since=row.due_on, flagged_on=ON)
        for row in rows.iterator(2000)
        if row.is_overdue(ON)
    ]
    return len(notices)


def page_times(client, address, rounds=5):
    for _ in range(2):
        assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    queries = len(captured)  # counted now: the next request empties the log
    return min(seconds(lambda: client.get(address))[0] for _ in range(rounds)), queries


def print_plans():
    """How PostgreSQL finds the rows of the list, for the largest world: without the sub-plans of each row's state."""
    with CaptureQueriesContext(connection) as captured:
        Client().get(f"/api/v1/milestones/?overdue=true&as_of={ON}")
    for query in [query["sql"] for query in captured if "milestones_overdueperiod" in query["sql"]]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {query}")
            lines = [line for (line,) in cursor.fetchall()]
        states = [number for number, line in enumerate(lines) if line.strip() == "SubPlan 1"]
        print("", *lines[: states[0] if states else -2], *lines[-2:], sep="\n")


def fill_periods():
    """Stores what is overdue when, from the facts, and reports how long that takes."""
    took, changed = seconds(lambda: refresh(Milestone.objects.all()))
    execute("VACUUM ANALYZE")
    return took, changed


def measure(milestones: int):
    make_world(milestones)
    filled, _changed = fill_periods()
    print(f"periods of {milestones:,} milestones stored in {filled:.0f} s", flush=True)
    hand, expected = best_of_hand()
    sweeps = []
    for _ in range(2):
        execute("TRUNCATE milestones_overduenotice")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with CaptureQueriesContext(connection) as captured:
            took, sweep = seconds(lambda: flag_overdue(ON))
        sweeps.append(took)
    sweep_queries = sum(query["sql"] not in ("BEGIN", "COMMIT") for query in captured)
    assert sweep.flagged == expected, (sweep, expected)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    again, second = seconds(lambda: flag_overdue(ON))
    assert (second.flagged, second.cleared) == (0, 0)
    client = Client()
    page, page_queries = page_times(client, f"/overdue/?as_of={ON}")
    endpoint, endpoint_queries = page_times(client, f"/api/v1/milestones/?overdue=true&as_of={ON}")
    loop = f"{seconds(loop_over_rows)[0] / min(sweeps):.1f}" if milestones <= LOOP_UP_TO else "–"
    print(
        f"{milestones:>10,} {expected:>9,} {min(sweeps):>8.2f} {min(sweeps) / hand:>7.2f} {loop:>7} {sweep_queries:>8} "
        f"{grown:>9.1f} {again / min(sweeps):>8.2f} {page:>8.2f} {page_queries:>4} {endpoint:>8.2f} "
        f"{endpoint_queries:>4}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    call_command("migrate", verbosity=0)
    print(
        f"{'milestones':>10} {'notices':>9} {'sweep s':>8} {'× hand':>7} {'loop ×':>7} {'queries':>8} {'grown MB':>9} "
        f"{'again ×':>8} {'page s':>8} {'q':>4} {'list s':>8} {'q':>4}"
    )
    for size in parser.parse_args().sizes:
        measure(size)
    print_plans()


if __name__ == "__main__":
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.ALLOWED_HOSTS = ["testserver"]
    main()
