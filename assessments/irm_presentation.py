"""Codings, recommendations and codebooks made ready for pages. Labels are the models' own, in the reader's language."""

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from . import codebooks
from .absence import reason
from .irm_models import Coding, IRMReview, PlanRequirement, RecommendationUptake, value_label

BESIDE = ("behind_schedule", "rationale", "evidence", "confidence")  # what stands beside the indicators


def indicator_label(name: str) -> str:
    return capfirst(str(Coding._meta.get_field(name).verbose_name))


@dataclass(frozen=True)
class Finding:
    """One indicator of a coding: ``value`` empty is not stated, ``code`` None is an indicator without codes."""

    name: str
    label: str
    stored: str | bool | None
    value: str
    code: int | None


@dataclass(frozen=True)
class Coded:
    """A coding: what it states of its method's indicators, and the labels of all that it does not, by the reason."""

    coding: Coding
    stated: list[Finding]
    empty: dict[str, list[str]]


def finding_of(coding: Coding, indicator: codebooks.Indicator) -> Finding:
    stored = getattr(coding, indicator.name)
    row = indicator.value_of(stored)
    value = value_label(indicator.name, stored) if row else ""
    return Finding(indicator.name, indicator_label(indicator.name), stored, value, row and row.code)


def coded(coding: Coding) -> Coded:
    """Without a reason of its own, what is empty is not stated in the source."""
    findings = [finding_of(coding, indicator) for indicator in coding.codebook.indicators]
    empty: dict[str, list[str]] = {}
    for finding in findings:
        if not finding.value:
            empty.setdefault(reason(coding, finding.name) or _("Not stated in the source"), []).append(finding.label)
    for name in BESIDE:
        if getattr(coding, name) in ("", None, []):
            empty.setdefault(_("Not stated in the source"), []).append(indicator_label(name))
    return Coded(coding, [finding for finding in findings if finding.value], empty)


@dataclass(frozen=True)
class Answer:
    """What became of a recommendation under each later plan of the member: None where no source says anything."""

    recommendation: object
    by_plan: list[tuple[object, RecommendationUptake | None]]


def answers(recommendations, later_plans) -> list[Answer]:
    """One a recommendation, whose ``uptakes`` came with it."""
    plans = list(later_plans)
    found = []
    for recommendation in recommendations:
        uptakes = {uptake.plan_id: uptake for uptake in recommendation.uptakes.all()}
        found.append(Answer(recommendation, [(plan, uptakes.get(plan.pk)) for plan in plans]))
    return found


def requirements(review: IRMReview) -> list[tuple[str, PlanRequirement | None]]:
    """Every minimum requirement in order, with what the review found on it. Empty when it found nothing on any."""
    rows = {row.code: row for row in review.requirements.all()}
    return [(label, rows.get(code)) for code, label in PlanRequirement.Code.choices] if rows else []


def method_label(version: str) -> str:
    return str(IRMReview.Method(version).label)


def codebook_rows(book: codebooks.Codebook) -> list[dict]:
    """The indicators with their labels and values in the reader's language."""
    return [
        {
            "indicator": indicator,
            "label": indicator_label(indicator.name),
            "used": _("all plans") if indicator.plans_of == "all" else years(indicator),
            "values": [{"label": value_label(indicator.name, row.value), "row": row} for row in indicator.values],
        }
        for indicator in book.indicators
    ]


def years(indicator: codebooks.Indicator) -> str:
    """The plans that an indicator is used for, by their years."""
    if indicator.last_year is None:
        return _("plans of %(first)s on") % {"first": indicator.first_year}
    words = {"first": indicator.first_year, "last": indicator.last_year}
    if indicator.plans_of.startswith("about"):
        return _("plans of about %(first)s to %(last)s") % words
    return _("plans of %(first)s to %(last)s") % words


def matrix() -> list[dict]:
    """Every indicator with a yes or no for each version of the method, in the order of the versions."""
    return [
        {
            "indicator": indicator,
            "label": indicator_label(indicator.name),
            "has": [(method_label(book.version), indicator in book.indicators) for book in codebooks.CODEBOOKS],
        }
        for indicator in codebooks.INDICATORS
    ]
