"""The tracker's settings, with the sweeps that wake workers every other second: for a beat that a test watches."""

from ogptracker.settings import *  # noqa: F403

SWEEPS = ("flag-overdue", "requeue-reports", "refresh-search", "tend-uploads", "send-mail")
CELERY_BEAT_SCHEDULE = {name: CELERY_BEAT_SCHEDULE[name] | {"schedule": 2.0} for name in SWEEPS}  # noqa: F405
