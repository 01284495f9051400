"""Production's shape for real: its settings, PostgreSQL, Redis, a worker of its own; and Redis gone and back."""

import os
import secrets
import subprocess
import sys
from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.migrated import migrate
from tests.servers import postgres, redis
from tests.tracker import ROOT, environment_in, within

pytestmark = pytest.mark.once

ASK = """
from accounts.models import User
from assessments import services
from assessments.models import SelfAssessment
user, _ = User.objects.get_or_create(username="reviewer", role="irm")
services.request_report(SelfAssessment.objects.get(slug="kr-2-end-of-term"), "{language}", user)
"""


def manage(environment, *words, script=None):
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=script, capture_output=True, text=True, check=True, timeout=120
    )


@contextmanager
def worker(environment):
    """A Celery worker as production starts it."""
    words = ["-m", "celery", "-A", "ogptracker", "worker", "--pool", "prefork", "--concurrency", "1", "-B"]
    schedule = ["--schedule", os.path.join(environment["DATA_DIR"], "schedule"), "--without-gossip", "--without-mingle"]
    process = subprocess.Popen(
        [sys.executable, *words, *schedule],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def states(url) -> dict:
    """language → state of every report."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        snapshots = "JOIN assessments_snapshot s ON s.id = snapshot_id"
        cursor.execute(f"SELECT language, state FROM assessments_report {snapshots}")
        return dict(cursor.fetchall())


@pytest.fixture
def production(tmp_path):
    """The settings of production on a throwaway PostgreSQL that holds the record."""
    with postgres() as url:
        environment = environment_in(tmp_path) | {
            "OGPTRACKER_MODE": "production",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "tracker.example.org",
            "DATABASE_URL": url,
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",  # nobody answers there
        }
        migrate(environment)
        manage(environment, "refresh_overdue")
        manage(environment, "load_record")
        yield environment, url


@pytest.mark.faults
def test_a_report_asked_for_while_redis_is_away_is_kept_and_made_once_it_is_back(production):
    environment, url = production
    manage(environment, "shell", "-v", "0", script=ASK.format(language="ko"))
    assert states(url) == {"ko": "queued"}, "asked for, kept, although no broker answered"
    with redis() as broker:
        environment = environment | {"CELERY_BROKER_URL": broker}
        with worker(environment):
            manage(environment, "shell", "-v", "0", script=ASK.format(language="en"))
            assert within(90, lambda: states(url).get("en") == "done"), states(url)
            manage(
                environment,
                "shell",
                "-v",
                "0",
                script="from assessments.models import Report; from datetime import "
                "timedelta; from django.utils import timezone; Report.objects.filter(snapshot__language='ko').update("
                "created_at=timezone.now() - timedelta(hours=1))",
            )
            assert within(150, lambda: states(url)["ko"] == "done"), "the sweep sends it again"
