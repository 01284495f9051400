"""Whether this tracker can serve, and whether all that belongs to it is there: each part is asked, within a few
seconds. Nothing that is said here is a secret: a part is "ok", or it is not.

Pages and the admin need the database, with its migrations. Without the broker or the disk for files they go on: jobs
wait, files are refused. Those two are shared by all web servers, so a proxy that took one server out because of them
would take out all."""

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
def known_migrations() -> frozenset[tuple[str, str]]:
    """Every migration of this software, not the last ones alone: one may be missing in the middle."""
    return frozenset(MigrationLoader(None).graph.nodes)


def migrations():
    if known_migrations() - MigrationRecorder(connection).applied_migrations().keys():
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
NEEDED = ("database", "migrations")  # to answer at all


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


def is_ready(found: dict[str, str]) -> bool:
    """Whether pages and the admin can be served."""
    return all(found[name] == OK for name in NEEDED)


def degraded(found: dict[str, str]) -> list[str]:
    """Parts that are missing though pages and the admin are served."""
    return [name for name, state in found.items() if name not in NEEDED and state != OK]
