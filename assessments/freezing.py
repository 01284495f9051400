"""Published versions: both languages frozen at once, numbered, each with what changed since the one before."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from commitments.dates import local_date

from . import differences, snapshots
from .models import SelfAssessment, Snapshot

LANGUAGES = [code for code, _name in settings.LANGUAGES]


class NotPublished(Exception):
    """Only a published self-assessment gets numbered versions: a number makes it public for good."""


@transaction.atomic
def freeze(assessment: SelfAssessment, user, reason: str = "") -> list[Snapshot]:
    """The snapshots of the published self-assessment as it is now, one a language: the latest version's when they say
    the same, else the next version's. *user* is who publishes it (None for a command). Raises NotPublished.

    The self-assessment's row is locked first, so of two that freeze it at once the second finds the first's version.
    """
    assessment = locked(assessment)
    if assessment.stage != SelfAssessment.Stage.PUBLISHED:
        raise NotPublished(f"The self-assessment {assessment.slug!r} is not published.")
    new = {language: snapshots.snapshot(assessment, language) for language in LANGUAGES}
    latest = {row.language: row for row in latest_version(assessment)}
    if all(code in latest and says_the_same(latest[code], new[code]) for code in LANGUAGES):
        return [latest[code] for code in LANGUAGES]
    version = next_number(assessment)
    return [make(assessment, new[code], version, user, reason, latest.get(code)) for code in LANGUAGES]


@transaction.atomic
def trial(assessment: SelfAssessment, language: str) -> Snapshot:
    """A snapshot of a draft as it is now, without a number: the one there is when it says the same."""
    assessment = locked(assessment)
    data = snapshots.snapshot(assessment, language)
    earlier = Snapshot.objects.trials().filter(subject=subject_of(assessment), language=language)
    for snapshot in earlier.order_by("-pk").iterator(chunk_size=10):
        if says_the_same(snapshot, data):
            return snapshot
    return make(assessment, data, None, None, "", None)


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


def subject_of(assessment: SelfAssessment) -> str:
    return f"self-assessment/{assessment.slug}"


def latest_version(assessment: SelfAssessment) -> list[Snapshot]:
    """The newest version in each language; languages can differ in snapshots older than common versions."""
    rows = Snapshot.objects.published().filter(subject=subject_of(assessment))
    found = (rows.filter(language=code).order_by("-version").first() for code in LANGUAGES)
    return [snapshot for snapshot in found if snapshot is not None]


def next_number(assessment: SelfAssessment) -> int:
    numbers = Snapshot.objects.published().filter(subject=subject_of(assessment)).order_by("-version")
    return (numbers.values_list("version", flat=True).first() or 0) + 1


def says_the_same(snapshot: Snapshot, data: dict) -> bool:
    """Whether the snapshot would be frozen again: its number, date and link checks aside, nothing has changed."""
    return snapshot.data.get("format") == data["format"] and differences.substance(
        snapshot.data
    ) == differences.substance(data)


def make(assessment, data: dict, version: int | None, user, reason: str, before: Snapshot | None) -> Snapshot:
    """Writes the snapshot, dated with the day where the member is."""
    language = data["language"]
    frozen_on = local_date(assessment.plan.member.time_zone)
    data = data | {
        "version": version,
        "frozen_on": frozen_on.isoformat(),
        "address": address(assessment, version, language),
    }
    return Snapshot.objects.create(
        subject=subject_of(assessment),
        kind=Snapshot.Kind.SELF_ASSESSMENT,
        assessment=assessment,
        plan=assessment.plan,
        language=language,
        version=version,
        data=data,
        sha256=snapshots.digest(data),
        frozen_on=frozen_on,
        reason=reason,
        differences=differences.between(before.data, data, language) if before else [],
        published_by=user,
    )


def address(assessment: SelfAssessment, version: int | None, language: str) -> str:
    """Where a reader finds what is frozen: the version's own page; for a draft, the page of the self-assessment."""
    with translation.override(language):
        if version is None:
            return settings.SITE_URL + assessment.get_absolute_url()
        return settings.SITE_URL + reverse("assessment-version", args=[assessment.slug, version])
