"""A filled-in form at work, with real processes: a worker that is killed in mid-apply, and the one that goes on."""

import sqlite3
from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.migrated import migrate
from tests.processes import PATIENCE, Processes, kill
from tests.servers import postgres, redis
from tests.tracker import environment_in, within

pytestmark = pytest.mark.once
EMBEDDED = pytest.param("SQLite and files", marks=pytest.mark.faults)

ROWS = 1500
# An editor with as many milestones, and the form filled in for each of them, to be submitted; read and accepted.
WORLD = """
import csv, io
from datetime import timedelta
from django.core.files.uploadedfile import SimpleUploadedFile
from commitments.dates import local_date
from milestones import upload_services
from milestones.models import Milestone
from milestones.spreadsheet import COLUMNS, template_rows
from tests.world import *
member = make_member()
today = local_date(member.time_zone)
ministry = make_institution(member)
editor = make_user("editor", ministry)
plan = make_plan(member, starts_on=today - timedelta(days=60), ends_on=today + timedelta(days=60))
commitment = make_commitment(plan, ministry)
Milestone.objects.bulk_create(Milestone(commitment=commitment, position=n, title=f"M {n}") for n in range(ROWS))
said = [today, "substantial", "It is done in part.", "", "", "A decree", "https://example.org/", "yes"]
text = io.StringIO()
writer = csv.writer(text)
writer.writerow([str(column.title) for column in COLUMNS])
writer.writerows([*row[:8], *said] for row in template_rows(editor))
file = SimpleUploadedFile("form.csv", text.getvalue().encode())
upload = upload_services.receive(editor, file)
upload_services.work(upload.pk)
upload.refresh_from_db()
upload_services.accept(upload, only_good=False)
print(json.dumps(upload.pk))
"""
TWO_MINUTES_PASS = (
    "from datetime import timedelta; from django.db.models import F; from milestones.models import Upload; "
    "before = timedelta(minutes=3); "
    "print(Upload.objects.update(heartbeat_at=F('heartbeat_at') - before, asked_at=F('asked_at') - before))"
)
FOUND = """
from django.db.models import Count
from milestones.models import Evidence, StatusUpdate, Upload, UploadRow
reports = StatusUpdate.objects.filter(review="submitted")
print(json.dumps({
    "reports": reports.count(),
    "milestones": reports.values("milestone").distinct().count(),
    "evidence": Evidence.objects.count(),
    "others": StatusUpdate.objects.exclude(review="submitted").count(),
    "rows": UploadRow.objects.filter(outcome="created").count(),
    "attempts": Upload.objects.get().attempts,
}))
"""


class Tracker(Processes):
    def one(self, statement):
        """The first column of the statement's first row."""
        address = self.environment.get("DATABASE_URL")
        file = f"{self.environment['DATA_DIR']}/db.sqlite3"
        connection = psycopg2.connect(address) if address else sqlite3.connect(file, timeout=PATIENCE)
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]


@contextmanager
def servers(kind):
    if kind == "SQLite and files":
        yield {}
    else:
        with postgres() as database, redis() as broker:
            yield {"DATABASE_URL": database, "CELERY_BROKER_URL": broker}


@pytest.fixture(params=[EMBEDDED, "PostgreSQL and Redis"])
def tracker(request, tmp_path):
    (tmp_path / "static").mkdir()
    with servers(request.param) as addresses:
        found = Tracker(environment_in(tmp_path) | addresses)
        migrate(found.environment)
        try:
            yield found
        finally:
            found.end()


def test_a_worker_killed_in_mid_apply_loses_nothing_and_doubles_nothing(tracker):
    tracker.shell(WORLD, ROWS=ROWS)
    worker = tracker.worker()
    assert within(PATIENCE, lambda: tracker.one("SELECT done FROM milestones_upload") > 0)
    kill(worker)
    half = tracker.shell(FOUND)
    assert 0 < half["reports"] < ROWS, half
    assert half["reports"] == half["rows"] == half["evidence"] == tracker.one("SELECT done FROM milestones_upload")
    tracker.shell(TWO_MINUTES_PASS)
    tracker.worker()
    tracker.ask("tend_uploads")
    assert within(PATIENCE, lambda: tracker.one("SELECT state FROM milestones_upload") == "applied")
    found = tracker.shell(FOUND)
    assert (found["reports"], found["milestones"], found["evidence"], found["others"]) == (ROWS, ROWS, ROWS, 0)
    assert found["attempts"] == half["attempts"] + 1
