"""Whether this tracker can do its work: what it needs is asked, each within a few seconds. Nothing that is said here
is a secret: a part is "ok", or it is not."""

import logging
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from commitments.broker import AWAY

log = logging.getLogger(__name__)
ANSWERS_WITHIN = 3  # seconds
KEPT = 2  # seconds for which an answer holds, so that many who ask cost no more than one
OK = "ok"
_last: tuple[float, dict[str, str]] = (-KEPT, {})


class NotReady(Exception):
    """What is missing, in a few words that anybody may read."""


def database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@lru_cache(maxsize=1)
def newest_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app of this software."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def migrations():
    if newest_migrations() - MigrationRecorder(connection).applied_migrations().keys():
        raise NotReady("not applied")


def broker():
    with current_app.connection_for_write(connect_timeout=ANSWERS_WITHIN) as found:
        found.ensure_connection(max_retries=1, timeout=ANSWERS_WITHIN)


def media():
    """A file can be made where evidence and reports are kept, and written to."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"\0" * 4096)
        file.flush()


PARTS = {"database": database, "migrations": migrations, "broker": broker, "media": media}


def state_of(name: str, ask: Callable[[], None]) -> str:
    try:
        ask()
    except NotReady as error:
        return str(error)
    except (DatabaseError, *AWAY) as error:
        log.warning("not ready: %s: %s", name, error)
        return "does not answer" if name != "media" else "cannot be written to"
    return OK


def parts() -> dict[str, str]:
    """The state of each part; "ok" or what is missing."""
    global _last
    asked, found = _last
    if time.monotonic() - asked >= KEPT:
        found = {name: state_of(name, ask) for name, ask in PARTS.items()}
        _last = time.monotonic(), found
    return found
