"""Reads and writes OGP's commitment data as a file: CSV with a row of titles and 171 cells a row.

A file that cannot be what it should be is refused whole, with its line: other columns, another encoding, a row with
another number of cells, a file that breaks off. What is wrong with one cell is not this module's business.
"""

import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from .ogp_columns import COLUMNS

MOST_OF_A_CELL = 1_000_000  # characters; the longest known text has 27,000
MOST_OF_A_LINE = 8_000_000  # bytes
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
OTHER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
LINE_ENDS = {"CRLF": "\r\n", "LF": "\n"}


class OGPFileError(ValueError):
    """Why a file is refused, with the line, and the column where there is one."""


class Record(NamedTuple):
    """One row: its place among the rows (from 1), the line it begins on, and its cells."""

    position: int
    line: int
    cells: list[str]


class Style(NamedTuple):
    """How the file is written, so that it can be written again byte for byte."""

    byte_order_mark: bool = False
    line_end: str = "CRLF"
    quotes_all: bool = False


@contextmanager
def long_cells():
    """Lets the csv module take cells up to ``MOST_OF_A_CELL``; its limit belongs to the whole process."""
    before = csv.field_size_limit(MOST_OF_A_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def decoded(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OGPFileError(
            f"Line {number}, byte {error.start + 1}: this is not UTF-8. Save the file as CSV UTF-8; nothing is guessed."
        ) from None


def lines_of(file, digest) -> Iterator[str]:
    """The file's lines with their ends, each put into *digest*."""
    number, line = 0, b"\n"
    while line and (line := file.readline(MOST_OF_A_LINE + 1)):
        number += 1
        if len(line) > MOST_OF_A_LINE:
            raise OGPFileError(f"Line {number} has more than {MOST_OF_A_LINE:,} bytes.")
        digest.update(line)
        last = line
        if number == 1:
            if other := OTHER_MARKS.get(line[:2]):
                raise OGPFileError(f"Line 1: the file is {other}, not UTF-8. Save it as CSV UTF-8.")
            line = line.removeprefix(BYTE_ORDER_MARK) or b"\n"
        yield decoded(line, number)
    if number and not last.endswith(b"\n"):
        raise OGPFileError(f"Line {number}: the file breaks off: its last line has no end.")


def style_of(file) -> Style:
    """How the file is written, by its first line."""
    first = file.readline(MOST_OF_A_LINE)
    file.seek(0)
    line_end = "CRLF" if first.endswith(b"\r\n") else "LF"
    return Style(first.startswith(BYTE_ORDER_MARK), line_end, first.removeprefix(BYTE_ORDER_MARK).startswith(b'"'))


def check_header(titles: list[str]):
    """Refuses other columns than OGP's 171, in another order too, and says which and where."""
    if titles == list(COLUMNS):
        return
    faults = []
    for place, title in enumerate(titles, 1):
        if titles.index(title) + 1 < place:
            faults.append(f"column {place} “{title}” is there twice")
        elif title not in COLUMNS:
            faults.append(f"column {place} “{title[:80]}” is not known")
    faults += [f"column {place} “{title}” is missing" for place, title in enumerate(COLUMNS, 1) if title not in titles]
    if not faults:
        place, got, want = next(
            (place, got, want) for place, (got, want) in enumerate(zip(titles, COLUMNS, strict=True), 1) if got != want
        )
        faults.append(f"column {place} is “{got}”, where OGP's file has “{want}”")
    more = f", and {len(faults) - 5} more" if len(faults) > 5 else ""
    raise OGPFileError(f"Line 1: {'; '.join(faults[:5])}{more}.")


def check_width(cells: list[str], line: int):
    if len(cells) == len(COLUMNS):
        return
    last = COLUMNS[min(len(cells), len(COLUMNS)) - 1] if cells else "none"
    raise OGPFileError(
        f"Line {line}: {len(cells)} cells where there should be {len(COLUMNS)} (the last is of column “{last}”): "
        "the row is broken, or the file breaks off."
    )


def records_of(file, digest=None) -> Iterator[Record]:
    """The rows of the binary *file*, one at a time. Raises ``OGPFileError`` at the first that cannot be taken."""
    reader = csv.reader(lines_of(file, digest or hashlib.sha256()), strict=True)
    position, line = 0, 1
    try:
        check_header(next(reader, []))
        line = reader.line_num + 1
        for position, cells in enumerate(reader, 1):  # noqa: B007
            check_width(cells, line)
            yield Record(position, line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise OGPFileError(
            f"Line {reader.line_num}, in the row that begins on line {line}: {error}: the row is broken, or the file "
            "breaks off."
        ) from None


class Ending:
    """A file that gets rows from the csv module with its own line end, and writes them with the right one.

    The module quotes a cell that holds a part of the line end: with LF alone it would leave a carriage return bare.
    """

    def __init__(self, file, line_end: str):
        self.file, self.line_end = file, line_end

    def write(self, row: str):
        self.file.write(f"{row[:-2]}{self.line_end}".encode())


def write_rows(file, rows, style: Style) -> int:
    """Writes the titles and the rows of cells to the binary *file*; returns how many rows."""
    if style.byte_order_mark:
        file.write(BYTE_ORDER_MARK)
    quoting = csv.QUOTE_ALL if style.quotes_all else csv.QUOTE_MINIMAL
    writer = csv.writer(Ending(file, LINE_ENDS[style.line_end]), quoting=quoting, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    number = 0
    for number, cells in enumerate(rows, 1):  # noqa: B007
        writer.writerow(cells)
    return number
