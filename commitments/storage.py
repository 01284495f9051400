"""Files of people and jobs: whole, or not there. What a full disk or a killed process cut short bears no real name."""

import os
import uuid
from contextlib import contextmanager, suppress

from django.core.files.storage import FileSystemStorage
from django.core.files.uploadhandler import TemporaryFileUploadHandler

UNFINISHED = ".part"  # how the names of files end that are not whole yet


class WholeFiles(FileSystemStorage):
    """Writes a file under another name, and gives it its own once all of it is there."""

    def _save(self, name, content):
        draft = f"{name}.{uuid.uuid4().hex}{UNFINISHED}"
        try:
            super()._save(draft, content)
            while True:
                try:
                    os.link(self.path(draft), self.path(name))
                    return str(name).replace("\\", "/")
                except FileExistsError:  # somebody stored one of that name meanwhile
                    name = self.get_available_name(name)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(self.path(draft))


class TidyUploads(TemporaryFileUploadHandler):
    """Takes an upload's temporary file away at once when the disk is full, not when the request is forgotten: room is
    what there is none of."""

    def receive_data_chunk(self, raw_data, start):
        with self.tidy():
            return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size):
        with self.tidy():
            return super().file_complete(file_size)

    @contextmanager
    def tidy(self):
        try:
            yield
        except OSError:
            with suppress(OSError):  # what was held back cannot be written, either; the file is gone all the same
                self.file.close()
            raise
