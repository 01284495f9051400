"""Loads a plan's milestones, exactly as written, and reads their deadlines."""

from django.db.models import Q
from django.utils.translation import gettext_noop

from commitments.loading import FixtureError, only, text
from commitments.models import Commitment

from .models import Milestone
from .services import read_deadlines

REPAIRED = gettext_noop("The source's text is damaged here; the words were restored where they are certain.")
DAMAGED = gettext_noop(
    "The source's text is damaged here; it stands as found, because the intended words are not certain."
)


def title_note(row: dict) -> str:
    if row.get("title_damaged"):
        return DAMAGED
    return REPAIRED if row.get("title_repaired") else ""


def load_milestones(commitment: Commitment, rows: list[dict]):
    """Brings a commitment's milestones to the file's rows. A milestone that carries reports or corrections
    is never dropped."""
    where = f"{commitment.plan.slug} {commitment.number}"
    for position, row in enumerate(rows, 1):
        only(row, "group title title_ko start end title_repaired title_damaged", f"{where} milestone {position}")
        milestone, _ = Milestone.objects.update_or_create(
            commitment=commitment,
            position=position,
            defaults={
                "group": text(row, "group"),
                "title": text(row, "title"),
                "title_ko": text(row, "title_ko"),
                "title_note": title_note(row),
                "published_start": text(row, "start"),
                "published_end": text(row, "end"),
                "document": commitment.document,
                "section": commitment.section,
            },
        )
        read_deadlines(milestone)
    surplus = commitment.milestones.filter(position__gt=len(rows))
    if surplus.filter(Q(updates__isnull=False) | Q(corrections__isnull=False)).exists():
        raise FixtureError(f"{where}: a milestone that is no longer in the file carries reports or corrections")
    surplus.delete()
