"""A backup put back: read and checked as a whole before anything is written."""

import tarfile
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from accounts.models import User
from commitments.models import Member

from .archive import DATABASE, MEDIA, Manifest, Unusable, check, members, put, read_manifest
from .backup import media_files
from .dumps import load, rows


def fits(manifest: Manifest):
    """Raises Unusable when this tracker cannot take the backup: another kind of database, or a newer version's."""
    if manifest.vendor != connection.vendor:
        raise Unusable(f"The backup is of {manifest.vendor}; this tracker runs on {connection.vendor}.")
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations) | {key for found in loader.disk_migrations.values() for key in found.replaces}
    apps = {app for app, _name in known}
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if app in apps and (app, name) not in known]
    if unknown:
        raise Unusable(
            f"The backup is of version {manifest.software} and has the migration {unknown[0]}, which this version does "
            "not know: install that version first."
        )


def holds_something() -> str:
    """What this tracker already holds; empty when it is empty."""
    if any(True for _path in media_files()):
        return f"files in {settings.MEDIA_ROOT}"
    try:
        return "accounts or a record" if User.objects.exists() or Member.objects.exists() else ""
    except DatabaseError:
        return ""  # there are no tables yet


def restore(path: Path, replace: bool = False) -> Manifest:
    """Puts the backup in the place of what this tracker holds. Raises Unusable; then nothing was changed in the
    database, and no file of it was taken away.

    Files go first, so that no row names one that is not there yet; those that the backup does not hold go last.
    """
    try:
        with tarfile.open(path, "r:") as archive, tempfile.TemporaryDirectory(prefix="ogptracker-restore-") as folder:
            manifest = read_manifest(archive)
            check(archive, manifest)
            fits(manifest)
            if not replace and (found := holds_something()):
                raise Unusable(f"This tracker is not empty: it holds {found}. --replace puts the backup in its place.")
            put_all(archive, manifest, Path(folder))
            load(Path(folder, DATABASE))
    except (tarfile.TarError, OSError) as error:
        raise Unusable(f"{path} cannot be read as a backup, or not be written out: {error}") from error
    remove_others(manifest)
    return manifest


def put_all(archive: tarfile.TarFile, manifest: Manifest, folder: Path):
    root = Path(settings.MEDIA_ROOT)
    for member in members(archive, manifest):
        is_database = member.name == DATABASE
        put(archive, member, folder / DATABASE if is_database else root / member.name.removeprefix(MEDIA))


def remove_others(manifest: Manifest):
    root = Path(settings.MEDIA_ROOT)
    for path in media_files():
        if MEDIA + path.relative_to(root).as_posix() not in manifest.files:
            path.unlink(missing_ok=True)


def differing_rows(manifest: Manifest) -> list[str]:
    """Tables that have another number of rows than the backup says."""
    now = rows()
    return [table for table, number in manifest.rows.items() if now.get(table) != number]
