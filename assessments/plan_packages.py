"""From a snapshot of a whole plan to one archive: the record as JSON and CSV, versions and their files, evidence.

The same snapshot gives the same bytes: parts in one order, all dated 1980. Stored files are copied in pieces, so an
archive of any size needs the same memory; each must have the SHA-256 that the snapshot names, or no archive is made.
"""

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from typing import IO

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commitments.exports import csv_pieces
from commitments.workbooks import new_workbook
from milestones.models import Evidence

from . import snapshots
from .models import Report, Snapshot
from .packages import EARLIEST, repacked
from .rendering import Made, ReportError, nothing
from .workbooks import write_sheet

PIECE = 1024 * 1024  # bytes of a stored file that are in memory at once
TABLES = ("commitments", "milestones", "deadlines", "reports", "evidence", "documents")
COMPRESSED = (".pdf", ".png", ".jpg", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".hwpx", ".zip")


class FileGone(ReportError):
    """A file that the snapshot names is not stored any more, or holds something else."""


def render_zip(snapshot: Snapshot, on_step=nothing, on_page=nothing) -> Made:
    """The archive in a temporary file. Raises ReportError. *on_page* is called as the files pass through."""
    on_step("text")
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever is given it closes it)
    try:
        with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
            package = Package(archive, on_page)
            for path, content in own_parts(snapshot):
                package.add(path, [content])
            on_step("collecting")
            for path, sha256, opened in stored_parts(snapshot.data):
                package.copy(path, sha256, opened)
            package.add("manifest.json", [manifest(snapshot, package.listed)])
            package.add("SHA256SUMS", [sums(package.listed)])
    except BaseException:
        file.close()
        raise
    return Made(file=file)


