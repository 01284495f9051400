"""Which commitments are stale on a day, and the sweep that the periodic job does: both call the same function."""

from django.core.management.base import BaseCommand, CommandError

from milestones.freshness import check_freshness, quiet, stale_since

from .flag_overdue import counted, read_date


def line(commitment) -> str:
    """One stale commitment: plan, number, since when, the latest report, title."""
    last = commitment.last_report_on
    heard = f"latest report public on {last:%Y-%m-%d}" if last else "no report received"
    since = stale_since(commitment)
    return f"{commitment.plan.slug} {commitment.number}: stale since {since:%Y-%m-%d}, {heard}: {commitment.title}"


class Command(BaseCommand):
    help = (
        "Lists the commitments under implementation about which no report became public in six months before a day, "
        "and records and clears the notices of that day. The list leaves the training member out by default."
    )

    def add_arguments(self, parser):
        parser.add_argument("--date", help="The day, as YYYY-MM-DD. Without it: today, as each member counts it.")
        parser.add_argument("--dry-run", action="store_true", help="Lists and counts; records nothing.")
        parser.add_argument("--include-training", action="store_true", help="Lists the training member's, too.")

    def handle(self, *args, **options):
        on, dry_run = read_date(options["date"]), options["dry_run"]
        try:
            sweep = check_freshness(on, dry_run=dry_run)
        except ValueError as error:
            raise CommandError(f"{error} With --dry-run it can be looked at.") from error
        rows = quiet(on) if options["include_training"] else quiet(on).real()
        for commitment in rows.order_by("plan__slug", "position"):
            self.stdout.write(line(commitment))
        day = f"on {on:%Y-%m-%d}" if on else "today"
        self.stdout.write(f"Stale {day}: {counted(len(rows), 'commitment')}.")
        would = "Dry run, nothing recorded. It would be: " if dry_run else "All members: "
        notices = f"{counted(sweep.flagged, 'notice')} recorded, {counted(sweep.cleared, 'notice')} cleared."
        self.stdout.write(f"{would}{notices}")
