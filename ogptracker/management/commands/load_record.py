"""Loads the record from ``fixtures/``: safe to repeat, all or nothing."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from assessments.loading import load_irm_review, load_self_assessment
from commitments.loading import FixtureError, load_document, load_member, load_plan, load_point_of_contact, read_yaml
from milestones.loading import load_milestones
from search import index

PLANS = ["kr-1", "kr-2", "kr-3", "kr-4", "kr-5"]


@transaction.atomic
def load_record(folder):
    """Loads every fixture, in the order in which they refer to each other."""
    members = read_yaml(folder / "members.yaml")["members"]
    for data in members:
        load_member(data)
    for data in read_yaml(folder / "documents.yaml")["documents"]:
        load_document(data)
    for name in PLANS:
        for commitment, rows in load_plan(read_yaml(folder / f"{name}.yaml")):
            load_milestones(commitment, rows)
    load_self_assessment(read_yaml(folder / "kr-2-end-of-term.yaml"))
    load_irm_review(read_yaml(folder / "kr-2-irm.yaml"))
    for data in members:
        load_point_of_contact(data)


class Command(BaseCommand):
    help = "Loads the record of the Republic of Korea from fixtures/. Safe to repeat."

    def handle(self, *args, **options):
        try:
            load_record(settings.FIXTURES_DIR)
        except FixtureError as error:
            raise CommandError(str(error)) from error
        index.refresh()
        self.stdout.write("The record is loaded.")
