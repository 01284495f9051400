"""Brings the search index up to date, or makes it anew."""

from django.core.management.base import BaseCommand

from search import index


class Command(BaseCommand):
    help = "Brings the search index up to date with the record. The same is done by a job every half minute."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="compare every entry with the record")

    def handle(self, *args, **options):
        changes = index.refresh()
        self.stdout.write(f"Changes worked off: {changes}")
        if options["all"]:
            self.stdout.write(f"Entries that did not follow from the record, mended: {index.rebuild()}")
