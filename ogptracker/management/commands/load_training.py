"""Makes the fictional training member."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError

from commitments.dates import local_date
from ogptracker.training import KEPT_DAYS, MEMBER, load_training, made_on


def read_date(text: str) -> date:
    """A day up to today: reports on days to come cannot be made."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no date: write it as YYYY-MM-DD, for example 2026-03-31.") from None
    if day > local_date(MEMBER["time_zone"]):
        raise CommandError(f"{text} lies in the future: the plan is made around today or an earlier day.")
    return day


class Command(BaseCommand):
    help = (
        "Makes the training member: a clearly fictional government with one plan under way around today, so that every "
        f"screen can be tried. Run again within {KEPT_DAYS} days it leaves everything as it is; after that the plan is "
        "made anew, and what people entered in it while practising is removed. Nothing of a real member is touched."
    )

    def add_arguments(self, parser):
        parser.add_argument("--date", help="The day around which the plan is made, as YYYY-MM-DD. Without it: today.")
        parser.add_argument("--rebuild", action="store_true", help="Makes the plan anew even if it is recent.")

    def handle(self, *args, **options):
        today = read_date(options["date"]) if options["date"] else None
        if load_training(today, rebuild=options["rebuild"]):
            self.stdout.write(f"The training member is made, around {made_on():%Y-%m-%d}.")
        else:
            self.stdout.write(f"The training member is left as it is: it was made around {made_on():%Y-%m-%d}.")
