"""Reads a filled-in form, whoever made the file: XLSX or CSV into rows of cells, within bounds that are checked first.

Nothing here knows a milestone. A file that cannot be what it should be is ``Refused`` whole, with a code of
``upload_problems.REFUSALS``; what is wrong with one cell is noted at its row.
"""

import csv
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import from_excel

from commitments.exports import BYTE_ORDER_MARK, RUNS

from .spreadsheet import COLUMNS, VERSION, folded, in_every_language

log = logging.getLogger(__name__)

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
PIECE = 64 * 1024  # bytes that are looked at at once
LONGEST_TAG = 1024 * 1024  # bytes of a tag with the text behind it
MOST_TAGS = 1_500_000  # of an archive; a form of 10,000 rows has a million
MOST_TAGS_A_STRETCH = 100_000  # in one row, one text, or outside both: as much is in memory at once
MOST_ENTRIES = 500  # of a ZIP archive; a spreadsheet has some twenty
MOST_TIMES = 200  # that its content may be larger than the file; a form is about 10 times as large
SMALL = 1024 * 1024  # bytes; what is no larger unpacked need not be compared with its packed size
MOST_COLUMNS = 64  # that are looked at
LAST_ROW = 1_048_576  # that a sheet can have
MOST_MERGES = 1000
TOLD = 80  # characters of a value that a problem repeats
KEY_TITLE = re.compile(r"key v(\d+)", re.IGNORECASE)
MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]{0,60}?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
STRETCH = re.compile(rb"<(?:\w+:)?(?:row|si)[\s>]")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".bin")  # what nothing here parses
HARMFUL = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
PATTERN_OF_DAY = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[.일]?(?:[T ]00:00(?::00)?)?")
FIRST_SERIAL, LAST_SERIAL = 36_526, 73_050  # 2000-01-01 and 2099-12-31 as Excel counts days


class Refused(Exception):
    """The whole file cannot be taken. *params* are the details of the code's words."""

    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code, self.params = code, params


@dataclass
class Row:
    """A row of the form: the cells by their column's name, and what is wrong with them."""

    number: int
    cells: dict[str, Any]
    letters: dict[str, str]
    problems: list[dict] = field(default_factory=list)

    def complain(self, code: str, name: str = "", letter: str = "", **params):
        """Notes a problem at a column of the form, or at a letter outside it."""
        where = {"code": code, "name": name, "column": letter or self.letters.get(name, ""), "params": params}
        if where not in self.problems:
            self.problems.append(where)

    def is_complained_of(self, name: str) -> bool:
        """Whether something is wrong with the cell already, so that it is not missing as well."""
        return any(problem["name"] == name for problem in self.problems)


@dataclass
class Sheet:
    """The rows of a form, to be read once; *name* is empty for CSV, *length* about how many there are."""

    name: str
    length: int
    rows: Iterator[Row]


def told(value) -> str:
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    return text if len(text) <= TOLD else f"{text[:TOLD]}…"


# Columns --------------------------------------------------------------------------------------------------------------
def titles() -> dict[str, str]:
    """Every title of the form in each language → the column's name."""
    return {folded(title): column.name for column in COLUMNS[1:] for title in in_every_language(column.title)}


def columns_of(header: list[Any]) -> dict[str, int] | None:
    """Where each column of the form stands, by its title in any language. None: this is not the form's first row."""
    keys = {
        number: found for number, title in enumerate(header) if (found := KEY_TITLE.fullmatch(str(title or "").strip()))
    }
    if not keys:
        return None
    if (version := int(next(iter(keys.values()))[1][:6])) != VERSION:
        raise Refused("old_template", version=version, now=VERSION)
    names, found = titles(), {}
    for number, title in enumerate(header):
        if title is None or not str(title).strip():
            continue
        name = "key" if number in keys else names.get(folded(title))
        if name is None:
            raise Refused("unknown_column", column=get_column_letter(number + 1), title=told(title))
        if name in found:
            raise Refused("column_twice", title=told(title))
        found[name] = number
    if missing := [column.name for column in COLUMNS if column.name not in found]:
        raise Refused("missing_columns", columns=missing)
    return found


# XLSX: what is looked at before anything is unpacked ------------------------------------------------------------------
@dataclass
class Part:
    """What a piecewise look at a part of the archive found."""

    rows: int = 0
    tags: int = 0
    merges: list[str] = field(default_factory=list)


