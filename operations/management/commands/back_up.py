"""Writes a backup of the database and the files."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from operations.archive import Unusable
from operations.backup import back_up


class Command(BaseCommand):
    help = (
        "Writes a backup, the database and all files, into one archive: the file named, or a new one in the folder "
        "named. The tracker may go on working. Keep it as safe as the tracker itself. The settings' secrets are not in "
        "it."
    )

    def add_arguments(self, parser):
        parser.add_argument("place", type=Path, help="The file to write, or the folder to write it into.")

    def handle(self, *args, place, **options):
        try:
            path, manifest = back_up(place)
        except (Unusable, OSError) as error:
            raise CommandError(f"No backup was written. {error}") from error
        files, rows = len(manifest.files) - 1, sum(manifest.rows.values())
        size = filesizeformat(path.stat().st_size)
        self.stdout.write(f"{path}: {size}, {rows} rows, {files} files. Try a restore now and then.")
