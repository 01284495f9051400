"""The Celery application. Its settings, and the times at which periodic jobs run, are in ``settings``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ogptracker.settings")

app = Celery("ogptracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
