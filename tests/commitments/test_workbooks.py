"""XLSX files leave nothing behind; ``operations/test_full_disk.py`` has a disk that is really full."""

import errno
import io
from pathlib import Path

import pytest

from commitments.workbooks import new_workbook


def begun(book) -> Path:
    sheet = book.create_sheet("a")
    sheet.append([1])
    return Path(sheet._writer.out)


def test_a_workbook_that_fails_in_the_middle_takes_its_temporary_files_along():
    with pytest.raises(RuntimeError), new_workbook() as book:
        path = begun(book)
        assert path.exists()
        raise RuntimeError("no")
    assert not path.exists()


def test_a_full_disk_is_the_error_that_it_is_elsewhere():
    with pytest.raises(OSError) as error, new_workbook():
        raise RuntimeError("IO_ENOSPC")
    assert error.value.errno == errno.ENOSPC


def test_a_workbook_that_was_saved_is_whole():
    made = io.BytesIO()
    with new_workbook() as book:
        path = begun(book)
        book.save(made)
    assert made.getvalue().startswith(b"PK") and not path.exists()
