"""The tracker's settings, with both sweeps every second: for a beat that a test watches."""

from ogptracker.settings import *  # noqa: F403

SWEEPS = ("flag-overdue", "check-freshness")
CELERY_BEAT_SCHEDULE = {name: CELERY_BEAT_SCHEDULE[name] | {"schedule": 1.0} for name in SWEEPS}  # noqa: F405
