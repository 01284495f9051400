"""Jobs are noted in one row each and bear the id of the request that asked for them; the page of jobs tells of it."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from kombu.exceptions import OperationalError

from milestones import tasks
from milestones.models import OutboxMail
from operations import jobs, periodic
from operations.models import JobRun
from operations.periodic import DOES, scheduled
from operations.periodic import periodic as of_jobs
from tests.migrated import migrate
from tests.processes import PATIENCE, Processes
from tests.tracker import environment_in, within
from tests.world import make_institution, make_member, make_user

PAGE = "/admin/operations/jobrun/"
FLAG = "milestones.tasks.flag_overdue"


def run() -> JobRun:
    return JobRun.objects.get(job=FLAG)


@pytest.mark.django_db
class TestNoting:
    def test_one_row_a_job_however_often_it_runs(self):
        for number in range(1, 4):
            with jobs.noted(FLAG, uuid.UUID(int=number)):
                assert JobRun.objects.count() == 1
        row = run()
        assert (row.runs, row.failures, row.outcome, row.request_id) == (3, 0, "ok", uuid.UUID(int=3))
        assert row.began_at <= row.ended_at == row.succeeded_at and 0 <= row.seconds <= row.total_seconds

    def test_a_failure_is_kept_with_its_reason_and_passed_on(self):
        with jobs.noted(FLAG, None):
            pass
        right = run().succeeded_at
        with pytest.raises(RuntimeError), jobs.noted(FLAG, None):
            raise RuntimeError("x" * 5000)
        row = run()
        assert (row.runs, row.failures, row.outcome, row.succeeded_at) == (2, 1, "failed", right)
        assert row.error.startswith("RuntimeError: xxx") and len(row.error) == 1000

    def test_to_be_tried_again_is_no_failure(self):
        with pytest.raises(Retry), jobs.noted(FLAG, None):
            raise Retry("later")
        assert (run().outcome, run().failures) == ("retry", 0)

    def test_a_job_does_not_fail_because_it_cannot_be_noted(self, monkeypatch):
        def away(*_args):
            raise DatabaseError("away")

        monkeypatch.setattr(jobs, "note_begin", away)
        monkeypatch.setattr(jobs, "note_end", away)
        with jobs.noted(FLAG, None):
            done = True
        assert done

    def test_a_task_called_as_a_function_is_only_the_function(self):
        tasks.flag_overdue()
        assert not JobRun.objects.exists()

    def test_a_task_that_a_worker_runs_is_noted_under_the_id_of_its_message(self):
        given = uuid.uuid4()
        tasks.flag_overdue.apply(headers={"request_id": str(given)}, request_id=str(given), throw=True)
        assert (run().runs, run().outcome) == (1, "ok")


# What the clock will do -----------------------------------------------------------------------------------------------
def test_each_periodic_job_says_what_it_does():
    assert set(scheduled()) <= set(DOES)
    assert set(DOES) - set(scheduled()) <= {"check-links"}  # a choice of the office's


def of_job(key: str, run: JobRun | None, now) -> periodic.Periodic:
    return next(job for job in of_jobs([run] if run else [], now) if job.key == key)


def test_a_job_is_due_again_after_its_pause_or_at_its_minute():
    began = timezone.now().replace(minute=5, second=0, microsecond=0)
    hourly = of_job("flag-overdue", JobRun(job=FLAG, began_at=began), began)
    assert abs(hourly.due_at - began - timedelta(hours=1)) < timedelta(seconds=2) and not hourly.is_late
    mail = JobRun(job="milestones.tasks.send_mail", began_at=began)
    assert abs(of_job("send-mail", mail, began).due_at - began - timedelta(minutes=1)) < timedelta(seconds=2)
    assert of_job("send-mail", mail, began + timedelta(minutes=7)).is_late
    assert of_job("send-mail", None, began).due_at is None


def test_a_run_without_an_end_is_under_way_or_was_cut_short():
    now = timezone.now()
    row = JobRun(job=FLAG, began_at=now - timedelta(minutes=1))
    assert of_job("flag-overdue", row, now).state == "running"
    assert of_job("flag-overdue", row, now + timedelta(hours=1)).state == "cut_short"
    row.ended_at, row.outcome = now, "failed"
    assert of_job("flag-overdue", row, now).state == "failed"
    assert of_job("flag-overdue", None, now).state == "never"


# The page -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def administrator(client, db):
    user = make_user("viewer", is_superuser=True)
    client.force_login(user)
    return user


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize("prefix, words", [("", ["Next due", "has not run yet"]), ("/ko", ["다음 예정"])])
def test_the_page_tells_of_each_job_in_both_languages(client, administrator, prefix, words):
    with pytest.raises(RuntimeError), jobs.noted(FLAG, None):
        raise RuntimeError("no such <table>")
    with jobs.noted("assessments.tasks.render_report", None):
        pass
    moment = timezone.now() - timedelta(hours=2)
    OutboxMail.objects.create(user=administrator, day=moment.date(), message_id="1", subject="a", created_at=moment)
    response = client.get(prefix + PAGE)
    assert response.status_code == 200
    html, text = response.content.decode(), text_of(response)
    assert all(key in text for key in scheduled()) and "assessments.tasks.render_report" in text
    assert "no such &lt;table&gt;" in html
    for word in words:
        assert word.lower() in text.lower()
    assert 'style="' not in html and "<script" not in html.split('id="content-main"')[1]


def test_the_page_says_when_the_clock_or_all_workers_stand_still(client, administrator):
    assert "No periodic job has run yet." in text_of(client.get(PAGE))
    with jobs.noted(FLAG, None):
        pass
    assert "stands still" not in text_of(client.get(PAGE))
    JobRun.objects.update(began_at=timezone.now() - timedelta(minutes=6))
    assert "stands still" in text_of(client.get(PAGE))


def test_the_page_costs_the_same_however_many_jobs_ran(client, administrator):
    client.get(PAGE)
    counts = []
    for number in (1, 40):
        JobRun.objects.bulk_create(JobRun(job=f"{number}-{n}", began_at=timezone.now()) for n in range(number))
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_button_has_a_periodic_job_run_at_once(client, administrator, monkeypatch):
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args: sent.append(task))
    response = client.post(f"{PAGE}run/flag-overdue/", follow=True)
    assert sent == [FLAG] and "A worker was told to run flag-overdue." in text_of(response)
    assert client.get(f"{PAGE}run/flag-overdue/").status_code == 405
    assert client.post(f"{PAGE}run/render-report/").status_code == 404
    assert sent == [FLAG]


def test_a_broker_that_is_away_is_told(client, administrator, monkeypatch):
    def away(*_args, **_options):
        raise OperationalError("away")

    monkeypatch.setattr(current_app, "send_task", away)
    response = client.post(f"{PAGE}run/flag-overdue/", follow=True)
    assert response.status_code == 200 and "Nothing was started" in text_of(response)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["viewer", "editor", "head", "coordinator", "irm", "co_owner"])
def test_nobody_else_sees_it_or_has_anything_run(client, role):
    client.force_login(make_user(role, make_institution(make_member())))
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}run/flag-overdue/").status_code == 403


# From the request to the job, for real --------------------------------------------------------------------------------
ASK = """
import uuid
from commitments.requests import one_request
from milestones import tasks
with one_request(uuid.UUID(GIVEN)):
    tasks.flag_overdue.delay()
print(1)
"""
SEEN = "from operations.models import JobRun; print(json.dumps([str(run.request_id) for run in JobRun.objects.all()]))"


@pytest.mark.once
def test_the_id_of_a_request_reaches_the_job_and_its_log_through_a_real_worker(tmp_path):
    given = str(uuid.uuid4())
    tracker = Processes(environment_in(tmp_path) | {"LOG_LEVEL": "INFO", "LOG_FORMAT": "json"})
    migrate(tracker.environment)
    log = tmp_path / "worker.log"
    try:
        tracker.shell(ASK, GIVEN=given)
        with log.open("wb") as out:
            tracker.worker(level="INFO", log=out)
        assert within(PATIENCE, lambda: b"job milestones.tasks.flag_overdue: ok" in log.read_bytes()), log.read_text()
        assert tracker.shell(SEEN) == [given]
    finally:
        tracker.end()
    found = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    of_job = [line for line in found if line.get("job") == FLAG]
    assert {line["request_id"] for line in of_job} == {given}
    assert any("notices recorded" in line["message"] for line in of_job), "what the job itself says, too"
