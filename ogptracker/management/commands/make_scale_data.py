"""Makes an invented world as large as the partnership, or ten times as large."""

import time
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from ogptracker.scale.maker import PARTNERSHIP
from ogptracker.scale.making import NotEmpty, make_world


def read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no date: write it as YYYY-MM-DD, for example 2026-03-31.") from None


class Command(BaseCommand):
    help = (
        "Makes an invented world to measure the tracker with, in an empty database: as many members, commitments, "
        "milestones and reports as the partnership has (230 members), or ten times as many (--members 2300). The same "
        "number and day always give the same rows. A database that holds any record is refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("--members", type=int, default=PARTNERSHIP["members"])
        parser.add_argument("--on", help="The day that half of the plans are under way on, as YYYY-MM-DD; today's.")
        parser.add_argument("--processes", type=int, default=1, help="How many processes make rows.")

    def handle(self, *args, **options):
        members, processes = options["members"], options["processes"]
        if members < 1 or processes < 1:
            raise CommandError("Give a whole number of members and of processes, 1 or more.")
        on, start = read_date(options["on"]) if options["on"] else timezone.localdate(), time.monotonic()
        try:
            make_world(members, on, processes, lambda number: self.say(number, members, start))
        except NotEmpty as error:
            raise CommandError(f"{error} Nothing was written: make an empty database first.") from error
        self.tidy()
        self.stdout.write(f"A world of {members:,} members around {on} is made, in {time.monotonic() - start:.0f} s.")

    def say(self, number: int, members: int, start: float):
        if number % 100 == 0 or number == members:
            self.stdout.write(f"{number:,} of {members:,} members are written, after {time.monotonic() - start:.0f} s.")

    def tidy(self):
        """What the database's own housekeeping would do in time: it tells which ways to rows are short."""
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
