"""``manage.py render_report kr-2-end-of-term --language en --output report.pdf``: a report's file, here and now."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from assessments import exports, freezing, rendering, services
from assessments.models import Report, SelfAssessment


class Command(BaseCommand):
    help = (
        "Renders a report on a self-assessment from the record as it is now, without a worker. Of a published one it "
        "is the latest version, which is frozen first when the record says something new."
    )

    def add_arguments(self, parser):
        parser.add_argument("slug", help="address name of the self-assessment, for example kr-2-end-of-term")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")
        parser.add_argument("--format", choices=Report.FORMATS_OF["self_assessment"], default=Report.Format.PDF.value)
        parser.add_argument("--output", type=Path, required=True, help="the file to write")

    def handle(self, *, slug, language, output, format=Report.Format.PDF, **options):
        try:
            assessment = SelfAssessment.objects.get(slug=slug)
        except SelfAssessment.DoesNotExist:
            raise CommandError(f"There is no self-assessment {slug!r}.") from None
        snapshot = freezing.current(assessment, language, None)
        try:
            made = exports.export(snapshot, format, on_step=self.tell)
        except rendering.ReportError as error:
            raise CommandError(str(error)) from error
        output.write_bytes(made.content)
        pages = f"{made.pages} pages, " if made.pages else ""
        self.stdout.write(f"{output}: {pages}{len(made.content):,} bytes")
        self.stdout.write(f"version          {snapshot.version or 'none: a trial export of a draft'}")
        self.stdout.write(f"snapshot SHA-256 {snapshot.sha256}")
        self.stdout.write(f"file SHA-256     {hashlib.sha256(made.content).hexdigest()}")

    def tell(self, step: str):
        self.stdout.write(services.step_label(step))
