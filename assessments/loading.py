"""Loads a self-assessment and the IRM's findings from ``fixtures/``."""

from commitments.loading import document_of, find, only, replace_children, text
from commitments.models import ActionPlan, Commitment, Institution

from .models import (
    Coding,
    EntryLink,
    EntryResult,
    IRMReview,
    Recommendation,
    RecommendationUptake,
    SelfAssessment,
    SelfAssessmentEntry,
    SelfAssessmentSection,
)

TABLE_KEYS = "title unit columns rows source note"


def checked_tables(rows: list[dict] | None, where: str) -> list[dict]:
    """Tables whose rows are as wide as their heads."""
    for table in rows or []:
        only(table, TABLE_KEYS, where)
        width = len(table["columns"])
        if any(len(row) != width for row in table["rows"]):
            raise ValueError(f"{where}: a row of “{table['title']}” is not {width} cells wide")
    return rows or []


def points(rows: list[dict] | None, where: str) -> list[dict]:
    """The points of a brief description, each with its number (or none) and its text."""
    for row in rows or []:
        if set(only(row, "number text", where)) != {"number", "text"}:
            raise ValueError(f"{where}: a point of the description has a number and a text")
    return rows or []


def load_self_assessment(content: dict) -> SelfAssessment:
    data = only(
        content["self_assessment"], "slug plan kind title published document sections entries", "self-assessment"
    )
    document = document_of(data)
    assessment, _ = SelfAssessment.objects.update_or_create(
        slug=data["slug"],
        defaults={
            "plan": find(ActionPlan, data["slug"], slug=data["plan"]),
            "kind": data["kind"],
            "title": data["title"],
            "stage": SelfAssessment.Stage.PUBLISHED,
            "published_wording": text(data, "published"),
            "published_on": document.published_on,
            "published_precision": document.published_precision,
            "document": document,
            "section": document.title,
        },
    )
    load_sections(assessment, data["sections"])
    for row in data["entries"]:
        load_entry(assessment, row)
    return assessment


def load_sections(assessment: SelfAssessment, rows: list[dict]):
    sections = [
        {
            "key": only(row, "key title body section tables", f"{assessment.slug} section")["key"],
            "position": position,
            "title": row["title"],
            "body": text(row, "body"),
            "tables": checked_tables(row.get("tables"), row["title"]),
            "document": assessment.document,
            "section": text(row, "section"),
        }
        for position, row in enumerate(rows, 1)
    ]
    replace_children(SelfAssessmentSection, {"assessment": assessment}, "key", sections)


ENTRY_TEXTS = [
    "office",
    "government_actors",
    "other_actors",
    "main_objective",
    "relevance",
    "ambition",
    "completion_note",
    "next_steps",
]


def load_entry(assessment: SelfAssessment, data: dict):
    where = f"{assessment.slug} {data.get('commitment')}"
    known = "commitment lead description completion_level results end_date links section"
    only(data, f"{known} {' '.join(ENTRY_TEXTS)}", where)
    member = assessment.plan.member
    lead = find(Institution, where, member=member, key=data["lead"]) if data.get("lead") else None
    entry, _ = SelfAssessmentEntry.objects.update_or_create(
        assessment=assessment,
        commitment=find(Commitment, where, plan=assessment.plan, number=data["commitment"]),
        defaults={
            "lead": lead,
            "description": points(data.get("description"), where),
            "completion_level": text(data, "completion_level"),
            "end_date_wording": text(data, "end_date"),
            "document": assessment.document,
            "section": text(data, "section"),
        }
        | {name: text(data, name) for name in ENTRY_TEXTS},
    )
    results = [
        {
            "position": position,
            "number": text(only(row, "number heading body facts tables", where), "number"),
            "heading": text(row, "heading"),
            "body": text(row, "body"),
            "facts": row.get("facts") or [],
            "tables": checked_tables(row.get("tables"), where),
        }
        for position, row in enumerate(data.get("results") or [], 1)
    ]
    replace_children(EntryResult, {"entry": entry}, "position", results)
    links = [
        {"position": position, "label": only(row, "label url", where)["label"], "url": row["url"]}
        for position, row in enumerate(data.get("links") or [], 1)
    ]
    replace_children(EntryLink, {"entry": entry}, "position", links)


def load_irm_review(content: dict) -> IRMReview:
    known = "slug plan product title method_version stage public_influence document section note"
    data = only(content["irm_review"], f"{known} codings recommendations", "IRM review")
    review, _ = IRMReview.objects.update_or_create(
        slug=data["slug"],
        defaults={
            "plan": find(ActionPlan, data["slug"], slug=data["plan"]),
            "product": data["product"],
            "method_version": data["method_version"],
            "title": data["title"],
            "stage": data["stage"],
            "public_influence": text(data, "public_influence"),
            "note": text(data, "note"),
            "document": document_of(data),
            "section": text(data, "section"),
        },
    )
    for row in data["codings"]:
        load_coding(review, row)
    known = "number title text response response_document response_section uptake"
    recommendations = [
        {
            "number": only(row, known, f"{review.slug} recommendation")["number"],
            "title": row["title"],
            "text": text(row, "text"),
            "response": text(row, "response"),
            "response_document": document_of(row, name="response_document"),
            "response_section": text(row, "response_section"),
            "document": review.document,
            "section": review.section,
        }
        for row in data["recommendations"]
    ]
    replace_children(Recommendation, {"review": review}, "number", recommendations)
    for row in data["recommendations"]:
        load_uptake(review.recommendations.get(number=row["number"]), row.get("uptake") or [])
    return review


def load_uptake(recommendation: Recommendation, rows: list[dict]):
    """What later plans did, where a document says so: a plan without a row is one that no document says it of."""
    where = f"{recommendation.review.slug} recommendation {recommendation.number}"
    uptakes = [
        {
            "plan": find(ActionPlan, where, slug=only(row, "plan what_was_done document section", where)["plan"]),
            "what_was_done": text(row, "what_was_done"),
            "document": document_of(row),
            "section": text(row, "section"),
        }
        for row in rows
    ]
    replace_children(RecommendationUptake, {"recommendation": recommendation}, "plan", uptakes)


def load_coding(review: IRMReview, data: dict):
    where = f"{review.slug} {data.get('commitment')}"
    words = "completion potential_impact specificity did_it_open_government"
    only(data, f"commitment title_as_quoted summary verifiability relevance behind_schedule section {words}", where)
    relevance = only(
        data.get("relevance") or {},
        "access_to_information civic_participation public_accountability technology_and_innovation",
        where,
    )
    Coding.objects.update_or_create(
        review=review,
        commitment=find(Commitment, where, plan=review.plan, number=data["commitment"]),
        defaults={
            "title_as_quoted": text(data, "title_as_quoted"),
            "summary": text(data, "summary"),
            "verifiability": data.get("verifiability"),
            "behind_schedule": data.get("behind_schedule"),
            "document": review.document,
            "section": text(data, "section"),
        }
        | {name: text(data, name) for name in words.split()}
        | relevance,
    )
