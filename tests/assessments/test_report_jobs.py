"""The job that makes a report: asked for once, claimed once, and never lost."""

import base64
import hashlib
import io
import json
import threading
from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader

from assessments import making, rendering, services
from assessments.models import Report, Snapshot
from assessments.tasks import render_report, requeue_reports
from tests.assessments.frozen import frozen

pytest_plugins = ["tests.assessments.report_rows"]


def stored(report) -> bytes:
    """What the report's file holds."""
    with report.file.open() as file:
        return file.read()


def messages():
    """The messages that wait in the broker's folder: file, task and arguments."""
    for path in (django_settings.BROKER_DIR / "messages").glob("*.msg"):
        message = json.loads(path.read_bytes())
        yield path, message["headers"]["task"], json.loads(base64.b64decode(message["body"]))[0]


def messages_for(pk) -> int:
    """How many messages ask for this report."""
    return sum((task, arguments) == (services.RENDER_TASK, [pk]) for _path, task, arguments in messages())


@pytest.fixture(autouse=True)
def no_old_messages():
    """Rows of earlier tests are gone and their keys are used again: their messages must not be counted."""
    for path, task, _arguments in list(messages()):
        if task == services.RENDER_TASK:
            path.unlink()


# The job --------------------------------------------------------------------------------------------------------------


