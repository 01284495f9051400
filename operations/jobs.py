"""What every job does besides its work: bears the id of the request that asked for it, and notes how it went."""

import logging
import time
from contextlib import contextmanager

from celery import Task
from celery.exceptions import Ignore, Reject, Retry
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from commitments.requests import given_id, one_request

from .logs import in_job
from .messages import HEADER
from .models import JobRun

log = logging.getLogger(__name__)
LONGEST_ERROR = 1000  # characters
Outcome = JobRun.Outcome


def note_begin(name: str, request_id):
    """Two workers at the same job write to the same row; the later one counts."""
    row = JobRun(job=name, began_at=timezone.now(), request_id=request_id)
    columns = ["began_at", "request_id"]
    JobRun.objects.bulk_create([row], update_conflicts=True, unique_fields=["job"], update_fields=columns)


def note_end(name: str, outcome: str, error: str, seconds: float):
    now, failed = timezone.now(), outcome == Outcome.FAILED
    values = {"ended_at": now, "outcome": outcome, "error": error[:LONGEST_ERROR], "seconds": seconds}
    if outcome == Outcome.OK:
        values["succeeded_at"] = now
    values |= {"runs": F("runs") + 1, "failures": F("failures") + int(failed)}
    JobRun.objects.filter(job=name).update(total_seconds=F("total_seconds") + seconds, **values)


def quietly(note, *args):
    """A job does not fail because it could not be noted, nor does a transaction around it."""
    try:
        with transaction.atomic():
            note(*args)
    except DatabaseError as error:
        log.warning("the run of a job could not be noted: %s", error)


@contextmanager
def noted(name: str, request_id):
    """Notes a run: its begin, its end, how long it took and, when it failed, why."""
    began, outcome, error = time.perf_counter(), Outcome.OK, ""
    quietly(note_begin, name, request_id)
    try:
        yield
    except (Retry, Ignore, Reject) as signal:
        outcome, error = Outcome.RETRY, str(signal)
        raise
    except Exception as failure:
        outcome, error = Outcome.FAILED, f"{type(failure).__name__}: {failure}"
        raise
    finally:
        seconds = time.perf_counter() - began
        quietly(note_end, name, outcome, error, seconds)
        told = {"outcome": str(outcome), "seconds": round(seconds, 3)}
        log.info("job %s: %s after %.3f s", name, outcome, seconds, extra=told)


class Job(Task):
    """The class of every task. Called as a function, it is only the function."""

    abstract = True

    def __call__(self, *args, **kwargs):
        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        asked_by = given_id(str(getattr(self.request, HEADER, "")))
        with one_request(asked_by) as own, in_job(self.name, self.request.id), noted(self.name, own):
            return self.run(*args, **kwargs)
