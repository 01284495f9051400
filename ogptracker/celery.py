"""The Celery application and the times at which periodic jobs run."""

import os
from pathlib import Path

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ogptracker.settings")

app = Celery("ogptracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # Every hour, because members' days end at different hours; a second run on the same day finds nothing to do.
    "flag-overdue": {"task": "milestones.tasks.flag_overdue", "schedule": crontab(minute=5)},
    "requeue-reports": {"task": "assessments.tasks.requeue_reports", "schedule": 60.0},
}
app.conf.beat_schedule_filename = str(settings.DATA_DIR / "celerybeat-schedule")

if settings.CELERY_BROKER_URL.startswith("filesystem"):
    for folder in ("messages", "control"):
        Path(settings.BROKER_DIR, folder).mkdir(parents=True, exist_ok=True)