class Package:
    """Writes parts into an archive and lists them with size and SHA-256."""

    def __init__(self, archive: zipfile.ZipFile, on_page: Callable[[], None]):
        self._archive, self._on_page = archive, on_page
        self.listed: list[dict] = []

    def add(self, path: str, pieces) -> str:
        """Writes one part and returns its SHA-256."""
        entry = zipfile.ZipInfo(path, EARLIEST)
        entry.compress_type = zipfile.ZIP_STORED if path.endswith(COMPRESSED) else zipfile.ZIP_DEFLATED
        entry.create_system, entry.external_attr = 3, 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(entry, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                digest.update(piece)
                size += len(piece)
                self._on_page()
        self.listed.append({"path": path, "size": size, "sha256": digest.hexdigest()})
        return digest.hexdigest()

    def copy(self, path: str, sha256: str, opened: Callable[[], IO[bytes]]):
        """Copies a stored file through in pieces. Raises FileGone."""
        gone = _("The file %(path)s is gone or holds something else. Ask for a new archive.") % {"path": path}
        try:
            with opened() as stored:
                found = self.add(path, iter(lambda: stored.read(PIECE), b""))
        except FileNotFoundError as error:
            raise FileGone(gone) from error
        if found != sha256:
            raise FileGone(gone)


# What is written here -------------------------------------------------------------------------------------------------
def own_parts(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """``(path, content)`` of every part that is made of the snapshot's data, in one order."""
    data = snapshot.data
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            yield f"README.{code}.txt", readme(snapshot).encode()
    yield "snapshot.json", snapshots.canonical_json(data)
    yield "record/plan.json", readable_json({"member": data["member"], "plan": data["plan"]})
    for name in TABLES:
        yield f"record/{name}.json", readable_json(data[name])
        yield f"record/{name}.csv", csv_of(*table_of(data[name]))
    for code, table in sorted(data["codings"].items()):
        yield f"irm/codings.{code}.csv", csv_of(table["titles"], table["rows"])
        yield f"irm/codings.{code}.xlsx", workbook_of(table, code, snapshot)


def readable_json(rows) -> bytes:
    return (json.dumps(rows, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def table_of(rows: list[dict]) -> tuple[list[str], list[list]]:
    """The rows' keys as heads, and their values; lists and nested rows are written as one text."""
    heads = list(rows[0]) if rows else []
    return heads, [[flat(row[head]) for head in heads] for row in rows]


def flat(value) -> str | int | None:
    """A value for one cell."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value


def csv_of(titles: list[str], rows: list[list]) -> bytes:
    return "".join(csv_pieces(titles, iter(rows))).encode()


def workbook_of(table: dict, language: str, snapshot: Snapshot) -> bytes:
    """The codings and the codebooks, one sheet each, in the language."""
    moment, made = datetime.combine(snapshot.frozen_on, time(), UTC).replace(tzinfo=None), io.BytesIO()
    with translation.override(language), new_workbook() as book:
        book.properties.created = book.properties.modified = moment
        blank = [["" if value is None else value for value in row] for row in table["rows"]]
        write_sheet(book, _("IRM codings"), [18] * len(table["titles"]), [table["titles"], *blank])
        books = [["" if value is None else value for value in row] for row in table["codebooks"]]
        write_sheet(book, _("Codebooks"), (12, 40, 60, 24, 24, 12), books)
        book.save(made)
    return repacked(made.getvalue(), snapshot.frozen_on)


def readme(snapshot: Snapshot) -> str:
    """What the archive holds and how to check it, in the active language."""
    data = snapshot.data
    title = data["plan"].get(f"title_{translation.get_language()}") or data["plan"]["title"]
    lines = [
        _("Everything on a plan: %(plan)s") % {"plan": title},
        "",
        _("Version %(number)s") % {"number": snapshot.version} if snapshot.version else _("trial export"),
        f"{_('Frozen on')}: {date_format(snapshot.frozen_on)}",
        f"{_('SHA-256 of the snapshot')}: {snapshot.sha256}",
        f"{_('Address')}: {data['address']}",
        *([_("A training record: everything in it is fictional.")] if data["member"]["is_fictional"] else []),
        "",
        *contents(),
        "",
        _("To check every file: sha256sum -c SHA256SUMS"),
        _("What a source does not state is left empty. Empty never means “No”."),
    ]
    return "\n".join(map(str, lines)) + "\n"


def contents() -> list[str]:
    """What lies where."""
    parts = [
        ("record/", _("the record as JSON and CSV: commitments, milestones, deadlines, reports, evidence")),
        ("self-assessments/", _("published versions of the self-assessments, and the files made of them")),
        ("irm/", _("what the IRM found: published versions, their files, and the codings as tables")),
        ("evidence/", _("evidence files of approved reports, named by their SHA-256")),
        ("snapshot.json", _("the frozen data that this archive was made of")),
        ("manifest.json", _("every file with its size and SHA-256")),
    ]
    return [f"{path:<18} {words}" for path, words in parts]


def manifest(snapshot: Snapshot, listed: list[dict]) -> bytes:
    """Every part but itself and SHA256SUMS."""
    own = {"subject": snapshot.subject, "version": snapshot.version, "snapshot_sha256": snapshot.sha256}
    return readable_json(own | {"address": snapshot.data["address"], "files": listed})


def sums(listed: list[dict]) -> bytes:
    """In the form that ``sha256sum -c`` reads."""
    return "".join(f"{row['sha256']}  {row['path']}\n" for row in listed).encode()


# What is stored already -----------------------------------------------------------------------------------------------
def stored_parts(data: dict) -> Iterator[tuple[str, str, Callable[[], IO[bytes]]]]:
    """``(path, SHA-256, how to open it)`` of the versions, their files, and the evidence."""
    for row in data["files"]:
        opener = version_opener if row["format"] == "json" else report_opener
        yield row["path"], row["sha256"], opener(row["sha256"])
    for row in data["evidence_files"]:
        yield row["path"], row["sha256"], evidence_opener(row["sha256"])


def version_opener(sha256: str) -> Callable[[], IO[bytes]]:
    def opened():
        found = Snapshot.objects.published().filter(sha256=sha256).only("data").first()
        if found is None:
            raise FileNotFoundError(sha256)
        return io.BytesIO(snapshots.canonical_json(found.data))

    return opened


def report_opener(sha256: str) -> Callable[[], IO[bytes]]:
    """Files of published versions alone."""
    rows = Report.objects.finished().filter(file_sha256=sha256, snapshot__version__isnull=False)
    return stored_opener(rows, sha256)


def evidence_opener(sha256: str) -> Callable[[], IO[bytes]]:
    """Files of approved reports alone."""
    rows = Evidence.objects.filter(sha256=sha256, update__review="approved").exclude(file="")
    return stored_opener(rows, sha256)


def stored_opener(rows, sha256: str) -> Callable[[], IO[bytes]]:
    def opened():
        found = rows.only("file").first()
        if found is None:
            raise FileNotFoundError(sha256)
        return found.file.open("rb")

    return opened
