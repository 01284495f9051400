"""Exported files, read back as a spreadsheet would read them."""

import csv
import io

from openpyxl import load_workbook


def content(response) -> bytes:
    """What was sent. Reading it to its end closes it."""
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def csv_rows(response) -> list[dict]:
    """The rows of a CSV file by their titles; everything is text."""
    text = content(response).decode("utf-8")
    assert text.startswith("\ufeff"), "without it Excel does not know UTF-8"
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))


def workbook(response):
    return load_workbook(io.BytesIO(content(response)))


def xlsx_rows(response) -> list[dict]:
    """The rows of the first sheet by their titles; dates are dates."""
    titles, *rows = workbook(response).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(titles, row, strict=True)) for row in rows]
