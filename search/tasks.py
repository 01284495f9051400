"""Periodic jobs of the search. Their times stand in ``ogptracker/settings.py``."""

import logging

from celery import shared_task

from . import index

log = logging.getLogger(__name__)
ROUND = 5 * 60  # seconds after which a run ends; the next one goes on


@shared_task
def refresh_search():
    """Brings the index up to date with what was written."""
    log.info("search index: %d change(s) worked off", index.refresh(ROUND))


@shared_task
def check_search():
    """Compares the whole index with the record, and mends what differs."""
    index.refresh(ROUND)
    mended = index.rebuild()
    if mended:
        log.warning("search index: %d entries did not follow from the record; mended", mended)
