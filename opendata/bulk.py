"""The whole record, or one member's, written into files: what the job and the command both call."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from commitments.models import Member

from .datapackage import descriptor, package_description, package_title
from .licence import licence, publisher
from .tables import TABLES
from .writing import CsvArchive, JsonFile, SqliteFile

FOLDER = "data"  # below MEDIA_ROOT
FORMATS = {"csv": ".csv.zip", "json": ".json", "sqlite": ".sqlite"}
READMES = {
    "README.md" if code == settings.LANGUAGE_CODE else f"README.{code}.md": code for code, _name in settings.LANGUAGES
}
PIECE = 1024 * 1024  # bytes that are in memory at once


@dataclass(frozen=True)
class MadeFile:
    """A finished file: *path* is below MEDIA_ROOT, and named by its digest."""

    format: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Made:
    """What was made: the files, and for each table its rows, size and digest as CSV."""

    files: list[MadeFile]
    tables: dict[str, dict]


@contextmanager
def one_moment() -> Iterator[None]:
    """All queries in the block see the record of one moment, and nobody who writes has to wait for them."""
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN" if connection.vendor == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def make_files(member: Member | None) -> Made:
    """Writes the three files and puts each in its place only once it is whole. Raises BrokenReference."""
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as name, translation.override("en"):
        drafts = {format: Path(name) / f"draft{ending}" for format, ending in FORMATS.items()}
        listed = write(member, drafts)
        return Made([put_in_place(format, draft) for format, draft in drafts.items()], listed)


def write(member: Member | None, drafts: dict[str, Path]) -> dict[str, dict]:
    """One pass over the record fills all three files."""
    about = about_of(member)
    archive = CsvArchive(drafts["csv"])
    plain = JsonFile(drafts["json"], about)
    database = SqliteFile(drafts["sqlite"], TABLES, about)
    with ExitStack() as stack:
        stack.enter_context(one_moment())
        for table in TABLES:
            for file in (archive, plain, database):
                file.begin(table)
            for chunk in table.chunks(member):
                for file in (archive, plain, database):
                    file.add(chunk)
            for file in (archive, plain, database):
                file.end()
    archive.close(descriptor(member, TABLES, archive.listed), readmes(member, archive.listed))
    plain.close()
    database.close()
    return {name: asdict(found) for name, found in archive.listed.items()}


def about_of(member: Member | None) -> dict[str, str]:
    """What the JSON file and the database say of themselves. No day of making: it would change the bytes."""
    own = licence()
    return {
        "title": package_title(member),
        "description": package_description(member),
        "licence": own.title,
        "licence_address": own.url,
        "publisher": publisher(),
        "address": f"{settings.SITE_URL}/data/",
        "empty": "Not stated in the source. Never “No” or zero.",
    }


def readmes(member: Member | None, listed: dict) -> dict[str, str]:
    """What the archive says of itself, in every language."""
    found = {}
    for name, code in READMES.items():
        with translation.override(code):
            found[name] = readme(member, listed)
    return found


def readme(member: Member | None, listed: dict) -> str:
    """In the active language."""
    context = {
        "title": package_title(member),
        "description": package_description(member),
        "tables": [(table, listed[table.name].rows) for table in TABLES],
        "licence": licence(),
        "publisher": settings.DATA_PUBLISHER,
        "site": settings.SITE_URL,
    }
    return render_to_string("opendata/readme.txt", context)


def put_in_place(format: str, draft: Path) -> MadeFile:
    """Gives the finished file its name by its digest; there is never half a file under such a name."""
    digest, size = hashlib.sha256(), 0
    with draft.open("rb") as content:
        while piece := content.read(PIECE):
            digest.update(piece)
            size += len(piece)
    name = f"{FOLDER}/{digest.hexdigest()}{FORMATS[format]}"
    os.chmod(draft, 0o644)
    os.replace(draft, Path(settings.MEDIA_ROOT) / name)
    return MadeFile(format, name, size, digest.hexdigest())