def check_sizes(archive: zipfile.ZipFile, size: int):
    """Refuses an archive by what it says of itself; ``zipfile`` unpacks no more than that."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    most = min(settings.SPREADSHEET_MAX_UNPACKED_BYTES, max(SMALL, size * MOST_TIMES))
    if len(entries) > MOST_ENTRIES or unpacked > most:
        raise too_much()
    packings = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(entry.flag_bits & 1 or entry.compress_type not in packings for entry in entries):
        raise Refused("unsafe")
    if any("vbaproject" in entry.filename.lower() for entry in entries):
        raise Refused("unsafe")


def pieces(part) -> Iterator[bytes]:
    """The part in pieces that end before a tag begins, so that no tag lies in two of them."""
    kept = b""
    while read := part.read(PIECE):
        kept += read
        end = kept.rfind(b"<")
        if end > 0:
            yield kept[:end]
            kept = kept[end:]
        if len(kept) > LONGEST_TAG:
            raise Refused("unsafe")
    yield kept


def too_much():
    return Refused("bomb", size=settings.SPREADSHEET_MAX_UNPACKED_BYTES // 1024**2)


def longest_stretch(piece: bytes, begun: int) -> tuple[int, int]:
    """Tags in the longest stretch that ends in the piece, and in the one that goes on; *begun* were there before."""
    counts = [stretch.count(b"<") for stretch in STRETCH.split(piece)]
    counts[0] += begun
    return max(counts), counts[-1]


def look_at(part) -> Part:
    """Counts tags, rows and merged areas without keeping anything; refuses what XML parsers can be harmed by."""
    found, merges, going_on = Part(), {}, 0
    for piece in pieces(part):
        if HARMFUL.search(piece) or b"\0" in piece:
            raise Refused("unsafe")
        longest, going_on = longest_stretch(piece, going_on)
        found.tags += piece.count(b"<")
        found.rows += len(ROW.findall(piece))
        merges |= dict.fromkeys(match.decode() for match in MERGE.findall(piece))
        if len(merges) > MOST_MERGES:
            raise Refused("too_many_merges", limit=MOST_MERGES)
        if longest > MOST_TAGS_A_STRETCH or found.tags > MOST_TAGS:
            raise too_much()
    found.merges = list(merges)
    return found


def is_picture(path: str, part) -> bool:
    """Whether nothing will parse the part. What is called a picture and begins as XML does is refused."""
    if not path.lower().endswith(PICTURES):
        return False
    if part.read(64).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
        raise Refused("unsafe")
    return True


def look_through(file, size: int) -> dict[str, Part]:
    """What the archive's XML parts hold, by their path."""
    with zipfile.ZipFile(file) as archive:
        check_sizes(archive, size)
        found = {}
        for entry in archive.infolist():
            with archive.open(entry) as part:
                if is_picture(entry.filename, part):
                    continue
            with archive.open(entry) as part:
                found[entry.filename.lstrip("/")] = look_at(part)
        if sum(part.tags for part in found.values()) > MOST_TAGS:
            raise too_much()
        return found


# XLSX: the cells ------------------------------------------------------------------------------------------------------
def cell_rows(sheet) -> Iterator[tuple]:
    """The rows as they stand, padded. What the sheet says of its own size is not believed."""
    sheet.reset_dimensions()
    return sheet.iter_rows(max_col=MOST_COLUMNS, max_row=LAST_ROW)


def find_form(book):
    """The first sheet whose first row is the form's, with where its columns stand."""
    for sheet in book.worksheets:
        header = next(iter(cell_rows(sheet)), ())
        if columns := columns_of([cell.value for cell in header]):
            return sheet, columns
    raise Refused("not_template", key=COLUMNS[0].title)


def serial_day(value, epoch) -> Any:
    """A number that Excel counts days by, as a day; what it is not stays as it is."""
    return from_excel(value, epoch).date() if FIRST_SERIAL - 1462 <= value <= LAST_SERIAL else value


def take_xlsx_cell(row: Row, name: str, letter: str, cell, epoch):
    """Puts a cell into the row, or notes why it cannot be taken."""
    value = cell.value
    if cell.data_type == "f":
        row.complain("formula", name, letter)
    elif cell.data_type == "e":
        row.complain("error_value", name, letter, value=told(value))
    elif not name:
        row.complain("stray", letter=letter, value=told(value))
    elif name == "on_date" and isinstance(value, int | float) and not isinstance(value, bool):
        row.cells[name] = serial_day(value, epoch)
    else:
        row.cells[name] = value


def xlsx_row(number: int, cells: tuple, names: dict[int, str], letters: dict[str, str], epoch) -> Row:
    row = Row(number, {}, letters)
    for place, cell in enumerate(cells):
        if cell.value is not None and str(cell.value).strip():
            take_xlsx_cell(row, names.get(place, ""), get_column_letter(place + 1), cell, epoch)
    return row


def mark_merged(row: Row, merges: list[tuple]):
    """Notes the merged areas that reach into the row."""
    for (left, first, _right, last), area in merges:
        if first <= row.number <= last:
            row.complain("merged", letter=get_column_letter(left), range=area)


def xlsx_rows(sheet, columns: dict[str, int], merges: list[str], epoch) -> Iterator[Row]:
    names = {place: name for name, place in columns.items()}
    letters = {name: get_column_letter(place + 1) for name, place in columns.items()}
    areas = [(range_boundaries(area), area) for area in merges]
    for number, cells in enumerate(cell_rows(sheet), 1):
        if number > 1 and cells:
            row = xlsx_row(number, cells, names, letters, epoch)
            mark_merged(row, areas)
            yield row


