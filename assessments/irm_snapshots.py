"""What the IRM found, frozen as plain data: all final reviews of a plan, those of one commitment, or one draft review.

Beside each finding stands what others said of the same commitment: the government in its self-assessments, and how many
milestones the ministries report where, each with its date and source. What is late is the clock's word, not theirs, and
is left out: the same reports give the same data on any day. Codes stay codes; the printed words come from the
report's language. The codebooks are frozen with the findings that were coded by them.
"""

from collections import Counter
from datetime import date

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import translation

from commitments.models import ActionPlan, Commitment
from milestones.models import Milestone

from .codebooks import BY_VERSION, Codebook, Indicator
from .irm_models import Coding, IRMReview, PlanRequirement, Recommendation, RecommendationUptake
from .known import entries_known
from .snapshots import Sources, blocks, commitment_data, localized, plan_data, published

FORMAT = 1  # of the data; raise it when the shape changes
NOT_REPORTED = "not_reported"


def snapshot(
    reviews: QuerySet, plan: ActionPlan, language: str, on: date, commitment: Commitment | None = None
) -> dict:
    """Everything a report on the *reviews* of the *plan* says, or of one *commitment* over them. *on* is the day until
    which the others' words are known. Twelve queries at most, however many findings there are.

    What concerns the plan as a whole (requirements, recommendations) is left out of a report on one commitment.
    """
    sources = Sources()
    own_plan = plan_data(plan, language, sources)
    rows = list(reviews_with_all(reviews, plan, commitment))
    later = list(plan.member.plans.filter(number__gt=plan.number).order_by("number"))
    found = [review_data(review, language, sources, later, commitment is None) for review in rows]
    codings = [coding for review in rows for coding in review.codings.all()]
    return {
        "format": FORMAT,
        "kind": "irm_commitment" if commitment else "irm_plan",
        "language": language,
        "member": {
            "code": plan.member.code,
            "name": localized(plan.member, "name", language),
            "is_fictional": plan.member.is_fictional,
        },
        "plan": own_plan,
        "commitment": commitment_data(commitment, language) if commitment else None,
        "irm": found,
        "voices": voices(codings, language, sources, on),
        "codebooks": [codebook_data(book, language) for book in books_of(rows)],
        "documents": sources.documents,
    }


def reviews_with_all(reviews: QuerySet, plan: ActionPlan, commitment: Commitment | None) -> QuerySet:
    """The reviews with codings, requirements, and recommendations with their uptake: five queries."""
    codings = Coding.objects.with_starred().select_related("document", "commitment__theme", "commitment__plan")
    codings = codings.filter(commitment=commitment) if commitment else codings
    uptakes = Prefetch("uptakes", RecommendationUptake.objects.select_related("document", "plan"))
    recommendations = Recommendation.objects.select_related("document", "response_document").prefetch_related(uptakes)
    return (
        reviews.filter(plan=plan)
        .select_related("document")
        .prefetch_related(
            Prefetch("codings", codings.order_by("commitment__position", "pk")),
            Prefetch("requirements", PlanRequirement.objects.select_related("document").order_by("code")),
            Prefetch("recommendations", recommendations.order_by("number")),
        )
        .order_by("published_on", "pk")
    )


# Reviews --------------------------------------------------------------------------------------------------------------
def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def review_data(review: IRMReview, language: str, sources: Sources, later: list, of_plan: bool) -> dict:
    requirements = review.requirements.all() if of_plan else []
    recommendations = review.recommendations.all() if of_plan else []
    return {
        "slug": review.slug,
        "product": review.product,
        "method": review.method_version,
        "stage": review.stage,
        "title": review.title,
        "published": {"on": day(review.published_on), "wording": review.published_wording},
        "comment": {"from": day(review.comment_from), "until": day(review.comment_until)},
        "public_influence": review.public_influence if of_plan else "",
        "note": blocks(review.note),
        "source": sources.cite(review),
        "requirements": [requirement_data(row, sources) for row in requirements],
        "findings": [finding_data(coding, language, sources) for coding in review.codings.all()],
        "recommendations": [recommendation_data(row, language, sources, later) for row in recommendations],
    }


def requirement_data(row: PlanRequirement, sources: Sources) -> dict:
    return {"number": row.code, "met": row.met, "evidence": blocks(row.evidence), "source": sources.cite(row)}


def finding_data(coding: Coding, language: str, sources: Sources) -> dict:
    """A coding; ``absent`` says why an indicator is empty where the source does (ND, NR, NA)."""
    names = coding.codebook.names
    return {
        "commitment": commitment_data(coding.commitment, language),
        "title_as_quoted": coding.title_as_quoted,
        "blocks": blocks(coding.summary),
        "indicators": {name: getattr(coding, name) for name in names},
        "absent": {name: coding.absent[name] for name in names if coding.absent.get(name)},
        "behind_schedule": coding.behind_schedule,
        "starred": bool(coding.starred),
        "starred_2015": bool(coding.starred_2015),
        "rationale": blocks(coding.rationale),
        "evidence": [{"title": row["title"], "link": row["link"]} for row in coding.evidence],
        "confidence": coding.confidence,
        "source": sources.cite(coding),
    }


