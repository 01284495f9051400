"""The job that makes the open data's files: asked for nightly or by a reader, done by whichever worker claims the row.

The row is the state of the job; messages only wake workers. Whoever claims it raises ``attempts``, and that number is
the right to write to it.
"""

import logging
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commitments.broker import wake
from commitments.models import Member

from .bulk import FOLDER, MadeFile, make_files
from .models import WHOLE, DataFiles

log = logging.getLogger(__name__)

TASK = "opendata.tasks.make_data_files"
MAX_AGE = timedelta(days=1)  # older files are made anew when somebody asks for their page
SILENCE = timedelta(minutes=20)  # longer than a task may take: its worker is gone
UNSENT = timedelta(minutes=5)  # after so long without a worker the message is taken for lost
LEFTOVERS = timedelta(days=2)  # how long a file that no row names is kept for who is still downloading it
State = DataFiles.State


def scopes() -> list[str]:
    """The whole record, and each real member."""
    return [WHOLE, *Member.objects.real().order_by("pk").values_list("slug", flat=True)]


def member_of(scope: str) -> Member | None:
    """The member of the scope; None for the whole record. Raises ``Member.DoesNotExist``; so it does for a fictional
    one."""
    return None if scope == WHOLE else Member.objects.real().get(slug=scope)


# Asking ---------------------------------------------------------------------------------------------------------------
def ask(scope: str, anyway: bool = False) -> DataFiles:
    """The scope's row. Has its files made when they are missing or older than a day, or *anyway*; of many that ask at
    once, one wakes a worker."""
    now = timezone.now()
    row, is_new = DataFiles.objects.get_or_create(scope=scope, defaults={"asked_at": now})
    if is_new:
        send_on_commit(row.pk)
        return row
    old = Q() if anyway else Q(asked_at__lt=now - MAX_AGE)
    idle = DataFiles.objects.filter(old, pk=row.pk, state__in=[State.DONE, State.FAILED])
    if idle.update(state=State.WAITING, asked_at=now, started_at=None):
        send_on_commit(row.pk)
        row.refresh_from_db()
    return row


def send_on_commit(pk: int) -> None:
    transaction.on_commit(partial(send, pk))


def send(pk: int) -> None:
    """Wakes a worker. When the broker does not answer, the row waits for the next sweep."""
    wake(TASK, pk)


def ask_for_all() -> int:
    """Every night: has the files of every scope made, and clears away what no row names any more. Returns how many."""
    wanted = scopes()
    DataFiles.objects.exclude(scope__in=wanted).delete()
    for scope in wanted:
        ask(scope, anyway=True)
    clear_away()
    return len(wanted)


def send_again() -> int:
    """Now and then: another message for every row that waits without one or lost its worker. Returns how many."""
    now = timezone.now()
    lost = Q(state=State.WAITING, asked_at__lt=now - UNSENT) | Q(state=State.RUNNING, started_at__lt=now - SILENCE)
    found = list(DataFiles.objects.filter(lost).values_list("pk", flat=True))
    for pk in found:
        send(pk)
    return len(found)


# Making ---------------------------------------------------------------------------------------------------------------
def make(pk: int) -> bool:
    """Makes the files of a row that waits or lost its worker. False when there was nothing to do, or it failed."""
    attempt = claim(pk)
    if attempt is None:
        return False
    own = DataFiles.objects.filter(pk=pk, attempts=attempt, state=State.RUNNING)
    row = own.get()
    try:
        made = make_files(member_of(row.scope))
    except Exception as error:
        log.exception("Open data of %s could not be made.", row.scope)
        own.update(state=State.FAILED, error=f"{type(error).__name__}: {error}")
        return False
    return bool(own.update(**finished(row, made.files, made.tables)))


def claim(pk: int) -> int | None:
    """The number of this attempt, or None when another worker is at it. One conditional UPDATE, so one winner."""
    now = timezone.now()
    free = DataFiles.objects.filter(
        Q(state=State.WAITING) | Q(state=State.RUNNING, started_at__lt=now - SILENCE), pk=pk
    )
    attempts = free.values_list("attempts", flat=True).first()
    if attempts is None:
        return None
    taken = free.filter(attempts=attempts).update(state=State.RUNNING, attempts=attempts + 1, started_at=now, error="")
    return attempts + 1 if taken else None


def finished(row: DataFiles, files: list[MadeFile], tables: dict) -> dict:
    """What the row says now. The same bytes as before keep their day."""
    listed = [vars(file) for file in files]
    changed_on = row.changed_on if listed == row.files and row.changed_on else timezone.localdate()
    return {
        "state": State.DONE,
        "made_at": timezone.now(),
        "changed_on": changed_on,
        "files": listed,
        "tables": tables,
    }


def clear_away() -> int:
    """Removes files that no row names, once nobody can still be downloading them. Returns how many."""
    named = {Path(file["path"]).name for files in DataFiles.objects.values_list("files", flat=True) for file in files}
    limit = (timezone.now() - LEFTOVERS).timestamp()
    removed = 0
    for path in (Path(settings.MEDIA_ROOT) / FOLDER).glob("*.*"):
        if path.is_file() and path.name not in named and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
