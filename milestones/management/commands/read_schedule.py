"""Reads wordings from standard input, ``start<TAB>end`` a line, and writes what they mean, one JSON object a line.

Each line is answered before the next is read. A line that cannot be read as two cells is answered, too: readable is
false, and the reason says why.
"""

import json
import os
import sys
from dataclasses import asdict
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.db.models import Q

from commitments.models import Member
from milestones.conventions import OGP, Conventions, conventions_of
from milestones.schedule import Reading, read_schedule

NOT_UTF8 = "not_utf8"
NOT_TWO_CELLS = "not_two_cells"


def read_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"“{text}” is no date: write it as YYYY-MM-DD, for example 2021-01-01.") from None


def member_conventions(code: str | None) -> Conventions:
    """The conventions of the member with this code, three-letter code or address name; of the country with this
    two-letter code when the member is not in the record."""
    if not code:
        return OGP
    try:
        member = Member.objects.filter(Q(code__iexact=code) | Q(iso3__iexact=code) | Q(slug__iexact=code)).first()
    except DatabaseError:
        member = None  # nothing has been set up yet: the table of conventions is enough
    return conventions_of(member.code, member.time_zone) if member else conventions_of(code)


def read_line(line: bytes, plan_start: date | None, plan_end: date | None, conventions: Conventions) -> Reading:
    try:
        cells = line.decode("utf-8").rstrip("\r\n").split("\t")
    except UnicodeDecodeError:
        return Reading(readable=False, reason=NOT_UTF8)
    if len(cells) != 2:
        return Reading(readable=False, reason=NOT_TWO_CELLS)
    return read_schedule(*cells, plan_start, plan_end, conventions)


def as_json(reading: Reading) -> str:
    return json.dumps(asdict(reading) | {"ambiguous": reading.ambiguous}, default=date.isoformat)


class Command(BaseCommand):
    help = (
        "Reads lines of start<TAB>end from standard input, as plans write them in English or Korean, and prints one "
        "JSON object a line: the deadlines read, with precision and cadence, or why the words cannot be read."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--plan-start", help="First day of the plan, as YYYY-MM-DD: bounds what recurs.")
        parser.add_argument("--plan-end", help="Last day of the plan, as YYYY-MM-DD.")
        parser.add_argument(
            "--member",
            metavar="CODE",
            help="The member whose conventions hold: order of day and month, fiscal year, seasons. "
            "Without it, those of the data that OGP publishes: the month first.",
        )

    def handle(self, *args, **options):
        plan_start, plan_end = read_date(options["plan_start"]), read_date(options["plan_end"])
        if plan_start and plan_end and plan_end < plan_start:
            raise CommandError("The plan ends before it starts.")
        conventions = member_conventions(options["member"])
        try:
            for line in sys.stdin.buffer:
                self.stdout.write(as_json(read_line(line, plan_start, plan_end, conventions)))
                self.stdout.flush()
        except BrokenPipeError:
            # Whoever reads has seen enough. Python flushes once more at its end: that must have a place to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
