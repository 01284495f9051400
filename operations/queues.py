"""What waits for a worker: each kind of job is rows of its own; and the messages that wake workers."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.models import Report
from commitments.broker import AWAY
from following.models import FollowingMail
from milestones.models import OutboxMail, Upload
from milestones.upload_models import WORKING
from opendata.models import DataFiles
from search.models import Change

log = logging.getLogger(__name__)
ANSWERS_WITHIN = 3  # seconds


@dataclass(frozen=True)
class Queue:
    """Rows that wait for a worker, and the column that says since when."""

    kind: str
    label: str
    rows: Callable[[datetime], QuerySet]
    since: str


@dataclass(frozen=True)
class Waiting:
    """How many rows wait, and since when the oldest does."""

    kind: str
    label: str
    number: int
    since: datetime | None

    def age(self, now: datetime) -> float:
        """Seconds; 0 when nothing waits."""
        return max(0.0, (now - self.since).total_seconds()) if self.since else 0.0


def reports(_now=None) -> QuerySet:
    return Report.objects.filter(state__in=[Report.State.QUEUED, Report.State.RUNNING])


def data_files(_now=None) -> QuerySet:
    return DataFiles.objects.filter(state__in=[DataFiles.State.WAITING, DataFiles.State.RUNNING])


def uploads(_now=None) -> QuerySet:
    return Upload.objects.filter(state__in=WORKING)


QUEUES = [
    Queue("reports", _("reports"), reports, "created_at"),
    Queue("data_files", _("files of open data"), data_files, "asked_at"),
    Queue("uploads", _("uploaded spreadsheets"), uploads, "asked_at"),
    Queue("mails", _("mails to accounts"), lambda now: OutboxMail.objects.waiting(now), "created_at"),
    Queue("following_mails", _("mails to followers"), lambda now: FollowingMail.objects.waiting(now), "created_at"),
    Queue("changes", _("changes to be indexed"), lambda now: Change.objects.all(), "noted_at"),
]


def waiting(now: datetime) -> Iterator[Waiting]:
    """One query for each kind."""
    for queue in QUEUES:
        found = queue.rows(now).order_by().aggregate(number=Count("pk"), since=Min(queue.since))
        yield Waiting(queue.kind, queue.label, found["number"], found["since"])


def messages() -> int | None:
    """How many messages no worker has taken yet; None when the broker does not answer."""
    try:
        with current_app.connection_for_read(connect_timeout=ANSWERS_WITHIN) as broker:
            broker.ensure_connection(max_retries=1, timeout=ANSWERS_WITHIN)
            queue = current_app.amqp.queues[current_app.conf.task_default_queue]
            return queue.bind(broker.default_channel).queue_declare().message_count
    except AWAY as error:
        log.warning("the message broker does not answer: %s", type(error).__name__)
        return None
