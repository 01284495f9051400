"""The periodic jobs: what each does, when it is due next, and how it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from celery.schedules import maybe_schedule
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .models import JobRun

LATE_AFTER = timedelta(minutes=5)  # past its time: the clock or every worker stands still, or all are busy
LONGEST = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
# What each job does, and which of what waits (``queues``) it sees to.
DOES = {
    "flag-overdue": (_("Notes which deadlines became overdue, and which are not any more."), ()),
    "check-periods": (_("Compares what is stored as overdue with the rule, and mends what differs."), ()),
    "check-freshness": (_("Notes which commitments have gone quiet, and which are heard of again."), ()),
    "send-reminders": (_("Writes the morning's mails to those who report, and sends them."), ()),
    "send-mail": (_("Sends the mails that wait for accounts."), ("mails",)),
    "send-followings": (_("Writes the mails to followers where it is morning, and sends them."), ()),
    "send-following-mail": (_("Sends the mails that wait for followers."), ("following_mails",)),
    "forget-followings": (_("Deletes addresses that nobody has confirmed, and mails given up."), ()),
    "tidy-accounts": (_("Deletes old attempts to sign in, and sessions that are over."), ()),
    "tend-uploads": (_("Has spreadsheets worked on that wait, and removes old files."), ("uploads",)),
    "refresh-search": (_("Brings the search up to date with what was written."), ("changes",)),
    "check-search": (_("Compares the search with the record, and mends what differs."), ()),
    "fold-changes": (_("Folds old notes of when the record was written to into one."), ()),
    "renew-data-files": (_("Has the files of the open data made anew."), ()),
    "requeue-data-files": (_("Has files of the open data made that wait."), ("data_files",)),
    "requeue-reports": (_("Has reports made that wait."), ("reports",)),
    "check-links": (_("Looks whether the links of evidence still work, and keeps copies."), ()),
}


@dataclass(frozen=True)
class Periodic:
    """A periodic job as the page of jobs shows it."""

    key: str
    job: str
    does: str
    kinds: tuple[str, ...]
    run: JobRun | None
    due_at: datetime | None  # None: at the clock's next tick
    now: datetime

    @property
    def state(self) -> str:
        """How it stands: never, running, cut_short, or how its last run ended."""
        if self.run is None:
            return "never"
        return state_of(self.run, self.now)

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at < self.now - LATE_AFTER


def state_of(run: JobRun, now: datetime) -> str:
    if run.ended_at is None or run.ended_at < run.began_at:
        return "running" if run.began_at > now - LONGEST else "cut_short"
    return run.outcome


def due_after(schedule, began_at: datetime) -> datetime:
    """When the job is due after it began at that moment."""
    found = maybe_schedule(schedule, app=current_app)
    return found.now() + found.remaining_estimate(began_at)


def scheduled() -> dict[str, dict]:
    """Name → job and times of each periodic job, as the settings say."""
    return dict(current_app.conf.beat_schedule)


def periodic(runs: Iterable[JobRun], now: datetime) -> list[Periodic]:
    """The periodic jobs, in the order of the settings."""
    by_job = {run.job: run for run in runs}
    found = []
    for key, entry in scheduled().items():
        run = by_job.get(entry["task"])
        does, kinds = DOES.get(key, ("", ()))
        due = run and due_after(entry["schedule"], run.began_at)
        found.append(Periodic(key, entry["task"], does, kinds, run, due, now))
    return found


def last_sign(runs: Iterable[JobRun]) -> datetime | None:
    """When a periodic job last began: the clock sent its message, and a worker took it."""
    jobs = {entry["task"] for entry in scheduled().values()}
    return max((run.began_at for run in runs if run.job in jobs), default=None)
