"""Claim and finding side by side: what the government says of a commitment, what the IRM found, and the gap.

The two vocabularies are never merged: "Completed" and "Complete" stay what they are. For the gap alone each is given
its step on the scale that both have in common, from not started (0) to complete (3). "Withdrawn" and "No evidence
available" are no steps. The latest self-assessment and the latest IRM review that rate completion are compared.
"""

from collections import Counter, defaultdict
from datetime import date

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _

from commitments.kept import kept_of
from milestones.models import Milestone

from .known import codings_known, entries_known

CLAIMED = {"not_started": 0, "limited": 1, "substantial": 2, "completed": 3}
FOUND = {"not_started": 0, "limited": 1, "substantial": 2, "complete": 3}
NOTHING_FOUND = ("not_started", "no_evidence")


class Gap(TextChoices):
    """How claim and finding stand to each other."""

    MORE = "more", _("The government says more than the IRM found")
    DESCRIBED = "described", _("Results are described; the IRM coded “Not started” or “No evidence available”")
    SAME = "same", _("The same level")
    LESS = "less", _("The government says less than the IRM found")
    ONE = "one", _("Only one of them has said a level")
    NONE = "none", _("Neither has said a level")


COMPARABLE = (Gap.MORE, Gap.SAME, Gap.LESS)  # both levels stand on the common scale


def latest(rows, field: str):
    """The *field* of the latest of a commitment's rows that has it; null when none does."""
    return Subquery(rows.filter(commitment=OuterRef("pk")).exclude(**{field: ""}).reverse().values(field)[:1])


def step(field: str, scale: dict[str, int]):
    return Case(*(When(**{field: name}, then=Value(n)) for name, n in scale.items()), output_field=IntegerField())


def with_gap(commitments, on: date):
    """Adds ``claimed`` and ``found`` (the two levels, each in its own words), ``described`` (whether results are),
    ``claimed_step`` and ``found_step`` (null: none on the common scale), and ``gap``, as known on the day. Only
    commitments that somebody has assessed."""
    entries, codings = entries_known(on), codings_known(on)
    described = entries.filter(commitment=OuterRef("pk"), results__isnull=False)
    assessed = Q(Exists(entries.filter(commitment=OuterRef("pk")))) | Q(
        Exists(codings.filter(commitment=OuterRef("pk")))
    )
    rows = commitments.filter(assessed).annotate(
        claimed=latest(entries, "completion_level"), found=latest(codings, "completion"), described=Exists(described)
    )
    return rows.annotate(claimed_step=step("claimed", CLAIMED), found_step=step("found", FOUND)).annotate(gap=gap_of())


def gap_of():
    """The rule, in the order in which it is asked. ``gap_between`` is the same for values at hand."""
    both = Q(claimed_step__isnull=False, found_step__isnull=False)
    return Case(
        When(both & Q(claimed_step__gt=F("found_step")), then=Value(Gap.MORE)),
        When(both & Q(claimed_step__lt=F("found_step")), then=Value(Gap.LESS)),
        When(both, then=Value(Gap.SAME)),
        When(Q(described=True, claimed__isnull=True, found__in=NOTHING_FOUND), then=Value(Gap.DESCRIBED)),
        When(Q(claimed__isnull=False) | Q(found__isnull=False), then=Value(Gap.ONE)),
        default=Value(Gap.NONE),
    )


def gap_between(claimed: str | None, found: str | None, described: bool) -> Gap:
    """The rule of ``gap_of``. Many rows are counted by what it asks for and put together here: the database would look
    up both levels again for each of its questions."""
    said, seen = CLAIMED.get(claimed), FOUND.get(found)
    if said is not None and seen is not None:
        return Gap.SAME if said == seen else Gap.MORE if said > seen else Gap.LESS
    if described and claimed is None and found in NOTHING_FOUND:
        return Gap.DESCRIBED
    return Gap.NONE if claimed is None and found is None else Gap.ONE


def with_voices(commitments, on: date):
    """The rows with what each voice says of them: ``states`` (milestones), ``claims`` (forms of self-assessments) and
    ``findings`` (codings), the earlier first. Three queries more, however many rows there are."""
    milestones = Milestone.objects.with_state(on).order_by("position")
    return commitments.select_related("plan__member").prefetch_related(
        Prefetch("milestones", milestones, to_attr="states"),
        Prefetch(
            "self_assessment_entries",
            entries_known(on).annotate(result_count=Count("results")),
            to_attr="claims",
        ),
        Prefetch("codings", codings_known(on).with_starred(), to_attr="findings"),
    )


def numbers_by(rows, key: str) -> dict[int, Counter]:
    """How many commitments have which gap, by the value of *key*: one query."""
    rows = rows.prefetch_related(None).order_by().values(key, "claimed", "found", "described").annotate(n=Count("pk"))
    return kept_of(rows, "gaps", lambda: added_up(rows.values_list(key, "claimed", "found", "described", "n")), {})


def added_up(rows) -> dict[int, Counter]:
    numbers = defaultdict(Counter)
    for value, claimed, found, described, n in rows:
        numbers[value][gap_between(claimed, found, described).value] += n
    return dict(numbers)
