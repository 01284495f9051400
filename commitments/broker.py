"""Waking a worker, for jobs whose state is a row: a message that is lost, or that no broker takes, is sent again by a
sweep."""

import logging

from celery import current_app
from kombu.exceptions import ChannelError, OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
# What a broker that is away raises: Celery's own error when it cannot be reached, Redis's when a connection that was
# there breaks.
AWAY = (OperationalError, ChannelError, RedisError, OSError)


def wake(task: str, *args) -> bool:
    """Sends the message of a task. False when no broker takes it; nothing is raised, for the row waits in any case."""
    try:
        current_app.send_task(task, args=list(args))
    except AWAY as error:
        log.warning("%s%s waits for the next sweep: the message broker cannot be reached (%s)", task, args, error)
        return False
    return True
