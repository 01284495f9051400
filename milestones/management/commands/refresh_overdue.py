"""Brings what is stored about overdue deadlines to what the facts say: after an upgrade, a restored copy, or a change
made by hand. The daily job looks at today alone; this looks at every day."""

from django.core.management.base import BaseCommand

from milestones.models import Milestone
from milestones.periods import refresh_in_steps


class Command(BaseCommand):
    help = "Writes anew, for every milestone and every day, which deadlines are overdue. Safe at any time."

    def handle(self, *args, **options):
        milestones = Milestone.objects.all()
        total, seen, changed = milestones.count(), 0, 0
        for step, mended in refresh_in_steps(milestones):
            seen, changed = seen + step, changed + mended
            if self.stderr.isatty():
                self.stderr.write(f"\r{seen:,} of {total:,} milestones", ending="")
        if self.stderr.isatty():
            self.stderr.write("")
        self.stdout.write(f"{seen} milestones looked at, {changed} mended.")
