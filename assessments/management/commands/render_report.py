"""``manage.py render_report kr-2-end-of-term --language en --output report.pdf``: the PDF, here and now."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from assessments import rendering, services, snapshots
from assessments.models import SelfAssessment


class Command(BaseCommand):
    help = "Renders the PDF report on a self-assessment from the record as it is now, without a worker."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="address name of the self-assessment, for example kr-2-end-of-term")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")
        parser.add_argument("--output", type=Path, required=True, help="the file to write")

    def handle(self, *, slug, language, output, **options):
        try:
            assessment = SelfAssessment.objects.get(slug=slug)
        except SelfAssessment.DoesNotExist:
            raise CommandError(f"There is no self-assessment {slug!r}.") from None
        data = snapshots.snapshot(assessment, language)
        sha256 = snapshots.digest(data)
        frozen_on = services.freezing_date(assessment, language, sha256)
        try:
            pdf = rendering.render_pdf(data, language, frozen_on, on_step=self.tell)
        except rendering.ReportError as error:
            raise CommandError(str(error)) from error
        output.write_bytes(pdf.content)
        self.stdout.write(f"{output}: {pdf.pages} pages, {len(pdf.content):,} bytes")
        self.stdout.write(f"snapshot SHA-256 {sha256}")
        self.stdout.write(f"file SHA-256     {hashlib.sha256(pdf.content).hexdigest()}")

    def tell(self, step: str):
        self.stdout.write(services.step_label(step))