def recommendation_data(row: Recommendation, language: str, sources: Sources, later: list) -> dict:
    """With every later plan of the member: ``blocks`` is empty where no source says what it did."""
    uptakes = {uptake.plan_id: uptake for uptake in row.uptakes.all()}
    return {
        "number": row.number,
        "title": row.title,
        "blocks": blocks(row.text),
        "source": sources.cite(row),
        "response": blocks(row.response),
        "response_source": sources.cite(row, "response_document", "response_section"),
        "uptakes": [uptake_data(plan, uptakes.get(plan.pk), language, sources) for plan in later],
    }


def uptake_data(plan: ActionPlan, uptake: RecommendationUptake | None, language: str, sources: Sources) -> dict:
    nothing = {"document": None, "section": ""}
    return {
        "plan": plan.slug,
        "title": localized(plan, "title", language),
        "blocks": blocks(uptake.what_was_done) if uptake else [],
        "source": sources.cite(uptake) if uptake else nothing,
    }


# What others said of the same commitments -----------------------------------------------------------------------------
def voices(codings: list[Coding], language: str, sources: Sources, on: date) -> list[dict]:
    """One row a commitment that was coded, in the plan's order. Two queries."""
    commitments = {coding.commitment_id: coding.commitment for coding in codings}
    claims, milestones = claims_on(commitments, on), milestones_of(commitments, on)
    ordered = sorted(commitments.values(), key=lambda row: (row.position, row.pk))
    return [
        {
            "commitment": commitment_data(row, language),
            "claims": [claim_data(entry, language, sources) for entry in claims.get(row.pk, [])],
            "milestones": milestones_data(milestones.get(row.pk, [])) | {"checked": seen(row, language, on)},
        }
        for row in ordered
    ]


def claims_on(commitments, on: date) -> dict[int, list]:
    found = {}
    for entry in entries_known(on).filter(commitment__in=list(commitments)).order_by("assessment__published_on", "pk"):
        found.setdefault(entry.commitment_id, []).append(entry)
    return found


def claim_data(entry, language: str, sources: Sources) -> dict:
    return {
        "slug": entry.assessment.slug,
        "kind": entry.assessment.kind,
        "title": localized(entry.assessment, "title", language),
        "published": published(entry.assessment),
        "completion_level": entry.completion_level,
        "completion_note": localized(entry, "completion_note", language),
        "source": sources.cite(entry),
    }


def milestones_of(commitments, on: date) -> dict[int, list]:
    found = {}
    for milestone in Milestone.objects.filter(commitment__in=list(commitments)).with_state(on).order_by("pk"):
        found.setdefault(milestone.commitment_id, []).append(milestone)
    return found


def milestones_data(milestones: list) -> dict:
    """How many are reported in which state, and the day that the latest report is about."""
    counts = Counter(milestone.status or NOT_REPORTED for milestone in milestones)
    days = [milestone.status_on for milestone in milestones if milestone.status_on]
    return {
        "total": len(milestones),
        "counts": dict(sorted(counts.items())),
        "latest_on": day(max(days, default=None)),
    }


def seen(commitment: Commitment, language: str, on: date) -> dict:
    """Until which day the ministries' reports are known, and the page that shows them as of that day. Another day alone
    makes no new version (``differences.OWN_KEYS``)."""
    with translation.override(language):
        page = f"{settings.SITE_URL}{commitment.get_absolute_url()}?as_of={on.isoformat()}"
    return {"on": on.isoformat(), "address": page}


# Codebooks ------------------------------------------------------------------------------------------------------------
def books_of(reviews: list[IRMReview]) -> list[Codebook]:
    """The codebooks of the reviews, in the order of their years."""
    used = {review.method_version for review in reviews}
    return [book for version, book in BY_VERSION.items() if version in used]


def codebook_data(book: Codebook, language: str) -> dict:
    return {
        "method": book.version,
        "indicators_of_method": [indicator_data(indicator, language) for indicator in book.indicators],
    }


def indicator_data(indicator: Indicator, language: str) -> dict:
    """The definition in the report's language, and OGP's own English words for the values."""
    return {
        "name": indicator.name,
        "definition": indicator.definition_ko if language == "ko" else indicator.definition,
        "plans_of": indicator.plans_of,
        "source": indicator.source,
        "values": [{"value": row.value, "label": row.label, "code": row.code} for row in indicator.values],
    }
