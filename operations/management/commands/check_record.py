"""Looks whether everything that must hold of this tracker's database and files does. Reads only."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from opendata.bulk import one_moment
from operations.invariants.all import CHECKS
from operations.invariants.base import Check, Look

SHOWN = 20  # of each check; --all shows the rest
KEYS = [check.key for check in CHECKS]


def chosen(keys: Iterable[str] | None) -> list[Check]:
    """The checks with these keys, all without any."""
    return [check for check in CHECKS if not keys or check.key in keys]


class Command(BaseCommand):
    help = (
        "Looks whether all that must hold does: no write lost or doubled, no job stuck, what is stored for speed as "
        "the record says, files as their rows say, and the database whole. Reads only; the exit status is 1 when "
        "something is wrong, and each line says with which row, what, and what to do."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--only", nargs="+", choices=KEYS, metavar="CHECK", help=f"Of these: {', '.join(KEYS)}.")
        parser.add_argument("--all", action="store_true", help=f"Shows all that is wrong, not the first {SHOWN} each.")
        parser.add_argument(
            "--stuck-after",
            type=int,
            default=60,
            metavar="MINUTES",
            help="For how long work may wait before it counts as stuck (default: 60).",
        )

    def handle(self, *args, only, stuck_after, **options):
        look = Look(timezone.now(), timedelta(minutes=stuck_after))
        most = None if options["all"] else SHOWN
        wrong = 0
        for check in chosen(only):
            wrong += self.run_check(check, look, most)
            if wrong and check.key == "migrations":
                raise CommandError("The database is not of this version: nothing else can be looked at.", returncode=1)
        if wrong:
            raise CommandError(f"Wrong: {wrong}.", returncode=1)
        self.stdout.write("All that was looked at holds.")

    def run_check(self, check: Check, look: Look, most: int | None) -> int:
        """Runs one check and says what it found; how much of that is wrong."""
        found = 0
        with one_moment() if check.moment else nullcontext():
            self.stdout.write(f"{check.key}: {check.count()} {check.things}")
            for finding in check.find(look):
                found += 1
                if most is None or found <= most:
                    mark = "note" if check.remark else "WRONG"
                    self.stdout.write(f"  {mark} {finding}")
        if most is not None and found > most:
            self.stdout.write(f"  … and {found - most} more (--all shows them)")
        self.stdout.flush()
        return 0 if check.remark else found
