"""``manage.py export_ogp_commitments [FILE]``: the rows of the newest import, cell for cell as they were given."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from assessments.ogp_export import NothingImported, export_rows, newest_import


class Command(BaseCommand):
    help = (
        "Writes OGP's commitment data as it was last imported: the same columns, order and cells, and the same bytes "
        "where the file was written as spreadsheets write CSV. Commitments that no file had are not in it."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", default="-", help="where to write; - is the standard output")

    def handle(self, *, file, **options):
        try:
            run = newest_import()  # before the file is opened, which empties it
            if file == "-":
                export_rows(getattr(self.stdout, "buffer", None) or sys.stdout.buffer, run)
                return
            with Path(file).open("wb") as target:
                number = export_rows(target, run)
        except (NothingImported, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: {number:,} rows")
