"""``manage.py freeze_assessments``: a published self-assessment gets its first version, or its next when it changed."""

from django.core.management.base import BaseCommand

from assessments.freezing import freeze
from assessments.models import SelfAssessment, Snapshot


class Command(BaseCommand):
    help = "Freezes published self-assessments of real members, but for those that say what their latest version says."

    def add_arguments(self, parser):
        parser.add_argument("--reason", default="", help="why, printed on the page of each new version")

    def handle(self, *, reason="", **options):
        for assessment in SelfAssessment.objects.real().filter(stage=SelfAssessment.Stage.PUBLISHED).order_by("slug"):
            before = Snapshot.objects.count()
            version = freeze(assessment, None, reason)[0].version
            news = "frozen" if Snapshot.objects.count() > before else "unchanged"
            self.stdout.write(f"{assessment.slug}: version {version}, {news}")
