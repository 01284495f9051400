"""XLSX files as openpyxl writes them row by row: by way of temporary files, on a disk that may be full."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from openpyxl import Workbook

FULL = "IO_ENOSPC"  # what lxml, by which openpyxl writes, calls it in an error of its own


@contextmanager
def new_workbook() -> Iterator[Workbook]:
    """A workbook to be written and saved in the block. Its temporary files are gone after the block, also where it
    fails: openpyxl would keep them as long as the process lives. A full disk is an ``OSError``, as elsewhere."""
    book = Workbook(write_only=True)
    try:
        yield book
    except Exception as error:
        if FULL in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    finally:
        for sheet in book.worksheets:
            forget(sheet)


def forget(sheet):
    """Closes what the sheet has open, and removes its temporary file: what went wrong in the block is told already."""
    if sheet._writer is None:
        return
    for part in filter(None, (sheet._rows, sheet._writer.xf)):
        with suppress(Exception):  # it cannot be ended well on a full disk, either
            part.close()
    with suppress(OSError, ValueError):  # the book was saved, and took it away
        sheet._writer.cleanup()
