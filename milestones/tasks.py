"""Periodic jobs. Their times stand in ``ogptracker/celery.py``."""

import logging

from celery import shared_task

from . import clock

log = logging.getLogger(__name__)


@shared_task
def flag_overdue():
    """Sweeps today, as each member counts it. Safe to run at any time, twice, or late."""
    sweep = clock.flag_overdue()
    log.info("overdue deadlines: %d notices recorded, %d cleared", sweep.flagged, sweep.cleared)
