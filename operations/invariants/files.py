"""Files that rows name: there, as large as the row says, and with its SHA-256. And files that no row names.

Files come and go while this looks, so each finding is asked of the row once more before it is told. A file is read
piece by piece.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db.models import Model, QuerySet

from assessments.models import Report
from milestones.models import Evidence, Link, Upload
from opendata.models import DataFiles

from .base import CHUNK, Check, Finding, Look, named, one_by_one

PIECE = 1024 * 1024  # bytes in memory at a time
SETTLED = 2 * 24 * 3600  # seconds after which a file that no row names is not one that is being saved, or downloaded
RESTORE = "Bring the file back from a backup, below MEDIA_ROOT."
AGAIN = "Ask for it again: it is made anew."


@dataclass(frozen=True)
class Named:
    """A file that a row names, with what the row says of it; a size or digest that it does not tell is None."""

    path: str  # below MEDIA_ROOT
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class Kind:
    """Rows that name files: what these are, which rows, what each names, and what to do when it is not there."""

    key: str
    things: str
    rows: Callable[[], QuerySet]
    files: Callable[[Model], Iterable[Named]]
    remedy: str


def of_evidence(row: Evidence):
    return [Named(row.file.name, row.size, row.sha256)]


def of_link(row: Link):
    return [Named(row.copy.name, row.copy_size, row.copy_sha256)]


def of_upload(row: Upload):
    return [Named(row.file.name, row.size, row.sha256)]


def of_report(row: Report):
    return [Named(row.file.name, row.file_size, row.file_sha256)]


def of_data(row: DataFiles):
    return [Named(file["path"], file["size"], file["sha256"]) for file in row.files]


KINDS = [
    Kind("evidence-files", "files of evidence", lambda: Evidence.objects.exclude(file=""), of_evidence, RESTORE),
    Kind("copies", "copies of linked pages", lambda: Link.objects.exclude(copy="").defer("text"), of_link, RESTORE),
    Kind("upload-files", "files of uploaded spreadsheets", lambda: Upload.objects.exclude(file=""), of_upload, RESTORE),
    Kind("report-files", "files of reports", lambda: Report.objects.finished(), of_report, AGAIN),
    Kind("data-files", "rows of data files", lambda: DataFiles.objects.exclude(files=[]), of_data, AGAIN),
]


def path_of(name: str) -> Path:
    """Where the file lies. Raises ``SuspiciousFileOperation`` for a name that leads out of MEDIA_ROOT."""
    root = Path(settings.MEDIA_ROOT).resolve()
    found = (root / name).resolve()
    if root not in found.parents:
        raise SuspiciousFileOperation(name)
    return found


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def what_is_wrong(file: Named) -> str:
    """What is wrong with the file; empty when nothing is."""
    try:
        path = path_of(file.path)
        size = path.stat().st_size
        if file.size is not None and size != file.size:
            return f"Its file {file.path} has {size} bytes, not {file.size}."
        if file.sha256 and digest_of(path) != file.sha256:
            return f"Its file {file.path} has another SHA-256: its content was changed."
    except FileNotFoundError:
        return f"Its file {file.path} is missing."
    except SuspiciousFileOperation:
        return f"Its file {file.path} would lie outside of MEDIA_ROOT."
    except OSError as error:
        return f"Its file {file.path} cannot be read ({error.strerror})."
    return ""


def still_names(kind: Kind, row: Model, file: Named) -> bool:
    """Whether the row, read again, still names this file."""
    now = kind.rows().filter(pk=row.pk).first()
    return now is not None and file in kind.files(now)


def wrong_files(kind: Kind) -> Iterator[Finding]:
    for row in one_by_one(kind.rows()):
        for file in kind.files(row):
            wrong = what_is_wrong(file)
            if wrong and still_names(kind, row, file):
                yield Finding(named(row), wrong, kind.remedy)


def check_of(kind: Kind) -> Check:
    return Check(kind.key, kind.things, lambda: kind.rows().count(), lambda look: wrong_files(kind), moment=False)


# Files that no row names ----------------------------------------------------------------------------------------------
def all_paths() -> Iterator[str]:
    """Every file below MEDIA_ROOT, as a path from there."""
    root = Path(settings.MEDIA_ROOT)
    for folder, _folders, names in os.walk(root):
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()


def named_of(paths: list[str]) -> set[str]:
    """Those of the paths that a row names."""
    found = {file["path"] for files in DataFiles.objects.values_list("files", flat=True) for file in files}
    for model, field in ((Evidence, "file"), (Link, "copy"), (Upload, "file"), (Report, "file")):
        found |= set(model.objects.filter(**{f"{field}__in": paths}).values_list(field, flat=True))
    return found


def is_settled(path: str, look: Look) -> bool:
    try:
        return (Path(settings.MEDIA_ROOT) / path).stat().st_mtime < look.now.timestamp() - SETTLED
    except FileNotFoundError:
        return False


def orphans(look: Look) -> Iterator[Finding]:
    remedy = "It may be deleted: nobody can reach it. A save that was cut short, or a row that was deleted, leaves one."
    every = all_paths()
    while paths := list(islice(every, CHUNK)):
        for path in sorted(set(paths) - named_of(paths)):
            if is_settled(path, look):
                yield Finding(path, "No row names this file.", remedy)


def number_of_files() -> int:
    return sum(1 for _path in all_paths())


CHECKS = [
    *map(check_of, KINDS),
    Check("orphans", "files below MEDIA_ROOT", number_of_files, orphans, remark=True, moment=False),
]
