"""Files of people and jobs: whole, or not there. What a full disk or a killed process cut short bears no real name."""

import os
import uuid
from contextlib import suppress

from django.core.files.storage import FileSystemStorage

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
