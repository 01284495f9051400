"""Metrics for Prometheus: requests as they are answered, jobs and what waits as the database tells.

Requests are counted in memory, by all processes of one gunicorn together (``PROMETHEUS_MULTIPROC_DIR``, which
``gunicorn.conf.py`` sets before anything here is loaded). Jobs are counted in their rows, whichever machine does them.
"""

import logging
import os
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from . import queues
from .models import JobRun
from .periodic import last_sign

log = logging.getLogger(__name__)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
MEMORY = CollectorRegistry()
REQUESTS = Histogram(
    "ogptracker_request_seconds",
    "Requests that were answered, by view, method and status, and how long they took.",
    ["view", "method", "status"],
    buckets=BUCKETS,
    registry=MEMORY,
)


def count_request(request, status: int, seconds: float):
    """Counts an answered request. Addresses that do not exist are one view, and unheard-of methods one method."""
    match = getattr(request, "resolver_match", None)
    view = (match and match.view_name) or "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(view, method, str(status)).observe(seconds)


def requests_text() -> bytes:
    registry = MEMORY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry)


class FromDatabase:
    """What the database tells. Without it, only that it does not answer."""

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*jobs(), *waiting(), size()]
        except DatabaseError as error:
            log.error("metrics without the database: %s", type(error).__name__)
            found = []
        yield GaugeMetricFamily("ogptracker_database_up", "Whether the database answers.", bool(found))
        yield from found


def jobs() -> list[Metric]:
    """Of each job: how often it ended, how, and when; and the last sign of the clock."""
    ended = CounterMetricFamily("ogptracker_jobs", "Jobs that ended.", labels=["job", "outcome"])
    seconds = CounterMetricFamily("ogptracker_job_seconds", "Seconds that jobs took in all.", labels=["job"])
    began = GaugeMetricFamily("ogptracker_job_began_timestamp_seconds", "When it last began.", labels=["job"])
    right = GaugeMetricFamily("ogptracker_job_succeeded_timestamp_seconds", "When it last ended well.", labels=["job"])
    rows = list(JobRun.objects.all())
    for run in rows:
        ended.add_metric([run.job, "ok"], run.runs - run.failures)
        ended.add_metric([run.job, "failed"], run.failures)
        seconds.add_metric([run.job], run.total_seconds)
        began.add_metric([run.job], run.began_at.timestamp())
        if run.succeeded_at:
            right.add_metric([run.job], run.succeeded_at.timestamp())
    sign = last_sign(rows)
    what = "When a periodic job last began: the clock and a worker were at work then."
    clock = GaugeMetricFamily("ogptracker_clock_timestamp_seconds", what, sign.timestamp() if sign else 0)
    return [ended, seconds, began, right, clock]


def waiting() -> list[Metric]:
    """How much waits for a worker, and for how long the oldest of it has waited."""
    number = GaugeMetricFamily("ogptracker_waiting", "What waits for a worker.", labels=["kind"])
    oldest = GaugeMetricFamily("ogptracker_waiting_oldest_seconds", "For how long the oldest waits.", labels=["kind"])
    now = timezone.now()
    for found in queues.waiting(now):
        number.add_metric([found.kind], found.number)
        oldest.add_metric([found.kind], found.age(now))
    messages = GaugeMetricFamily("ogptracker_messages", "Messages that no worker has taken.")
    if (length := queues.messages()) is not None:
        messages.add_metric([], length)
    return [number, oldest, messages]


def size() -> Metric:
    statement = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if connection.vendor == "postgresql":
        statement = "SELECT pg_database_size(current_database())"
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return GaugeMetricFamily("ogptracker_database_bytes", "Size of the database.", cursor.fetchone()[0])


def text() -> bytes:
    """All metrics, as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FromDatabase())
    return requests_text() + generate_latest(registry)


def token() -> str:
    """What a reader of the metrics has to know; empty: nobody reads them."""
    return settings.METRICS_TOKEN