def checked(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows that hold something, as long as they are not too many. What the parser stumbles over is damage."""
    try:
        for row in rows:
            if not row.cells and not row.problems:
                continue
            if row.number > settings.SPREADSHEET_MAX_ROWS + 1:
                raise Refused("too_many_rows", limit=settings.SPREADSHEET_MAX_ROWS)
            yield row
    except (Refused, GeneratorExit):
        raise
    except Exception as error:
        log.warning("A spreadsheet could not be read on: %r", error)
        raise Refused("damaged") from error


def read_xlsx(file, size: int) -> Iterator[Sheet]:
    try:
        parts = look_through(file, size)
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Refused:
        raise
    except Exception as error:  # whatever is wrong with the archive or its XML
        log.warning("A spreadsheet could not be opened: %r", error)
        raise Refused("damaged") from error
    with closing(book):
        sheet, columns = find_form_or_damage(book)
        part = parts.get(sheet._worksheet_path.lstrip("/"), Part())
        yield Sheet(sheet.title, max(part.rows - 1, 0), checked(xlsx_rows(sheet, columns, part.merges, book.epoch)))


def find_form_or_damage(book):
    try:
        return find_form(book)
    except Refused:
        raise
    except Exception as error:
        log.warning("A spreadsheet's first rows could not be read: %r", error)
        raise Refused("damaged") from error


# CSV ------------------------------------------------------------------------------------------------------------------
def decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(content: bytes) -> str:
    """Found by content: a byte order mark, else what decodes without an error. CP949 holds all of EUC-KR."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif b"\0" in content[:2]:  # the form's first title begins with a letter, or a quotation mark
        candidates = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        candidates = ["utf-8-sig", "cp949"]
    for encoding in candidates:
        if decodes(content, encoding):
            return encoding
    raise Refused("encoding")


def csv_header(text: str) -> tuple[str, list[str]]:
    """The separator, by which the first row is the form's, and that row."""
    for separator in (",", ";", "\t"):
        header = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
        if any(KEY_TITLE.fullmatch(title.strip()) for title in header):
            return separator, header
    raise Refused("not_template", key=COLUMNS[0].title)


def take_csv_cell(row: Row, name: str, letter: str, value: str):
    """Puts a cell into the row, without the apostrophe that kept it from running."""
    if value.startswith("'") and value[1:].startswith(RUNS):
        value = value[1:]
    elif value.lstrip().startswith(("=", "＝")):
        row.complain("formula", name, letter)
        return
    if name:
        row.cells[name] = value
    else:
        row.complain("stray", letter=letter, value=told(value))


def csv_records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The records with the number of their row, as a spreadsheet counts them."""
    reader, number = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 0
    try:
        for number, record in enumerate(reader, 1):  # noqa: B007 (the number is told when the next row is broken)
            yield number, record
    except csv.Error as error:
        raise Refused("csv_broken", row=number + 1) from error


def csv_rows(text: str, separator: str, columns: dict[str, int]) -> Iterator[Row]:
    names = {place: name for name, place in columns.items()}
    letters = {name: get_column_letter(place + 1) for name, place in columns.items()}
    for number, record in csv_records(text, separator):
        if number == 1:
            continue
        row = Row(number, {}, letters)
        for place, value in enumerate(record):
            if value.strip():
                take_csv_cell(row, names.get(place, ""), get_column_letter(place + 1), value)
        yield row


def read_csv(content: bytes) -> Iterator[Sheet]:
    """The file is small enough to be held as text: its size was limited when it came."""
    text = content.decode(encoding_of(content)).removeprefix(BYTE_ORDER_MARK)
    try:
        separator, header = csv_header(text)
    except csv.Error as error:
        raise Refused("csv_broken", row=1) from error
    columns = columns_of(header)
    yield Sheet("", max(text.count("\n") - 1, 0), checked(csv_rows(text, separator, columns)))


# Both -----------------------------------------------------------------------------------------------------------------
def read_file(file, size: int) -> Iterator[Sheet]:
    """Yields the one sheet that is the form; what was opened is closed when the iterator is. Raises ``Refused``."""
    head = file.read(8)
    file.seek(0)
    if not head:
        raise Refused("empty")
    if head.startswith(OLE):
        raise Refused("old_excel")
    if head.startswith(ZIP):
        yield from read_xlsx(file, size)
    elif head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"<!DO", b"<htm")):
        raise Refused("not_spreadsheet")
    else:
        yield from read_csv(file.read(settings.SPREADSHEET_MAX_BYTES + 1))


# Values ---------------------------------------------------------------------------------------------------------------
def text_of(value) -> str:
    """A cell as text: whole numbers without a fraction, days as 2021-11-15, line breaks as one kind."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.date() if (value.hour, value.minute, value.second) == (0, 0, 0) else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value if isinstance(value, str) else str(value)
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return ILLEGAL_CHARACTERS_RE.sub("", text).strip()


def day_of_text(text: str) -> date | None:
    if found := PATTERN_OF_DAY.fullmatch(text):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            return None
    if text.isascii() and text.isdecimal() and FIRST_SERIAL <= int(text[:7]) <= LAST_SERIAL:
        return from_excel(int(text)).date()
    return None


def day_of(value) -> date | None:
    """A day from a date cell, a text with year, month and day in that order, or Excel's number of a day; else None."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return day_of_text(text_of(value))
