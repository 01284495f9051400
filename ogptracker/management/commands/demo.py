"""Sets up the embedded tracker with the record, a fictional plan under way and accounts to try, then serves it.

Every step is safe to repeat, so starting again keeps what was entered.
"""

import io
import os
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from .serve import check_port, port_number

HOST = "127.0.0.1"
REPORT_FONTS = ["*.otf"]  # read from where they are, never sent to a browser; compressing them takes long


def static_files_are_current() -> bool:
    """Whether every static file is older than the list that the last ``collectstatic`` wrote at its end."""
    listed = Path(settings.STATIC_ROOT, "staticfiles.json")
    if not listed.exists():
        return False
    collected_at = listed.stat().st_mtime
    sources = (Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([]))
    return all(source.stat().st_mtime <= collected_at for source in sources)


class Command(BaseCommand):
    help = "Prepares and runs a tracker to try out: the record, a fictional plan, accounts, and all processes."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--port", type=port_number, default=8000, help="Port to listen on (default: 8000).")

    def handle(self, *args, port, **options):
        if settings.PRODUCTION:
            raise CommandError("This is for trying the tracker out: it does not run with OGPTRACKER_MODE=production.")
        check_port(HOST, port)
        os.environ.setdefault("SITE_URL", f"http://{HOST}:{port}")  # what reports print; the children read it
        settings.SITE_URL = os.environ["SITE_URL"]
        try:
            self.prepare(port)
        except KeyboardInterrupt:
            sys.exit(130)
        self.say("Starting the web server, the worker and the clock …")
        call_command("serve", host=HOST, port=port)

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()

    def prepare(self, port):
        self.say("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        if not static_files_are_current():
            self.say("Collecting style sheets and fonts …")
            call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=REPORT_FONTS)
        self.say("Loading the record of the Republic of Korea …")
        call_command("load_record")
        call_command("freeze_assessments")
        self.say("Loading the fictional training plan …")
        call_command("load_training")
        call_command("flag_overdue", stdout=io.StringIO())  # as the clock would within the hour
        call_command("demo_accounts", address=f"http://{HOST}:{port}/")
