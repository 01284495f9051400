"""The OGP tracker: settings, addresses, pages that bring the voices together, and the Celery application."""

from .celery import app as celery_app

__all__ = ["celery_app"]
