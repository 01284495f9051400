"""Jobs about the record as a whole. Each is safe to run at any time, and twice."""

import logging

from celery import shared_task

from .models import RecordChange

log = logging.getLogger(__name__)


@shared_task
def fold_changes():
    """Keeps the list of changes short, so that asking how far the record has come stays cheap."""
    log.info("changes of the record folded into one: %d", RecordChange.objects.fold())
