"""Writes OGP's commitment data back from the rows as they were given: nothing is defused, the file is the same."""

from .models import OGPImport, OGPRow
from .ogp_file import Style, write_rows

CHUNK = 500  # rows that are in memory at once


class NothingImported(Exception):
    """There is no file to write again."""


def newest_import() -> OGPImport:
    """The import whose rows are exported."""
    run = OGPImport.objects.exclude(finished_at=None).order_by("-pk").first()
    if run is None:
        raise NothingImported("No file of OGP's commitment data has been imported.")
    return run


def export_rows(file, run: OGPImport) -> int:
    """Writes the rows of the newest import to the binary *file*; returns how many."""
    rows = OGPRow.objects.filter(in_file=True).order_by("position").values_list("cells", flat=True)
    style = Style(run.byte_order_mark, run.line_end, run.quotes_all)
    return write_rows(file, rows.iterator(chunk_size=CHUNK), style)
