"""What is overdue on a day, and the sweep that the periodic job does: both call ``clock.flag_overdue``."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError

from milestones.clock import flag_overdue, own_today
from milestones.models import Deadline

ORDER = [f"milestone__{name}" for name in ("commitment__plan__slug", "commitment__position", "position")] + ["due_on"]


def read_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"“{text}” is no date: write it as YYYY-MM-DD, for example 2021-11-15.") from None


def counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def due_words(deadline: Deadline) -> str:
    """The due date in the plan's own words; an amended one has no words of the plan's."""
    if deadline.amends_id:
        return f"amended to {deadline.due_on:%Y-%m-%d}"
    milestone = deadline.milestone
    stated = milestone.published_end.strip(" -–—") and milestone.published_end
    return f"“{stated or milestone.published_start}” ({deadline.due_on:%Y-%m-%d})"


def line(deadline: Deadline) -> str:
    """One overdue deadline: plan, commitment number, due date, days late, milestone."""
    commitment = deadline.milestone.commitment
    late = counted((deadline.as_of - deadline.due_on).days, "day")
    return f"{commitment.plan.slug} {commitment.number}: due {due_words(deadline)}, {late} late: {deadline.milestone}"


class Command(BaseCommand):
    help = (
        "Lists the deadlines that are overdue on a day, and records and clears the notices of that day. "
        "Notices are kept for all members, the fictional training member included; the list leaves it out by default."
    )

    def add_arguments(self, parser):
        parser.add_argument("--date", help="The day, as YYYY-MM-DD. Without it: today, as each member counts it.")
        parser.add_argument("--dry-run", action="store_true", help="Lists and counts; records nothing.")
        parser.add_argument("--include-training", action="store_true", help="Lists the training member's, too.")

    def handle(self, *args, **options):
        on = read_date(options["date"])
        try:
            sweep = flag_overdue(on, dry_run=options["dry_run"])
        except ValueError as error:
            raise CommandError(f"{error} With --dry-run it can be looked at.") from error
        overdue = Deadline.objects.overdue(on or own_today())
        if not options["include_training"]:
            overdue = overdue.real()
        overdue = overdue.select_related("milestone__commitment__plan").order_by(*ORDER)
        for deadline in overdue:
            self.stdout.write(line(deadline))
        self.write_counts(overdue, on, sweep, options["dry_run"])

    def write_counts(self, overdue, on, sweep, dry_run):
        milestones = len({deadline.milestone_id for deadline in overdue})
        day = f"on {on:%Y-%m-%d}" if on else "today"
        self.stdout.write(f"Overdue {day}: {counted(len(overdue), 'deadline')} of {counted(milestones, 'milestone')}.")
        would = "Dry run, nothing recorded. It would be: " if dry_run else "All members: "
        self.stdout.write(
            f"{would}{counted(sweep.flagged, 'notice')} recorded, {counted(sweep.cleared, 'notice')} cleared."
        )
