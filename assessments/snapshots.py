"""A self-assessment and what the IRM found, frozen as plain data that can be hashed, kept and printed.

The same rows give the same data on any day: nothing here reads the clock. The government's words (``entries``) and the
IRM's (``irm``) stay in separate branches. Codes are kept as codes; the printed words come from the report's language.
"""

import hashlib
import json

from django.conf import settings
from django.db.models import Prefetch
from django.utils import translation

from commitments.dates import local_date
from commitments.templatetags.record import runs
from milestones.models import Link

from .models import Coding, EntryResult, IRMReview, Recommendation, SelfAssessment, SelfAssessmentEntry

FORMAT = 2  # of the data; raise it when the shape changes, so that old snapshots are not taken for new ones

INDICATORS = Coding.GRADED + Coding.YES_NO


def snapshot(assessment: SelfAssessment, language: str) -> dict:
    """Everything a report on *assessment* says, as JSON data. Nine queries, however many forms it has."""
    assessment = SelfAssessment.objects.select_related("document", "plan__member", "plan__document").get(
        pk=assessment.pk
    )
    plan = assessment.plan
    sources = Sources()
    entries = list(entries_of(assessment))
    checks = link_checks(entries, plan.member.time_zone)
    return {
        "format": FORMAT,
        "language": language,
        "member": {
            "code": plan.member.code,
            "name": localized(plan.member, "name", language),
            "is_fictional": plan.member.is_fictional,
        },
        "plan": plan_data(plan, language, sources),
        "assessment": {
            "slug": assessment.slug,
            "kind": assessment.kind,
            "title": localized(assessment, "title", language),
            "stage": assessment.stage,
            "published": published(assessment),
            "address": address(assessment, language),
            "source": sources.cite(assessment),
        },
        "sections": [
            section_data(section, language, sources) for section in assessment.sections.select_related("document")
        ],
        "entries": [entry_data(entry, language, sources, checks) for entry in entries],
        "irm": [review_data(review, language, sources) for review in reviews_of(plan)],
        "documents": sources.documents,
    }


def canonical_json(data: dict) -> bytes:
    """The one spelling of *data*: sorted keys, no spaces, UTF-8."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest(data: dict) -> str:
    """SHA-256 of the canonical spelling, in hexadecimal."""
    return hashlib.sha256(canonical_json(data)).hexdigest()


def address(assessment: SelfAssessment, language: str) -> str:
    """The address of the assessment's page in the report's language, whatever language the request came in."""
    with translation.override(language):
        return settings.SITE_URL + assessment.get_absolute_url()


class Sources:
    """The documents cited, in the order of their first citation: a source's number in print is its place here."""

    def __init__(self):
        self.documents = []
        self._keys = set()

    def cite(self, row, document="document", section="section") -> dict:
        """Where *row* was read: the document's key (null when not stated) and the section."""
        source = getattr(row, document)
        if source is not None and source.key not in self._keys:
            self._keys.add(source.key)
            self.documents.append(document_data(source))
        return {"document": source.key if source else None, "section": getattr(row, section)}


def document_data(document) -> dict:
    return {
        "key": document.key,
        "title": document.title,
        "kind": document.kind,
        "language": document.language,
        "published": published(document),
        "sha256": document.sha256,
        "link": document.link,
        "note": document.note,
    }


def localized(row, field: str, language: str):
    """The field's official wording in *language* where the record has one, else as the source has it."""
    return getattr(row, f"{field}_{language}", "") or getattr(row, field)


def published(row) -> dict:
    return {
        "wording": row.published_wording,
        "on": row.published_on.isoformat() if row.published_on else None,
        "precision": row.published_precision,
    }


def plan_data(plan, language: str, sources: Sources) -> dict:
    return {
        "slug": plan.slug,
        "number": plan.number,
        "title": localized(plan, "title", language),
        "period": {
            "wording": plan.period_wording,
            "starts_on": plan.starts_on.isoformat() if plan.starts_on else None,
            "ends_on": plan.ends_on.isoformat() if plan.ends_on else None,
            "precision": plan.period_precision,
            "basis": plan.period_basis,
        },
        "source": sources.cite(plan),
    }


def section_data(section, language: str, sources: Sources) -> dict:
    return {
        "key": section.key,
        "title": localized(section, "title", language),
        "blocks": blocks(localized(section, "body", language)),
        "tables": section.tables,
        "source": sources.cite(section),
    }


