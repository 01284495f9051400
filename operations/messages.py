"""The Celery application's messages carry the id of the request, or job, that sent them. Without models: the
application is there before these are."""

import uuid

from celery import Celery

from commitments.requests import known_request_id

HEADER = "request_id"


class TrackerCelery(Celery):
    """Every way to send a message ends in ``send_task``."""

    def send_task(self, name, *args, headers=None, **options):
        own = {HEADER: str(known_request_id() or uuid.uuid4())}
        return super().send_task(name, *args, headers=own | (headers or {}), **options)
