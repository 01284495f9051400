"""Lists as files for spreadsheets: one definition of the columns makes both the CSV and the XLSX file.

The rows of a file are read in chunks of ``CHUNK``, so a list of any length needs the same memory. Text that a
spreadsheet would run as a formula stays text: in CSV an apostrophe stands before it (as OWASP advises), in XLSX its
cell says that it is text. In XLSX, numbers and dates are what they are.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .workbooks import new_workbook

CHUNK = 500  # rows that are in memory at once
PIECE = 32 * 1024  # characters of CSV that are sent at once
BYTE_ORDER_MARK = "\ufeff"  # by which Excel knows UTF-8, and so shows Korean
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what a formula can begin with
LONGEST_SHEET_NAME = 31
BOLD = Font(bold=True)
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | int | date | None


@dataclass(frozen=True)
class Column:
    """What a column is called, and how its value is got from a row. *width* is in characters, for XLSX."""

    title: Any
    value: Callable[[Any], Value]
    width: int = 14


@dataclass(frozen=True)
class Sheet:
    """One more sheet: its name, and rows of which the first is the head. *widths* are in characters."""

    title: str
    widths: tuple[int, ...]
    rows: list[list[Value]]


@dataclass(frozen=True)
class Table:
    """A list to be written down. *name* is the file's, without its ending; *about* says what the file holds."""

    name: str
    title: str
    columns: list[Column]
    rows: QuerySet
    about: list[tuple[str, Value]]
    sheets: tuple["Sheet", ...] = ()  # of the XLSX, behind "About"

    def values(self) -> Iterator[list[Value]]:
        """The rows' values in the language of the moment, kept: a file is written after its request was answered."""
        return map(partial(self.row_values, translation.get_language()), self.rows.iterator(chunk_size=CHUNK))

    def row_values(self, language: str, row) -> list[Value]:
        with translation.override(language):
            return [column.value(row) for column in self.columns]

    def titles(self) -> list[str]:
        return [str(column.title) for column in self.columns]


# CSV ------------------------------------------------------------------------------------------------------------------
def defused(value: Value) -> Value:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RUNS) else value


def csv_pieces(titles: list[str], rows: Iterator[list[Value]]) -> Iterator[str]:
    """The file in pieces of about ``PIECE`` characters. Dates are written as ISO 8601 has them."""
    piece = io.StringIO()
    writer = csv.writer(piece)
    piece.write(BYTE_ORDER_MARK)
    writer.writerow(titles)
    for row in rows:
        writer.writerow([defused(value) for value in row])
        if piece.tell() >= PIECE:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def csv_file(table: Table) -> HttpResponseBase:
    return StreamingHttpResponse(csv_pieces(table.titles(), table.values()), content_type=CSV)


# XLSX -----------------------------------------------------------------------------------------------------------------
def cell(sheet, value: Value, bold=False):
    """A cell with a value of its own type: a date is a date, and text is text whatever it begins with."""
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
    found = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        found.data_type = "s"
        found.quotePrefix = value.startswith(RUNS)  # else it would run once somebody had edited the cell
    elif isinstance(value, date):
        found.number_format = "yyyy-mm-dd"
    if bold:
        found.font = BOLD
    return found


def add_rows(book: Workbook, table: Table):
    sheet = book.create_sheet(str(table.title)[:LONGEST_SHEET_NAME])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.append([cell(sheet, title, bold=True) for title in table.titles()])
    length = 1
    for row in table.values():
        sheet.append([cell(sheet, value) for value in row])
        length += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{length}"


def add_about(book: Workbook, table: Table):
    sheet = book.create_sheet(_("About"))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 90
    for name, value in table.about:
        sheet.append([cell(sheet, name, bold=True), cell(sheet, value)])


def add_sheet(book: Workbook, more: Sheet):
    sheet = book.create_sheet(more.title[:LONGEST_SHEET_NAME])
    sheet.freeze_panes = "A2"
    for number, width in enumerate(more.widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for number, row in enumerate(more.rows):
        sheet.append([cell(sheet, value, bold=number == 0) for value in row])


def xlsx_file(table: Table) -> HttpResponseBase:
    """Written row by row into a temporary file, which is gone once it has been sent."""
    with new_workbook() as book:
        add_rows(book, table)
        add_about(book, table)
        for more in table.sheets:
            add_sheet(book, more)
        file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
        book.save(file)
    file.seek(0)
    return FileResponse(file, content_type=XLSX)


# Both -----------------------------------------------------------------------------------------------------------------
FORMATS = {"csv": (CSV, csv_file), "xlsx": (XLSX, xlsx_file)}


def file_response(request, table: Table, ending: str) -> HttpResponseBase:
    """The table as a file to keep. HEAD is answered without reading a row."""
    content_type, write = FORMATS[ending]
    response = StreamingHttpResponse((), content_type=content_type) if request.method == "HEAD" else write(table)
    response["Content-Disposition"] = f'attachment; filename="{table.name}.{ending}"'
    return response
