"""Who is told what on a day, and the mails that the periodic job sends: both call the same functions. No address is
shown."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from following import digests, mails
from following.models import FollowingMail
from milestones.management.commands.flag_overdue import counted, read_date


def line(digest: digests.Digest, number: int) -> str:
    """One digest: how many get it, how it is spelled, and the subject that says what and when."""
    with translation.override(digest.language):
        return f"{counted(number, 'mail')} ({digest.language}, {digest.what}): {digest.subject}"


class Command(BaseCommand):
    help = (
        "Writes the mails of a day to those who follow something, and sends what waits. "
        "A second run of the same day writes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--date", help="The day, as YYYY-MM-DD. Without it: today, as each scope's member counts it."
        )
        parser.add_argument("--dry-run", action="store_true", help="Lists what would be told; writes nothing.")

    def handle(self, *args, **options):
        dry_run = options["dry_run"]
        try:
            found = digests.tell(read_date(options["date"]), dry_run=dry_run)
        except ValueError as error:
            raise CommandError(f"{error} With --dry-run it can be looked at.") from error
        for digest, number in found:
            self.stdout.write(line(digest, number))
        written = sum(number for _digest, number in found)
        if dry_run:
            self.stdout.write(f"Dry run, nothing written. It would be: {counted(written, 'mail')}.")
            return
        done = mails.send_waiting()
        self.stdout.write(f"{counted(written, 'mail')} written, {counted(done.sent, 'mail')} sent.")
        if waiting := FollowingMail.objects.waiting(timezone.now()).count():
            self.stdout.write(f"{counted(waiting, 'mail')} waiting.")
