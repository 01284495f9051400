"""The open data's files: whole archives, and single tables out of them. Whoever has one already is told so."""

import zipfile
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from . import services
from .bulk import FORMATS, READMES
from .models import WHOLE, DataFiles
from .tables import BY_NAME

STEM = "ogp-tracker"
WHOLE_FILES = {f"{STEM}{ending}": format for format, ending in FORMATS.items()}
TYPES = {
    ".zip": "application/zip",
    ".json": "application/json",
    ".sqlite": "application/vnd.sqlite3",
    ".csv": "text/csv; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}
INSIDE = {f"{name}.csv" for name in BY_NAME} | {"datapackage.json", *READMES}
PIECE = 256 * 1024  # bytes that are in memory at once
FRESH = "public, max-age=300"  # a day's files may come at any minute


@require_safe
def data_file(request, scope, name):
    """One file of a scope: an archive, the JSON file, the database; or a single part of the archive."""
    if name not in WHOLE_FILES and name not in INSIDE:
        raise Http404(_("There is no such file of open data."))
    row = DataFiles.objects.filter(scope=scope).first()
    if row is None or not row.is_made:
        raise Http404(_("These files are not made yet. The page of the open data says when they are."))
    is_part = name in INSIDE
    stored = row.file("csv" if is_part else WHOLE_FILES[name])
    etag = f'"{stored["sha256"]}{"-" + name if is_part else ""}"'
    modified = int(row.made_at.timestamp())
    answer = get_conditional_response(request, etag=etag, last_modified=modified)
    if answer is None:
        answer = opened(row, stored, name, is_part)
        answer["Content-Type"] = TYPES[Path(name).suffix]
        answer["Content-Disposition"] = f'attachment; filename="{kept_name(row, name)}"'
    answer["ETag"], answer["Last-Modified"] = etag, http_date(modified)
    answer["Cache-Control"] = FRESH
    answer["Access-Control-Allow-Origin"] = "*"  # open to the pages of other sites, too
    return answer


def opened(row: DataFiles, stored: dict, name: str, is_part: bool) -> HttpResponse:
    """The content. Files that are gone from the disk are made anew, and the reader is told to come back."""
    path = Path(settings.MEDIA_ROOT) / stored["path"]
    try:
        return part_of(path, name) if is_part else FileResponse(path.open("rb"))
    except FileNotFoundError:
        services.ask(row.scope, anyway=True)
        raise Http404(_("This file is being made anew. Try again in a few minutes.")) from None


def part_of(path: Path, name: str) -> StreamingHttpResponse:
    """One part of the archive, unpacked as it is sent."""
    archive = zipfile.ZipFile(path)
    answer = StreamingHttpResponse(pieces(archive, name))
    answer["Content-Length"] = archive.getinfo(name).file_size
    return answer


def pieces(archive: zipfile.ZipFile, name: str):
    with archive, archive.open(name) as part:
        while piece := part.read(PIECE):
            yield piece


def kept_name(row: DataFiles, name: str) -> str:
    """What the file is called on a reader's disk: scope and day stand in it."""
    stem, dot, ending = name.partition(".")
    scope = "" if row.scope == WHOLE else f"-{row.scope}"
    stem = stem if name in WHOLE_FILES else f"{STEM}-{stem}"
    return f"{stem}{scope}-{row.changed_on:%Y-%m-%d}{dot}{ending}"
