"""``manage.py load_plan FILE …``: documents and plans from reviewable files (docs/set-up.md), all or nothing."""

from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Q

from commitments.loading import FixtureError, load_document, load_plan, read_yaml
from commitments.models import ActionPlan
from milestones.loading import load_milestones
from search import index


def load_file(path: Path) -> tuple[str, int, int]:
    """The plan's address name, and how many commitments and milestones the file gives it."""
    content = dict(read_yaml(path))
    for document in content.pop("documents", None) or []:
        load_document(document)
    loaded = load_plan(content)
    for commitment, rows in loaded:
        load_milestones(commitment, rows)
    check(ActionPlan.objects.get(slug=content["plan"]["slug"]))
    return content["plan"]["slug"], len(loaded), sum(len(rows) for _commitment, rows in loaded)


def check(plan: ActionPlan) -> None:
    """Values that the database takes and the admin's forms would not. Raises ``ValidationError``, naming the row."""
    institutions = plan.member.institutions.filter(Q(commitments__plan=plan) | Q(forum_seats__plan=plan)).distinct()
    for row in (plan, *institutions, *plan.themes.all(), *plan.commitments.all()):
        try:
            row.full_clean()
        except ValidationError as error:
            raise ValidationError([f"{row}: {words}" for words in error.messages]) from error


def reason_of(error: Exception) -> str:
    """What is wrong, in a sentence: a key that a file lacks is an error that says nothing by itself."""
    if isinstance(error, KeyError):
        return f"{error} is missing."
    words = " ".join(error.messages) if isinstance(error, ValidationError) else " ".join(str(error).split())
    return words if words.endswith(".") else f"{words}."


FAULTS = (
    FixtureError,
    KeyError,
    TypeError,
    ValueError,
    ValidationError,
    IntegrityError,
    DataError,
    OSError,
    yaml.YAMLError,
)


class Command(BaseCommand):
    help = "Loads action plans with their commitments and milestones from YAML files. All or nothing, safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args, files, **options):
        with transaction.atomic():
            for path in files:
                self.load(path)
        index.refresh()

    def load(self, path):
        try:
            slug, commitments, milestones = load_file(path)
        except FAULTS as error:
            raise CommandError(f"{path}: {reason_of(error)} Nothing was loaded.") from error
        self.stdout.write(f"{slug}: {commitments} commitments, {milestones} milestones.")