def test_asking_twice_gives_one_report_and_one_message(assessment, reviewer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = services.request_report(assessment, "en", reviewer)
        second = services.request_report(assessment, "en", reviewer)
    assert first == second
    assert first.state == Report.State.QUEUED
    assert messages_for(first.pk) == 1


def test_no_message_is_sent_before_the_row_is_committed(assessment, reviewer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        report = services.request_report(assessment, "en", reviewer)
    assert len(callbacks) == 1
    assert messages_for(report.pk) == 0


def test_a_broker_that_cannot_be_reached_leaves_the_report_waiting_for_the_sweep(
    assessment, reviewer, django_capture_on_commit_callbacks
):
    folder = django_settings.BROKER_DIR / "messages"
    away = folder.rename(folder.with_name("away"))
    try:
        with django_capture_on_commit_callbacks(execute=True):
            report = services.request_report(assessment, "en", reviewer)
    finally:
        away.rename(folder)
    assert report.state == Report.State.QUEUED
    assert requeue_reports() == 0  # not silent for long enough yet
    Report.objects.update(created_at=timezone.now() - 2 * services.REPORT_SILENCE)
    assert requeue_reports() == 1
    assert messages_for(report.pk) == 1


@pytest.mark.once
def test_the_job_writes_the_file_under_its_digest_and_a_repeated_message_does_nothing(requested):
    assert render_report(requested.pk)
    report = Report.objects.get()
    content = stored(report)
    assert (report.state, report.progress, report.error) == (Report.State.DONE, 100, "")
    assert hashlib.sha256(content).hexdigest() == report.file_sha256
    assert report.file_sha256 in report.file.name
    assert report.file_size == len(content)
    assert report.pages == len(PdfReader(io.BytesIO(content)).pages)
    assert not render_report(requested.pk)
    assert Report.objects.get().attempts == 1


@pytest.mark.once
def test_the_steps_pass_in_order_with_rising_progress(requested):
    steps = []

    class Watching(services.Progress):
        def step(self, name):
            super().step(name)
            steps.append(Report.objects.values_list("step", "progress").get())

    claim = services.claim_report(requested.pk)
    rendering.render_pdf(requested.snapshot, Watching(claim).step)
    assert [name for name, _progress in steps] == ["glyphs", "text", "layout", "drawing"]
    assert [progress for _name, progress in steps] == sorted(progress for _name, progress in steps)
    assert all(services.step_label(name) for name, _progress in steps)


@pytest.mark.once
def test_the_layout_engine_shows_signs_of_life_within_a_step(assessment):
    signs = []
    pdf = rendering.render_pdf(frozen(assessment), on_page=lambda: signs.append(1))
    assert len(signs) >= pdf.pages


@pytest.mark.once
def test_a_failed_job_keeps_its_reason_and_can_be_retried(assessment, reviewer, settings, tmp_path):
    report = services.request_report(assessment, "en", reviewer)
    fonts_dir, settings.REPORT_FONTS_DIR = settings.REPORT_FONTS_DIR, tmp_path
    assert not render_report(report.pk)
    report.refresh_from_db()
    assert report.state == Report.State.FAILED
    assert "Pretendard-Regular.otf is missing" in report.error
    settings.REPORT_FONTS_DIR = fonts_dir
    assert services.retry_report(report).state == Report.State.QUEUED
    assert report.error == ""
    assert render_report(report.pk)
    assert Report.objects.get().state == Report.State.DONE


@pytest.mark.once
def test_an_unexpected_error_is_told_plainly_and_its_traceback_goes_to_the_log(requested, caplog):
    Snapshot.objects.update(data={"format": 1})
    assert not render_report(requested.pk)
    report = Report.objects.get()
    assert report.state == Report.State.FAILED
    assert report.error.startswith("An unexpected error stopped the report.")
    assert "KeyError" not in report.error
    assert "KeyError" in caplog.text


def test_asking_for_a_failed_report_queues_it_again(assessment, reviewer, requested):
    Report.objects.update(state=Report.State.FAILED, error="why")
    again = services.request_report(assessment, "en", reviewer)
    assert (again.pk, again.state, again.error) == (requested.pk, Report.State.QUEUED, "")


def test_retrying_leaves_alone_what_has_not_failed(requested):
    services.claim_report(requested.pk)
    requested.refresh_from_db()
    assert services.retry_report(requested).state == Report.State.RUNNING


@pytest.mark.once
def test_a_finished_report_whose_file_is_gone_is_made_again(assessment, reviewer, requested):
    render_report(requested.pk)
    report = Report.objects.get()
    digest = report.file_sha256
    report.file.storage.delete(report.file.name)
    assert services.request_report(assessment, "en", reviewer).state == Report.State.QUEUED
    assert render_report(report.pk)
    assert Report.objects.get().file_sha256 == digest


def test_only_one_of_two_claims_is_granted(requested):
    assert services.claim_report(requested.pk) == services.Claim(requested.pk, 1)
    assert services.claim_report(requested.pk) is None


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_claim_at_the_same_moment_one_wins(settings, tmp_path, small_assessment):
    settings.MEDIA_ROOT = tmp_path
    reviewer = get_user_model().objects.create_user("xr.reviewer", role="irm")
    report = services.request_report(small_assessment(1), "en", reviewer)
    start, claims = threading.Barrier(4), []

    def work():
        start.wait()
        try:
            claims.append(services.claim_report(report.pk))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claims, key=str) == [services.Claim(report.pk, 1), None, None, None]


@pytest.mark.once
def test_a_killed_workers_report_is_made_by_another_once_it_has_been_silent_for_long_enough(requested):
    lost = services.claim_report(requested.pk)
    assert requeue_reports() == 0
    assert not render_report(requested.pk)
    Report.objects.update(heartbeat_at=timezone.now() - services.REPORT_SILENCE - timedelta(seconds=1))
    assert requeue_reports() == 1
    assert render_report(requested.pk)
    with pytest.raises(services.ClaimLost):
        lost.update(progress=50)
    assert Report.objects.get().attempts == 2


def test_a_report_that_keeps_killing_its_worker_is_given_up(requested):
    for _attempt in range(services.TRIES):
        assert services.claim_report(requested.pk)
        Report.objects.update(heartbeat_at=timezone.now() - 2 * services.REPORT_SILENCE)
    assert requeue_reports() == 0
    report = Report.objects.get()
    assert report.state == Report.State.FAILED
    assert "The worker stopped 3 times" in report.error


def test_half_a_file_left_by_a_killed_worker_is_not_taken_for_the_report(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    storage = Report._meta.get_field("file").storage
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.pdf").write_bytes(b"half")
    name = making.store(storage, "reports/a.pdf", io.BytesIO(b"half and half"))
    assert (tmp_path / name).read_bytes() == b"half and half"
    assert making.store(storage, name, io.BytesIO(b"half and half")) == name


def test_the_worker_knows_both_tasks_by_the_names_in_use():
    assert services.RENDER_TASK in current_app.tasks
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert requeue_reports.name in scheduled


# The command ----------------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_the_command_writes_the_same_file_as_the_job(requested, tmp_path):
    render_report(requested.pk)
    output = tmp_path / "here.pdf"
    call_command("render_report", "xr-1-end-of-term", language="en", output=output, stdout=io.StringIO())
    assert output.read_bytes() == stored(Report.objects.get())


def test_the_command_names_a_self_assessment_that_does_not_exist(db, tmp_path):
    with pytest.raises(CommandError, match="There is no self-assessment 'nowhere'"):
        call_command("render_report", "nowhere", output=tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()
