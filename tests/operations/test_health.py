"""Alive, ready, and the metrics: what machines ask for."""

from pathlib import Path

import pytest
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from prometheus_client.parser import text_string_to_metric_families

from milestones.models import OutboxMail
from operations import readiness, views
from operations.jobs import noted
from tests.world import make_user

TOKEN = "a token that only the tests know"
ALL_OK = {"database": "ok", "migrations": "ok", "broker": "ok", "media": "ok"}


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch):
    """No answer is kept from the test before."""
    monkeypatch.setattr(readiness, "_last", (-readiness.KEPT, {}))


def test_alive_asks_nothing_of_anybody(client, django_assert_num_queries):
    """Without the fixture of a database, a query would be an error."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_when_all_parts_are(client):
    response = client.get("/readyz")
    assert response.status_code == 200 and response.json() == {"ready": True, "degraded": [], "parts": ALL_OK}


def not_ready(client) -> dict:
    response = client.get("/readyz")
    assert response.status_code == 503 and response.json()["ready"] is False
    return {name: state for name, state in response.json()["parts"].items() if state != "ok"}


@pytest.mark.django_db
def test_not_ready_before_every_migration_is_applied(client):
    MigrationRecorder.Migration.objects.filter(app="operations").delete()
    assert not_ready(client) == {"migrations": "not applied"}


@pytest.mark.django_db
def test_not_ready_with_a_migration_missing_in_the_middle(client):
    MigrationRecorder.Migration.objects.filter(app="search", name="0001_initial").delete()
    assert not_ready(client) == {"migrations": "not applied"}


@pytest.mark.django_db
def test_not_ready_without_the_database_and_nothing_is_told_of_it(client, monkeypatch):
    def away():
        raise DatabaseError("could not connect to server as user:password")

    monkeypatch.setitem(readiness.PARTS, "database", away)
    assert not_ready(client) == {"database": "does not answer"}


def degraded(client) -> dict:
    """Ready all the same: pages and the admin are served."""
    response = client.get("/readyz")
    assert response.status_code == 200 and response.json()["ready"] is True
    missing = {name: state for name, state in response.json()["parts"].items() if state != "ok"}
    assert response.json()["degraded"] == list(missing)
    return missing


@pytest.mark.django_db
def test_ready_without_the_broker_and_it_is_told(client, monkeypatch):
    def away():
        raise OperationalError("could not connect as :password")

    monkeypatch.setitem(readiness.PARTS, "broker", away)
    assert degraded(client) == {"broker": "does not answer"}
    assert client.get("/plans/").status_code == 200


@pytest.mark.django_db
def test_ready_where_no_file_can_be_saved_and_it_is_told(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "a file"
    settings.MEDIA_ROOT.touch()
    assert degraded(client) == {"media": "cannot be written to"}
    assert client.get("/plans/").status_code == 200


@pytest.mark.django_db
def test_many_who_ask_cost_no_more_than_one(client, monkeypatch):
    asked = []
    monkeypatch.setitem(readiness.PARTS, "broker", lambda: asked.append(1))
    for _ in range(5):
        assert client.get("/readyz").status_code == 200
    assert len(asked) == 1


# Metrics --------------------------------------------------------------------------------------------------------------
def metrics(client) -> dict:
    """(name, labels) → value."""
    response = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


@pytest.mark.django_db
def test_nobody_reads_the_metrics_without_their_token(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = TOKEN
    for given in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer ü"}):
        assert client.get("/metrics", headers=given).status_code == 404
    assert client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def request_count(view: str, status: str, method="GET") -> tuple:
    return ("ogptracker_request_seconds_count", ("method", method), ("status", status), ("view", view))


def test_requests_are_counted_by_view_method_and_status(client, record, settings):
    settings.METRICS_TOKEN = TOKEN
    before = metrics(client)
    for path in ("/plans/kr-5/", "/ko/plans/kr-5/", "/nowhere/", "/nowhere-else/"):
        client.get(path)
    client.generic("BREW", "/plans/kr-5/")
    after = metrics(client)

    def more(*key):
        return after.get(request_count(*key), 0) - before.get(request_count(*key), 0)

    assert (more("plan", "200"), more("none", "404")) == (2, 2)
    assert [key for key in after if "BREW" in str(key)] == []


@pytest.mark.django_db
def test_jobs_and_what_waits_are_told(client, settings):
    settings.METRICS_TOKEN = TOKEN
    with noted("milestones.tasks.flag_overdue", None):
        pass
    with pytest.raises(RuntimeError), noted("milestones.tasks.flag_overdue", None):
        raise RuntimeError("no")
    an_hour_ago = timezone.now() - timezone.timedelta(hours=1)
    OutboxMail.objects.create(
        user=make_user("viewer"), day=an_hour_ago.date(), message_id="1", subject="a", created_at=an_hour_ago
    )
    found = metrics(client)
    job = ("job", "milestones.tasks.flag_overdue")
    assert found["ogptracker_jobs_total", job, ("outcome", "ok")] == 1
    assert found["ogptracker_jobs_total", job, ("outcome", "failed")] == 1
    assert 0 <= found["ogptracker_job_seconds_total", job] < 60
    began = found["ogptracker_job_began_timestamp_seconds", job]
    assert found[("ogptracker_clock_timestamp_seconds",)] == began == pytest.approx(timezone.now().timestamp(), abs=60)
    assert found["ogptracker_waiting", ("kind", "mails")] == 1
    assert 3600 <= found["ogptracker_waiting_oldest_seconds", ("kind", "mails")] < 3700
    assert found["ogptracker_waiting", ("kind", "reports")] == 0
    assert found[("ogptracker_database_up",)] == 1 and found[("ogptracker_database_bytes",)] > 100_000
    assert found[("ogptracker_messages",)] >= 0


@pytest.mark.django_db
def test_metrics_without_the_database_say_so(client, settings, monkeypatch):
    settings.METRICS_TOKEN = TOKEN

    def away():
        raise DatabaseError("away")

    monkeypatch.setattr(views.metrics, "jobs", away)
    found = metrics(client)
    assert found[("ogptracker_database_up",)] == 0
    assert not any(name.startswith("ogptracker_jobs") for name, *_labels in found)


@pytest.mark.django_db
def test_machines_are_answered_over_plain_http_from_inside(settings):
    settings.SECURE_SSL_REDIRECT, settings.METRICS_TOKEN = True, TOKEN
    settings.SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
    client = Client()
    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/metrics", "/")] == [200, 200, 404, 301]
    text = (Path(__file__).parents[2] / "ogptracker" / "settings.py").read_text()
    assert 'SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]' in text
