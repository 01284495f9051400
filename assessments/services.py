"""Reports: asked for once a snapshot and format, rendered by whichever worker claims the row, never lost.

A report's row is the state of its job; messages only wake workers. Whoever claims a row raises ``attempts``, and that
number is its right to write: a worker thought dead that comes back finds the number changed and stops. So does one
whose report was cancelled, at its next sign of life. The rendering itself is in ``making``, which workers alone load.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.broker import wake
from commitments.models import ActionPlan, Commitment

from . import freezing, irm_freezing
from .models import IRMReview, Report, SelfAssessment, Snapshot

log = logging.getLogger(__name__)

RENDER_TASK = "assessments.tasks.render_report"
REPORT_SILENCE = timedelta(seconds=180)  # after so long without a sign of life the worker is taken for dead
HEARTBEAT = timedelta(seconds=5)  # at least this long between two signs of life that change nothing else
STOPPED = (Report.State.FAILED, Report.State.CANCELLED)
TRIES = 3  # a report whose worker died so often is given up until somebody retries it

# The steps as they pass, with the share of the work done when each begins (measured on a report of 50 pages).
STEPS = {
    "glyphs": (2, gettext_lazy("Checking that every character can be printed")),
    "text": (5, gettext_lazy("Putting the text together")),
    "collecting": (10, gettext_lazy("Collecting the files")),
    "layout": (10, gettext_lazy("Laying out the pages")),
    "drawing": (80, gettext_lazy("Drawing the pages")),
    "writing": (95, gettext_lazy("Writing the file")),
}


class ClaimLost(Exception):
    """Another worker has taken the report over, or it was cancelled."""


@dataclass(frozen=True)
class Claim:
    """One worker's right to write to a report's row."""

    pk: int
    attempt: int

    def update(self, **values) -> None:
        """Writes to the row with a sign of life. Raises ClaimLost."""
        rows = Report.objects.filter(pk=self.pk, attempts=self.attempt, state=Report.State.RUNNING)
        if not rows.update(heartbeat_at=timezone.now(), **values):
            raise ClaimLost


class Progress:
    """Writes each step as it begins, and now and then a sign of life within it."""

    def __init__(self, claim: Claim):
        self._claim = claim
        self._last = timezone.now()

    def step(self, name: str) -> None:
        self._last = timezone.now()
        self._claim.update(step=name, progress=STEPS[name][0])

    def alive(self) -> None:
        now = timezone.now()
        if now - self._last >= HEARTBEAT:
            self._last = now
            self._claim.update()


def step_label(name: str) -> str:
    """What a reader is told about the step, in the active language; empty when none has begun."""
    return str(STEPS[name][1]) if name in STEPS else ""


# Asking ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_report(assessment: SelfAssessment, language: str, user, format: str = Report.Format.PDF) -> Report:
    """The report on the assessment as it is now: of a draft a trial export, of a published one its latest version,
    which is frozen first when it does not say what the record says."""
    return report_on(freezing.current(assessment, language, user), format, user)


@transaction.atomic
def request_irm_report(
    subject: ActionPlan | Commitment, language: str, user, format: str = Report.Format.PDF
) -> Report:
    """The report on what final reviews found on a plan or a commitment. Raises ``irm_freezing.NothingFinal``."""
    freeze = irm_freezing.freeze_plan if isinstance(subject, ActionPlan) else irm_freezing.freeze_commitment
    return report_on(next(row for row in freeze(subject, user) if row.language == language), format, user)


@transaction.atomic
def request_review_report(review: IRMReview, language: str, user, format: str = Report.Format.PDF) -> Report:
    """The report that a review belongs in: of a final one the one on its plan, of a draft a trial export."""
    if review.stage == IRMReview.Stage.FINAL:
        return request_irm_report(review.plan, language, user, format)
    return report_on(irm_freezing.trial(review, language), format, user)


@transaction.atomic
def request_package(plan: ActionPlan, user) -> Report:
    """Everything on the plan in one archive."""
    return report_on(irm_freezing.freeze_package(plan, user)[0], Report.Format.ZIP, user)


@transaction.atomic
def report_on(snapshot: Snapshot, format: str, user) -> Report:
    """The file of a snapshot in one format. There is one row; a failed, cancelled or lost one is made again."""
    report, is_new = Report.objects.get_or_create(snapshot=snapshot, format=format, defaults={"requested_by": user})
    if is_new:
        send_on_commit(report.pk)
    elif report.state in STOPPED or is_lost(report):
        queue_again(report)
    return report


@transaction.atomic
def retry_report(report: Report) -> Report:
    """Queues a failed or cancelled report again; any other stays as it is."""
    if report.state in STOPPED:
        queue_again(report)
    return report


def may_cancel(report: Report, user) -> bool:
    """Who asked for it, the coordinating ministry of the member it is about, and administrators."""
    if user.is_superuser or report.requested_by_id == user.pk:
        return True
    if not user.has_perm("assessments.change_selfassessment") or user.institution_id is None:
        return False
    return user.institution.member_id == report.snapshot.plan.member_id


def cancel_report(report: Report) -> bool:
    """Stops a report that waits or is being made; its worker notices at its next sign of life. False: too late."""
    waiting = Report.objects.filter(pk=report.pk, state__in=[Report.State.QUEUED, Report.State.RUNNING])
    is_stopped = waiting.update(state=Report.State.CANCELLED, step="", finished_at=timezone.now())
    report.refresh_from_db(fields=["state", "step", "finished_at"])
    return bool(is_stopped)


def is_lost(report: Report) -> bool:
    """Whether the row says done and the file is gone."""
    return report.state == Report.State.DONE and not report.file.storage.exists(report.file.name)


def queue_again(report: Report) -> None:
    """Puts a finished job back in the queue, unless somebody else just did."""
    now = timezone.now()
    fresh = {
        "state": Report.State.QUEUED,
        "progress": 0,
        "step": "",
        "error": "",
        "heartbeat_at": now,
        "finished_at": None,
    }
    if Report.objects.filter(pk=report.pk, state=report.state).update(**fresh):
        send_on_commit(report.pk)
    report.refresh_from_db()


def send_on_commit(pk: int) -> None:
    transaction.on_commit(partial(send, pk))


def send(pk: int) -> None:
    """Wakes a worker. When the broker does not answer, the row waits for the next sweep."""
    wake(RENDER_TASK, pk)


# Being made -----------------------------------------------------------------------------------------------------------


def claim_report(pk: int) -> Claim | None:
    """Takes the report if it waits or its worker has gone silent. One conditional UPDATE, so one winner."""
    now = timezone.now()
    free = Report.objects.claimable(pk, now, REPORT_SILENCE)
    attempts = free.values_list("attempts", flat=True).first()
    if attempts is None:
        return None
    taken = free.filter(attempts=attempts).update(
        state=Report.State.RUNNING, attempts=attempts + 1, progress=0, step="", error="", heartbeat_at=now
    )
    return Claim(pk, attempts + 1) if taken else None


def fail(claim: Claim, reason: str) -> None:
    """Notes why there is no file."""
    try:
        claim.update(state=Report.State.FAILED, error=reason, finished_at=timezone.now())
    except ClaimLost:
        log.warning("Report %s was taken over by another worker before it failed: %s", claim.pk, reason)


def requeue_abandoned() -> int:
    """Sends another message for every report that waits without one or lost its worker. Returns how many."""
    now = timezone.now()
    sent = 0
    for report in Report.objects.abandoned(now, REPORT_SILENCE).light():
        if report.state == Report.State.RUNNING and report.attempts % TRIES == 0:
            give_up(report)
        else:
            send(report.pk)
            sent += 1
    return sent


def give_up(report: Report) -> None:
    """Fails a report whose worker died again and again, so that it does not take the workers down for ever."""
    with translation.override(report.snapshot.language):
        reason = _("The worker stopped %(count)d times while it made this report. Try again later.") % {"count": TRIES}
    silent = Report.objects.claimable(report.pk, timezone.now(), REPORT_SILENCE)
    silent.filter(attempts=report.attempts, state=Report.State.RUNNING).update(
        state=Report.State.FAILED, error=reason, finished_at=timezone.now()
    )
