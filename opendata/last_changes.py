"""When something was last said of a commitment or a plan: the newest report, deadline or assessment with a day."""

from datetime import date

from django.db.models import Max, QuerySet

from assessments.irm_models import Coding
from assessments.models import SelfAssessment, SelfAssessmentEntry
from commitments.kept import kept_of
from commitments.models import Commitment
from milestones.models import Deadline, StatusUpdate


def newest(*groups: dict[int, date | None]) -> dict[int, date]:
    """Of each key, the latest day that any of the groups has."""
    found: dict[int, date] = {}
    for group in groups:
        for key, day in group.items():
            if day and (key not in found or day > found[key]):
                found[key] = day
    return found


def latest(rows, key: str, day: str, keys: list[int]) -> dict[int, date | None]:
    """The latest *day* of the rows of each of the *keys*. One query."""
    rows = rows.filter(**{f"{key}__in": keys}).order_by()
    return dict(rows.values_list(key).annotate(latest=Max(day)).values_list(key, "latest"))


def said() -> list[tuple[QuerySet, str, str]]:
    """What tells that something changed about a commitment: rows, the way to the commitment, and the day."""
    entries = SelfAssessmentEntry.objects.filter(assessment__stage=SelfAssessment.Stage.PUBLISHED)
    codings = Coding.objects.public()
    return [
        (StatusUpdate.objects.approved(), "milestone__commitment", "published_on"),
        (Deadline.objects.exclude(set_on=None), "milestone__commitment", "set_on"),
        (entries, "commitment", "assessment__published_on"),
        (codings, "commitment", "review__published_on"),
        (entries, "commitment", "since"),  # corrections
        (codings, "commitment", "since"),
    ]


def changes(within: str, keys: list[int]) -> dict[int, date]:
    """When something was last said of commitments (*within* is ""), or of the plans of commitments ("__plan"), with
    these keys. Six queries."""
    return newest(*(latest(rows, f"{path}{within}", day, keys) for rows, path, day in said()))


def last_change() -> date | None:
    """When something was last said of any real commitment. Kept; six queries to find out."""

    def found() -> date | None:
        days = []
        for rows, path, day in said():  # ordered, not MAX(): the newest report is the first in an index
            real = rows.filter(**{f"{path}__plan__member__is_fictional": False, f"{day}__isnull": False})
            days += real.order_by(f"-{day}").values_list(day, flat=True)[:1]
        return max(days, default=None)

    return kept_of(Commitment.objects.real(), "last change", found, None)
