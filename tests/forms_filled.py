"""Filled-in forms: made by the tracker, filled in as a person would, and taken through their upload."""

import csv
import io
from datetime import date, datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from milestones import upload_services
from milestones.models import Upload
from milestones.spreadsheet import COLUMNS, write_xlsx

LETTERS = {column.name: get_column_letter(number) for number, column in enumerate(COLUMNS, 1)}


def form_of(user, language="en"):
    """The form as the account downloads it, opened."""
    file = io.BytesIO()
    with translation.override(language):
        write_xlsx(user, file)
    return load_workbook(file)


def fill(book, row: int, **values):
    """Writes into the form's cells, by the columns' names."""
    for name, value in values.items():
        book.worksheets[0][f"{LETTERS[name]}{row}"].value = value or None


def content_of(book) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_csv(book, separator=",") -> str:
    """The form's sheet as a spreadsheet program saves it as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    for row in book.worksheets[0].iter_rows(values_only=True):
        writer.writerow([value.date() if isinstance(value, datetime) else value for value in row])
    return text.getvalue()


def uploaded(user, content, ending="xlsx") -> Upload:
    """The upload of a workbook, or of a file's content, read by a worker's code in this process."""
    content = content if isinstance(content, bytes) else content_of(content)
    upload = upload_services.receive(user, SimpleUploadedFile(f"form.{ending}", content))
    upload_services.work(upload.pk)
    upload.refresh_from_db()
    return upload


def settled(user, content, ending="xlsx", accept=False) -> Upload:
    """An upload that was read and, with *accept*, applied."""
    upload = uploaded(user, content, ending)
    assert upload.state == "read", (upload.state, upload.refusal, upload.refusal_params)
    if accept:
        upload_services.accept(upload, only_good=True)
        upload_services.work(upload.pk)
        upload.refresh_from_db()
        assert upload.state == "applied"
    return upload


def serial_of(day: date) -> int:
    """The number by which Excel counts the day."""
    return (day - date(1899, 12, 30)).days
