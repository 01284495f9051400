"""Keeps what a published form or a final coding said before it was corrected (``assessments.editions``).

Whoever writes one row takes it ``as_stored`` before, writes, and calls ``keep`` in the same transaction; whoever writes
many calls ``keep_codings`` first. What was said and corrected on one day has stood on none: nothing is kept of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import models

from commitments.dates import local_date

from .irm_models import Coding
from .models import SelfAssessmentEntry

BELOW = {SelfAssessmentEntry: ("results", "links"), Coding: ()}
NOT_SAID = {"id", "entry_id", "since", "until", "edition_of_id", "version"}


@dataclass(frozen=True)
class Stored:
    """A row, and the rows below it, as they were stored."""

    row: SelfAssessmentEntry | Coding
    below: list[models.Model]

    @property
    def said(self) -> list[dict]:
        return [{name: value for name, value in facts(one).items() if name not in NOT_SAID} for one in self.rows]

    @property
    def rows(self) -> list[models.Model]:
        return [self.row, *self.below]


def facts(row: models.Model) -> dict:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def copy(row: models.Model, **changed) -> models.Model:
    """A row like it, not stored yet."""
    return type(row)(**facts(row) | {"id": None} | changed)


def as_stored(row: SelfAssessmentEntry | Coding) -> Stored:
    """The row is held until the transaction ends: of two who correct it at once, the second finds the first's."""
    stored = type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
    return Stored(stored, [one for name in BELOW[type(row)] for one in getattr(stored, name).order_by("position")])


def public_from(row: SelfAssessmentEntry | Coding) -> date | None:
    """The day from which everybody could read what the row says now; None when it is not public. A final review of
    which no day is known has been public for as long as anybody can tell."""
    if isinstance(row, SelfAssessmentEntry):
        return (row.since or row.assessment.published_on) if row.assessment.stage == "published" else None
    if row.review.stage != "final":
        return None
    document = row.review.document
    return row.since or row.review.published_on or (document and document.published_on) or date.min


def has_stood(row: SelfAssessmentEntry | Coding, today: date) -> bool:
    """Whether what the row says was public on a day before today."""
    began = public_from(row)
    return began is not None and began < today


def keep(before: Stored, today: date) -> bool:
    """After a row was written: keeps what it said until today (where the member is), when that has stood and is not
    what it says now. Returns whether it did."""
    if not has_stood(before.row, today) or as_stored(before.row).said == before.said:
        return False
    type(before.row).objects.filter(pk=before.row.pk).update(since=today)
    past = copy(before.row, until=today, edition_of_id=before.row.pk)
    past.save(force_insert=True)
    for one in before.below:
        copy(one, entry_id=past.pk).save(force_insert=True)
    return True


def keep_codings(changed: Iterable[Coding]):
    """Before these codings are written over: keeps what they say until today, and dates the rows that are to be
    written. Two queries."""
    new = {coding.pk: coding for coding in changed}
    past = []
    rows = Coding.objects.select_for_update(of=("self",)).select_related("review__document", "review__plan__member")
    for row in rows.filter(pk__in=new):
        today = local_date(row.review.plan.member.time_zone)
        if has_stood(row, today):
            past.append(copy(row, until=today, edition_of_id=row.pk))
            new[row.pk].since = today
    Coding.objects.bulk_create(past)
