"""Puts a backup back, and looks whether all is well."""

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from operations.archive import Unusable
from operations.invariants.all import CHECKS
from operations.restoring import differing_rows, restore

# What waited, or was overdue, when the backup was made is seen to once a worker and the clock run.
AFTERWARDS = [check.key for check in CHECKS if not check.key.startswith("waiting-") and check.key != "notices"]


class Command(BaseCommand):
    help = (
        "Puts a backup that back_up wrote into an empty tracker. It is checked as a whole before anything is written; "
        "a backup of an earlier version is migrated; check_record runs in the end. Stop web, worker and beat first."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="The backup.")
        parser.add_argument(
            "--replace", action="store_true", help="In place of what this tracker holds, which is lost."
        )

    def handle(self, *args, file, replace, **options):
        try:
            manifest = restore(file, replace)
        except Unusable as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        self.stdout.write(f"Restored: the backup of {manifest.made_at}, version {manifest.software}.")
        if differing := differing_rows(manifest):
            raise CommandError(f"Other numbers of rows than in the backup: {', '.join(differing)}.")
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        call_command("check_record", only=AFTERWARDS, stdout=self.stdout)