def blocks(text: str) -> list[dict]:
    """A text's paragraphs and lists, divided as on the pages: see the filter ``prose``."""
    found = []
    for part in text.split("\n\n"):
        for kind, lines in runs([line for line in part.split("\n") if line.strip()]):
            found.append({"points": [line[2:] for line in lines]} if kind == "items" else {"text": " ".join(lines)})
    return found


def entries_of(assessment):
    """The appendix forms in the plan's order, with results, links, lead institution and source: three queries."""
    return (
        SelfAssessmentEntry.objects.filter(assessment=assessment)
        .select_related("document", "commitment__theme", "lead__parent__parent__parent")
        .prefetch_related(Prefetch("results", EntryResult.objects.order_by("position")), "links")
        .order_by("commitment__position", "pk")
    )


def link_checks(entries, time_zone: str) -> dict[str, dict]:
    """What is known of the addresses that the forms give: state and day of the last check, where the member is."""
    urls = {link.url for entry in entries for link in entry.links.all()}
    rows = Link.objects.filter(url__in=urls, checked_at__isnull=False).values_list("url", "state", "checked_at")
    return {url: {"state": state, "on": local_date(time_zone, at).isoformat()} for url, state, at in rows}


WORDED = ("government_actors", "other_actors", "main_objective", "description", "relevance", "ambition")


def entry_data(entry, language: str, sources: Sources, checks: dict) -> dict:
    return {
        "commitment": commitment_data(entry.commitment, language),
        "lead": institution_names(entry.lead, language),
        "office": entry.office,
        **{field: localized(entry, field, language) for field in WORDED},
        "completion_level": entry.completion_level,
        "completion_note": localized(entry, "completion_note", language),
        "results": [result_data(result, language) for result in entry.results.all()],
        "end_date": entry.end_date_wording,
        "next_steps": localized(entry, "next_steps", language),
        "links": [link_data(link, checks) for link in entry.links.all()],
        "source": sources.cite(entry),
    }


def link_data(link, checks: dict) -> dict:
    return {"label": link.label, "url": link.url, "checked": checks.get(link.url)}


def commitment_data(commitment, language: str) -> dict:
    theme = commitment.theme
    return {
        "number": commitment.number,
        "title": localized(commitment, "title", language),
        "ogp_id": commitment.ogp_id,
        "theme": {"number": theme.number, "title": theme.title} if theme else None,
    }


def institution_names(institution, language: str) -> list[str]:
    """The institution and what it belongs to, outermost first; empty when no lead is stated."""
    names = []
    while institution is not None:
        names.append(localized(institution, "name", language))
        institution = institution.parent
    return names[::-1]


def result_data(result, language: str) -> dict:
    return {
        "number": result.number,
        "heading": localized(result, "heading", language),
        "blocks": blocks(localized(result, "body", language)),
        "facts": result.facts,
        "tables": result.tables,
    }


def reviews_of(plan):
    """The IRM's final reviews of the plan with findings and recommendations: three queries."""
    return (
        IRMReview.objects.public()
        .filter(plan=plan)
        .select_related("document")
        .prefetch_related(
            Prefetch(
                "codings",
                Coding.objects.select_related("document", "commitment__theme").order_by("commitment__position", "pk"),
            ),
            Prefetch(
                "recommendations",
                Recommendation.objects.select_related("document", "response_document").order_by("number"),
            ),
        )
        .order_by("published_on", "pk")
    )


def review_data(review, language: str, sources: Sources) -> dict:
    return {
        "slug": review.slug,
        "product": review.product,
        "method": review.method_version,
        "title": review.title,
        "published_on": review.published_on.isoformat() if review.published_on else None,
        "note": review.note,
        "source": sources.cite(review),
        "findings": [finding_data(coding, language, sources) for coding in review.codings.all()],
        "recommendations": [recommendation_data(row, sources) for row in review.recommendations.all()],
    }


def finding_data(coding, language: str, sources: Sources) -> dict:
    return {
        "commitment": commitment_data(coding.commitment, language),
        "title_as_quoted": coding.title_as_quoted,
        "blocks": blocks(coding.summary),
        "indicators": {name: getattr(coding, name) for name in INDICATORS},
        "source": sources.cite(coding),
    }


def recommendation_data(recommendation, sources: Sources) -> dict:
    return {
        "number": recommendation.number,
        "title": recommendation.title,
        "blocks": blocks(recommendation.text),
        "source": sources.cite(recommendation),
        "response": blocks(recommendation.response),
        "response_source": sources.cite(recommendation, "response_document", "response_section"),
    }
