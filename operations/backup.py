"""A backup of everything that cannot be made again: the database first, then the files.

In this order nothing is lost while the tracker goes on working: a file is stored before the row that names it is
committed, and stays, so each file that the database's moment names is still there to be copied. Files that came later
are copied too, and no row names them. Secrets of the settings are not part of it; what the database holds is (accounts
with the hashes of their passwords), so the archive is readable by its owner alone.
"""

import os
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from .archive import DATABASE, MEDIA, Manifest, Unusable, add, add_manifest
from .dumps import dump

UNFINISHED = (".making-", ".restoring", ".part")  # what stands in the names of files that are not whole yet


def version() -> str:
    """The version of this software."""
    return tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


def media_files() -> Iterator[Path]:
    """Every whole file below MEDIA_ROOT, in an order that is always the same."""
    for folder, folders, names in os.walk(settings.MEDIA_ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith(UNFINISHED[0]))
        for name in sorted(names):
            if not any(mark in name for mark in UNFINISHED):
                yield Path(folder, name)


def target_of(place: Path, now: datetime) -> Path:
    """The file to write: *place* itself or, in a folder, one named by the moment. Raises Unusable when it is there."""
    found = place / f"ogptracker-{now:%Y%m%dT%H%M%SZ}.tar" if place.is_dir() else place
    if found.exists():
        raise Unusable(f"{found} is there already: name another file.")
    if not found.parent.is_dir():
        raise Unusable(f"There is no folder {found.parent}.")
    return found


def add_media(archive: tarfile.TarFile, manifest: Manifest):
    root = Path(settings.MEDIA_ROOT)
    for path in media_files():
        try:
            add(archive, MEDIA + path.relative_to(root).as_posix(), path, manifest)
        except FileNotFoundError:
            continue  # it was removed meanwhile, as old files of uploads are


def write(draft: Path, now: datetime) -> Manifest:
    """Writes the archive."""
    with tempfile.TemporaryDirectory(dir=draft.parent, prefix=".backing-up-") as folder:
        stored = Path(folder, DATABASE)
        rows, migrations = dump(stored)
        manifest = Manifest(now.isoformat(), version(), connection.vendor, migrations, rows)
        with tarfile.open(draft, "x", format=tarfile.PAX_FORMAT) as archive:
            add(archive, DATABASE, stored, manifest)
            add_media(archive, manifest)
            add_manifest(archive, manifest)
    return manifest


def sync(path: Path):
    """Waits until the file, or the folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def back_up(place: Path) -> tuple[Path, Manifest]:
    """Writes a backup; it has its name only once it is whole. Raises Unusable."""
    now = datetime.now(UTC)
    target = target_of(place, now)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    before = os.umask(0o077)
    try:
        manifest = write(draft, now)
        sync(draft)
        os.link(draft, target)  # fails when somebody else made one of that name meanwhile
        sync(target.parent)
    except FileExistsError as error:
        raise Unusable(f"{target} is there already: name another file.") from error
    finally:
        os.umask(before)
        draft.unlink(missing_ok=True)
    return target, manifest
