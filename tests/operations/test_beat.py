"""Beat's schedule when the machine's clock was put back; ``test_clock_steps`` does it to the whole tracker."""

from datetime import timedelta

import pytest
from celery import current_app
from celery.apps.beat import Beat
from celery.beat import Service

TWO_DAYS = timedelta(days=2)


@pytest.fixture
def scheduler(tmp_path):
    """As ``celery beat`` makes it, by the settings."""
    app = current_app._get_current_object()
    chosen = Beat(app=app).scheduler_cls
    found = Service(app, scheduler_cls=chosen, schedule_filename=str(tmp_path / "beat")).scheduler
    yield found
    found.close()


def waits(scheduler) -> list[timedelta]:
    return [entry.schedule.remaining_estimate(entry.last_run_at) for entry in scheduler.schedule.values()]


def test_jobs_that_ran_by_a_clock_that_went_ahead_are_due_after_their_own_pause(scheduler, monkeypatch):
    sent = []
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, producer=None: sent.append(entry.name))
    right = max(waits(scheduler))
    assert right < TWO_DAYS
    for entry in scheduler.schedule.values():
        entry.last_run_at += TWO_DAYS
    scheduler.populate_heap()
    assert min(waits(scheduler)) > timedelta(days=1)
    scheduler.tick()
    assert max(waits(scheduler)) <= right + timedelta(seconds=5) and sent == []
    next_at = min(event.time for event in scheduler._heap)
    assert next_at - scheduler._when(next(iter(scheduler.schedule.values())), 0) < 120


def test_a_right_clock_changes_nothing(scheduler):
    before = {name: entry.last_run_at for name, entry in scheduler.schedule.items()}
    assert scheduler.forget_the_future() == 0
    assert {name: entry.last_run_at for name, entry in scheduler.schedule.items()} == before
