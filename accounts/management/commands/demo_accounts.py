"""Accounts for trying the tracker out: one for each kind of user, all with the same password."""

import os
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from commitments.models import Institution


@dataclass(frozen=True)
class Account:
    """A demo account; *institution* is the code of a member and the key of one of its institutions."""

    username: str
    role: str
    purpose: str
    institution: tuple[str, str] | None = None
    is_superuser: bool = False


ACCOUNTS = [
    Account("editor.mois", "editor", "reports for the Ministry of the Interior and Safety", ("KR", "mois")),
    Account("editor.msit", "editor", "reports for the Ministry of Science and ICT", ("KR", "msit")),
    Account("poc", "coordinator", "coordinating ministry: reviews the reports of all ministries", ("KR", "mois")),
    Account("irm", "irm", "IRM reviewer: reads assessments, codes, exports PDFs"),
    Account("admin", "viewer", "administrator: may do everything but approve its own report", is_superuser=True),
    Account("editor.training", "editor", "reports in the training member (fictional)", ("XT", "open-administration")),
    Account("head.training", "head", "reviews its own ministry's reports there", ("XT", "open-administration")),
    Account("poc.training", "coordinator", "reviews all ministries' reports there", ("XT", "open-administration")),
]
LOADED_BY = {"KR": "load_record", "XT": "load_training"}


def institution_of(account: Account) -> Institution | None:
    if account.institution is None:
        return None
    code, key = account.institution
    try:
        return Institution.objects.get(member__code=code, key=key)
    except Institution.DoesNotExist:
        raise CommandError(
            f"{account.username} acts for the institution “{key}” of {code}, which is not there: "
            f"run manage.py {LOADED_BY[code]} first."
        ) from None


def set_up(account: Account, hashed: str):
    """Makes the account, or brings it back to what it is for, with this password."""
    user, _ = User.objects.get_or_create(username=account.username)
    user.role, user.institution = account.role, institution_of(account)
    user.is_staff, user.is_active, user.is_superuser = True, True, account.is_superuser
    user.email = f"{account.username}@example.org"  # a name that reaches nobody; embedded, mails are files
    user.password = hashed
    user.save()


def checked_password() -> tuple[str, str]:
    """The password and what to print for it: one from the environment is not shown again."""
    given = os.environ.get("DEMO_PASSWORD", "")
    if not given:
        password = secrets.token_urlsafe(12)
        return password, f"Password of all: {password}"
    if settings.PRODUCTION:
        try:
            validate_password(given)
        except ValidationError as error:
            raise CommandError(f"DEMO_PASSWORD is too weak for production: {' '.join(error.messages)}") from error
    return given, "Password of all: the one in DEMO_PASSWORD."


class Command(BaseCommand):
    help = (
        "Makes an account for each kind of user, for trying the tracker out, all with the password in DEMO_PASSWORD or "
        "a new one, which is printed. Run again, it sets the accounts back and gives them the password anew."
    )

    def add_arguments(self, parser):
        parser.add_argument("--address", default="", help="The site's address, to print where to sign in.")
        parser.add_argument("--really", action="store_true", help="Makes them in production mode, too.")

    def handle(self, *args, **options):
        if settings.PRODUCTION and not options["really"]:
            raise CommandError(
                "This is a production installation: accounts that share a password do not belong here. "
                "If you mean it all the same, add --really."
            )
        password, said = checked_password()
        hashed = make_password(password)  # once: a hash takes long on purpose
        with transaction.atomic():
            for account in ACCOUNTS:
                set_up(account, hashed)
        self.write_table(said, options["address"])

    def write_table(self, said, address):
        width = max(len(account.username) for account in ACCOUNTS)
        self.stdout.write(f"{'Account':{width}}  What it is for")
        for account in ACCOUNTS:
            self.stdout.write(f"{account.username:{width}}  {account.purpose}")
        self.stdout.write(said)
        if address:
            self.stdout.write(f"Sign in at {address.rstrip('/')}/admin/")
