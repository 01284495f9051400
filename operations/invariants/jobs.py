"""Jobs that nobody works on: each kind of job is a row, and a sweep wakes a worker for those that wait too long.

What has waited for longer than *patience* is stuck: the sweep does not run, or no worker does.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models.functions import Coalesce

from assessments.models import Report
from following.models import FollowingMail
from milestones.models import OutboxMail, Upload
from milestones.upload_models import WORKING
from opendata.models import DataFiles
from search.models import Change

from .base import Check, Finding, Look, each

DAY = timedelta(days=1)
WAKE = "See that a worker and beat run (manage.py healthy); the job is then done by itself."


def waiting_reports():
    return Report.objects.filter(state__in=[Report.State.QUEUED, Report.State.RUNNING])


def waiting_data_files():
    return DataFiles.objects.filter(state__in=[DataFiles.State.WAITING, DataFiles.State.RUNNING])


def waiting_uploads():
    return Upload.objects.filter(state__in=WORKING)


def stuck_reports(look: Look) -> Iterator[Finding]:
    rows = waiting_reports().annotate(moved_at=Coalesce("heartbeat_at", "created_at"))
    yield from each(rows.filter(moved_at__lt=look.waited_since), "It is {row.state} since {row.moved_at}.", WAKE)


def stuck_data_files(look: Look) -> Iterator[Finding]:
    rows = waiting_data_files().annotate(moved_at=Coalesce("started_at", "asked_at"))
    yield from each(rows.filter(moved_at__lt=look.waited_since), "It is {row.state} since {row.moved_at}.", WAKE)


def stuck_uploads(look: Look) -> Iterator[Finding]:
    rows = waiting_uploads().annotate(moved_at=Coalesce("heartbeat_at", "asked_at"))
    yield from each(rows.filter(moved_at__lt=look.waited_since), "It is {row.state} since {row.moved_at}.", WAKE)


def stuck_mails(look: Look) -> Iterator[Finding]:
    """Mails that could be sent and are not, and those that the mail server keeps refusing."""
    for claimable in (OutboxMail.objects.claimable(look.now), FollowingMail.objects.claimable(look.now)):
        due = claimable.filter(not_before__lt=look.waited_since)
        yield from each(due, "It could be sent since {row.not_before}, and nobody does.", WAKE)
        late = claimable.model.objects.waiting(look.now).filter(attempts__gt=0, not_before__gte=look.waited_since)
        late = late.filter(created_at__lt=look.waited_since - DAY).exclude(error="")
        yield from each(late, "It is not sent after {row.attempts} attempts: {row.error}", "Mend EMAIL_URL.")


def stuck_changes(look: Look) -> Iterator[Finding]:
    rows = Change.objects.filter(noted_at__lt=look.waited_since).order_by("pk")
    if oldest := rows.first():
        what = f"{rows.count()} change(s) wait to be indexed, the oldest since {oldest.noted_at}."
        yield Finding("search.change", what, f"{WAKE} At once: manage.py index_search.")


def mails_waiting() -> int:
    return OutboxMail.objects.filter(sent_at=None).count() + FollowingMail.objects.count()


CHECKS = [
    Check("waiting-reports", "reports waiting or in progress", lambda: waiting_reports().count(), stuck_reports),
    Check("waiting-data", "data files waiting or in progress", lambda: waiting_data_files().count(), stuck_data_files),
    Check("waiting-uploads", "uploads waiting or in progress", lambda: waiting_uploads().count(), stuck_uploads),
    Check("waiting-mails", "mails not sent yet", mails_waiting, stuck_mails),
    Check("waiting-changes", "changes to be indexed", Change.objects.count, stuck_changes),
]
