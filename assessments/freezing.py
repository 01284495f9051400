"""Published versions: both languages frozen at once, numbered, each with what changed since the one before.

What is frozen is a ``Subject``; those of self-assessments are made here, those of the IRM's reviews and of whole plans
in ``irm_freezing``. Whoever freezes one holds its row until the transaction ends, so of two that freeze it at once the
second finds the first's version.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from commitments.dates import local_date

from . import differences, snapshots
from .models import SelfAssessment, Snapshot

LANGUAGES = [code for code, _name in settings.LANGUAGES]


@dataclass(frozen=True)
class Subject:
    """What a snapshot is of. *data* gives what the record says of it in a language; *links* are the rows that the
    snapshot names beside the plan; *draft_page* gives the path of what a trial export is found under."""

    key: str
    kind: str
    plan: Any
    data: Callable[[str], dict]
    draft_page: Callable[[], str]
    links: dict = field(default_factory=dict)
    languages: tuple[str, ...] = tuple(LANGUAGES)
    version_page: str = "snapshot-version"

    def rows(self):
        return Snapshot.objects.filter(subject=self.key)

    def address(self, version: int | None, language: str) -> str:
        """Where a reader finds what is frozen: the version's own page; for a draft the page of what is drafted."""
        with translation.override(language):
            if version is None:
                return settings.SITE_URL + self.draft_page()
            name = self.key.rsplit("/", 1)[-1] if self.version_page == "assessment-version" else self.key
            return settings.SITE_URL + reverse(self.version_page, args=[name, version])


class NotPublished(Exception):
    """Only a published self-assessment gets numbered versions: a number makes it public for good."""


# Subjects -------------------------------------------------------------------------------------------------------------
def next_version(subject: Subject, user, reason: str = "") -> list[Snapshot]:
    """The subject's snapshots as the record is now, one a language: the latest version's when they say the same, else
    the next version's. *user* is who publishes it (None for a command). Only within a transaction that holds its row.
    """
    new = {language: subject.data(language) for language in subject.languages}
    latest = {row.language: row for row in latest_version(subject)}
    if all(code in latest and says_the_same(latest[code], new[code]) for code in new):
        return [latest[code] for code in new]
    version = next_number(subject)
    return [make(subject, new[code], version, user, reason, latest.get(code)) for code in new]


def trial_of(subject: Subject, language: str) -> Snapshot:
    """A snapshot of a draft as it is now, without a number: the one there is when it says the same."""
    data = subject.data(language)
    earlier = subject.rows().trials().filter(language=language)
    for snapshot in earlier.order_by("-pk").iterator(chunk_size=10):
        if says_the_same(snapshot, data):
            return snapshot
    return make(subject, data, None, None, "", None)


def latest_version(subject: Subject) -> list[Snapshot]:
    """The newest version in each language; languages can differ in snapshots older than common versions."""
    rows = subject.rows().published()
    found = (rows.filter(language=code).order_by("-version").first() for code in subject.languages)
    return [snapshot for snapshot in found if snapshot is not None]


def next_number(subject: Subject) -> int:
    numbers = subject.rows().published().order_by("-version")
    return (numbers.values_list("version", flat=True).first() or 0) + 1


def says_the_same(snapshot: Snapshot, data: dict) -> bool:
    """Whether the snapshot would be frozen again: its number, date and link checks aside, nothing has changed."""
    return snapshot.data.get("format") == data["format"] and differences.substance(
        snapshot.data
    ) == differences.substance(data)


def make(subject: Subject, data: dict, version: int | None, user, reason: str, before: Snapshot | None) -> Snapshot:
    """Writes the snapshot, dated with the day where the member is."""
    language = data["language"]
    frozen_on = local_date(subject.plan.member.time_zone)
    data = data | {
        "version": version,
        "frozen_on": frozen_on.isoformat(),
        "address": subject.address(version, language),
    }
    return Snapshot.objects.create(
        subject=subject.key,
        kind=subject.kind,
        plan=subject.plan,
        **subject.links,
        language=language,
        version=version,
        data=data,
        sha256=snapshots.digest(data),
        frozen_on=frozen_on,
        reason=reason,
        differences=differences.between(before.data, data, language) if before else [],
        published_by=user,
    )


# Self-assessments -----------------------------------------------------------------------------------------------------
@transaction.atomic
def freeze(assessment: SelfAssessment, user, reason: str = "") -> list[Snapshot]:
    """The latest version of a published self-assessment, frozen when the record says something new. Raises
    NotPublished."""
    assessment = locked(assessment)
    if assessment.stage != SelfAssessment.Stage.PUBLISHED:
        raise NotPublished(f"The self-assessment {assessment.slug!r} is not published.")
    return next_version(subject_of(assessment), user, reason)


@transaction.atomic
def trial(assessment: SelfAssessment, language: str) -> Snapshot:
    """A snapshot of a draft as it is now, without a number."""
    return trial_of(subject_of(locked(assessment)), language)


@transaction.atomic
def current(assessment: SelfAssessment, language: str, user, reason: str = "") -> Snapshot:
    """The snapshot that a report on the self-assessment as it is now is made from."""
    assessment = locked(assessment)
    if assessment.stage != SelfAssessment.Stage.PUBLISHED:
        return trial(assessment, language)
    return next(snapshot for snapshot in freeze(assessment, user, reason) if snapshot.language == language)


def locked(assessment: SelfAssessment) -> SelfAssessment:
    """The row as it is now, held until the transaction ends."""
    rows = SelfAssessment.objects.select_related("plan__member").select_for_update(of=("self",))
    return rows.get(pk=assessment.pk)


def subject_of(assessment: SelfAssessment) -> Subject:
    return Subject(
        key=f"self-assessment/{assessment.slug}",
        kind=Snapshot.Kind.SELF_ASSESSMENT,
        plan=assessment.plan,
        data=lambda language: snapshots.snapshot(assessment, language),
        draft_page=assessment.get_absolute_url,
        links={"assessment": assessment},
        version_page="assessment-version",
    )
