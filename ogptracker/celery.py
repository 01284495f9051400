"""The Celery application. Its settings, and the times at which periodic jobs run, are in ``settings``."""

import os

from operations.messages import TrackerCelery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ogptracker.settings")

app = TrackerCelery("ogptracker", task_cls="operations.jobs:Job")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
