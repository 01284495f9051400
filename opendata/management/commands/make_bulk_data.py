"""Makes the files of the open data at once, as the nightly job does."""

from django.core.management.base import BaseCommand, CommandError

from opendata import services
from opendata.models import WHOLE, DataFiles


class Command(BaseCommand):
    help = "Makes the open data's files: of the whole record and of every member, or of one member."

    def add_arguments(self, parser):
        parser.add_argument("--member", help="Address name of one member, such as kr (default: all, and the whole).")

    def handle(self, *args, member, **options):
        scopes = services.scopes()
        if member and member not in scopes[1:]:
            raise CommandError(f"There is no member {member!r}: choose one of {', '.join(scopes[1:]) or 'none'}.")
        failed = [scope for scope in ([member] if member else scopes) if not self.make(scope)]
        if failed:
            raise CommandError(f"Not made: {', '.join(failed)}. The log says why.")

    def make(self, scope: str) -> bool:
        """Makes one scope's files, whatever their age; a worker that is at it already is waited for by nobody."""
        row = services.ask(scope, anyway=True)
        if not services.make(row.pk):
            row.refresh_from_db()
            self.stderr.write(f"{scope}: {row.error or 'another worker is making it'}")
            return row.state != DataFiles.State.FAILED
        row.refresh_from_db()
        rows = sum(table["rows"] for table in row.tables.values())
        name = "the whole record" if scope == WHOLE else scope
        self.stdout.write(f"{name}: {rows:,} rows, {', '.join(self.described(file) for file in row.files)}")
        return True

    def described(self, file: dict) -> str:
        return f"{file['format']} {file['size']:,} bytes {file['sha256'][:12]}"
