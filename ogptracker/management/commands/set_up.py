"""``manage.py set_up``: a new member's first questions, asked at the terminal or answered by a file."""

from pathlib import Path

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.links import INVITATION
from ogptracker.set_up import Question, questions, read_answers, set_up


def pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def answers_of(path: Path) -> dict:
    """The file's answers as written. Raises ``CommandError`` where it cannot be read as a table of answers."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    if not isinstance(given, dict):
        raise CommandError(f"{path} holds no answers: each stands on a line of its own, as “name: Ghana”.")
    return given


class Command(BaseCommand):
    help = "Asks what a new member needs (name, languages, time zone, institutions, administrator) and makes it."

    def add_arguments(self, parser):
        parser.add_argument("--answers", type=Path, help="A YAML file with the answers: nothing is asked then.")

    def handle(self, *args, answers, **options):
        if pending_migrations():
            raise CommandError("The database is not up to date: run manage.py migrate first.")
        try:
            given = read_answers(answers_of(answers)) if answers else self.ask_all()
        except ValueError as error:
            raise CommandError(f"Nothing was made.\n{error}") from error
        except (EOFError, KeyboardInterrupt):
            raise CommandError("Stopped: nothing was made.") from None
        member, user = set_up(given)
        self.tell(member, user)

    # Asking -----------------------------------------------------------------------------------------------------------
    def ask_all(self) -> dict:
        self.stdout.write(
            "A few questions; an empty line takes what stands in brackets. Ctrl-C ends without a trace.\n"
        )
        answers = {}
        for question in questions():
            answers[question.key] = self.ask(question, answers)
        return answers

    def ask(self, question: Question, earlier: dict):
        suggested = question.suggest(earlier)
        shown = f" [{suggested}]" if suggested else " (an empty line: none)" if suggested == "" else ""
        self.stdout.write(f"\n{question.words}{shown}")
        while True:
            given = self.lines() if question.many else input("> ")
            try:
                return question.read(suggested if not given and suggested is not None else given)
            except ValueError as error:
                self.stdout.write(str(error))

    def lines(self) -> list[str]:
        """Lines until an empty one."""
        return list(iter(lambda: input("> ").strip(), ""))

    # Telling ----------------------------------------------------------------------------------------------------------
    def tell(self, member, user):
        count = member.institutions.count()
        self.stdout.write(f"\n{member.name} is set up, with {count} institution{'' if count == 1 else 's'}.")
        if user:
            self.stdout.write(f"{user.username} chooses a password here, once, within {INVITATION.holds.days} days:")
            self.stdout.write(f"  {INVITATION.make(user, timezone.now())}")
        if not settings.SITE_URL:
            self.stdout.write("SITE_URL is not set: put the tracker's address before that path, and set it for mails.")
        self.stdout.write("Next, in docs/set-up.md: the first plan, the people who report, and how to look after it.")
