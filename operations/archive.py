"""A backup as a file: one tar archive with the database, every file below MEDIA_ROOT, and a manifest of it all.

The manifest stands at the end, because it names the digests of what stands before it; whoever reads an archive reads
it first and believes nothing that it does not name.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
MEDIA = "media/"
PIECE = 1024 * 1024  # bytes in memory at a time


class Unusable(Exception):
    """The archive, or the place it is to go to, is not what it must be. Says why."""


@dataclass
class Manifest:
    """What an archive holds. *files* is name in the archive → [size, SHA-256]; *rows* is table → how many."""

    made_at: str  # ISO 8601, UTC
    software: str
    vendor: str  # "sqlite" or "postgresql"
    migrations: list[list[str]]  # [app, name] of those applied
    rows: dict[str, int]
    files: dict[str, list] = field(default_factory=dict)
    format: int = FORMAT


class Digesting:
    """A file that is read, with the digest and the number of what was read so far."""

    def __init__(self, file: IO[bytes]):
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def read(self, number: int = PIECE) -> bytes:
        piece = self.file.read(number)
        self.digest.update(piece)
        self.size += len(piece)
        return piece


# Writing --------------------------------------------------------------------------------------------------------------
def add(archive: tarfile.TarFile, name: str, path: Path, manifest: Manifest):
    """Adds a file as large as it is at this moment, and notes it in the manifest."""
    with path.open("rb") as file:
        member = tarfile.TarInfo(name)
        status = os.fstat(file.fileno())
        member.size, member.mtime, member.mode = status.st_size, int(status.st_mtime), 0o600
        reading = Digesting(file)
        archive.addfile(member, reading)
    manifest.files[name] = [reading.size, reading.digest.hexdigest()]


def add_manifest(archive: tarfile.TarFile, manifest: Manifest):
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = file.tell(), 0o600
        file.seek(0)
        archive.addfile(member, file)


# Reading --------------------------------------------------------------------------------------------------------------
def read_manifest(archive: tarfile.TarFile) -> Manifest:
    """Raises Unusable when there is none, or it is of another format."""
    try:
        stored = json.load(archive.extractfile(MANIFEST))
        manifest = Manifest(**stored)
    except (KeyError, TypeError, ValueError) as error:
        raise Unusable("The file is no backup of this software: it has no manifest that can be read.") from error
    if manifest.format != FORMAT:
        raise Unusable(f"The backup has format {manifest.format}; this software reads format {FORMAT}.")
    return manifest


def is_safe(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return name == DATABASE or (name.startswith(MEDIA) and ".." not in parts and len(parts) > 1)


def members(archive: tarfile.TarFile, manifest: Manifest) -> Iterator[tarfile.TarInfo]:
    """The files in the archive, without the manifest. Raises Unusable when they are not those that it names."""
    names = set()
    for member in archive:
        if member.name == MANIFEST:
            continue
        if not member.isfile() or member.name in names or member.name not in manifest.files:
            raise Unusable(f"The backup holds {member.name!r}, which its manifest does not name.")
        if not is_safe(member.name):
            raise Unusable(f"The backup names {member.name!r}, which is no place for a file.")
        names.add(member.name)
        yield member
    if missing := sorted(manifest.files.keys() - names):
        raise Unusable(f"The backup lacks {missing[0]!r}: it was cut short.")


def check(archive: tarfile.TarFile, manifest: Manifest):
    """Reads everything once. Raises Unusable when a file is not what the manifest says."""
    for member in members(archive, manifest):
        reading = Digesting(archive.extractfile(member))
        while reading.read():
            pass
        if [reading.size, reading.digest.hexdigest()] != manifest.files[member.name]:
            raise Unusable(f"{member.name!r} in the backup was changed, or was cut short.")
    if DATABASE not in manifest.files:
        raise Unusable("The backup holds no database.")


def put(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path):
    """Writes a file of the archive to its place, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.restoring")
    with draft.open("wb") as file:
        reading = archive.extractfile(member)
        while piece := reading.read(PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    os.utime(draft, (member.mtime, member.mtime))
    draft.replace(path)
