"""Who is reminded of what on a day, and the mails that the periodic job sends: both call the same functions."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from milestones import mail, outbox
from milestones.models import OutboxMail
from milestones.reminders import remind

from .flag_overdue import counted, read_date


def line(digest: mail.Digest) -> str:
    """One digest: the account, its address, and the subject that says what and when."""
    return f"{digest.person.username} <{digest.person.email}>: {mail.render(digest).subject}"


class Command(BaseCommand):
    help = (
        "Writes the reminders of a day into the outbox, one digest a person, and sends what waits there. "
        "A second run of the same day writes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--date", help="The day, as YYYY-MM-DD. Without it: today, where it is morning already.")
        parser.add_argument("--dry-run", action="store_true", help="Lists who would be told what; writes nothing.")

    def handle(self, *args, **options):
        dry_run = options["dry_run"]
        try:
            digests = remind(read_date(options["date"]), dry_run=dry_run)
        except ValueError as error:
            raise CommandError(f"{error} With --dry-run it can be looked at.") from error
        for digest in digests:
            self.stdout.write(line(digest))
        if dry_run:
            self.stdout.write(f"Dry run, nothing written. It would be: {counted(len(digests), 'digest')}.")
            return
        done = outbox.send_waiting()
        waiting = OutboxMail.objects.waiting(timezone.now()).count()
        self.stdout.write(f"{counted(len(digests), 'digest')} written, {counted(done.sent, 'mail')} sent.")
        if waiting:
            self.stdout.write(f"{counted(waiting, 'mail')} waiting: {self.hindrance()}")

    def hindrance(self) -> str:
        """What hindered the latest mail that still waits."""
        waiting = OutboxMail.objects.waiting(timezone.now())
        return waiting.order_by("-attempts").values_list("error", flat=True).first() or "not tried yet"
