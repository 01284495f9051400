"""What of the record can be found, and by which words. One function a source: a row of the record becomes an entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from assessments.models import Coding, IRMReview, PublicComment, SelfAssessment, SelfAssessmentEntry
from assessments.querysets import PUBLIC_STAGES
from commitments.models import ActionPlan, Commitment, Involvement
from milestones.models import Milestone, StatusUpdate

from .models import Entry, Kind

RANKS = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Source:
    """Rows of the record that readers may find, and the entry that each becomes."""

    rows: Callable[[], QuerySet]
    entry: Callable[[Any], Entry]


def joined(parts: Iterable[Any]) -> str:
    """Passages as one text, parted by blank lines; what is empty is left out."""
    return "\n\n".join(str(part) for part in parts if part)


def entry(kind: Kind, plan: ActionPlan, commitment: Commitment | None, path: str, **words) -> Entry:
    """An entry without its key and terms. *words* are its title, texts and dates."""
    return Entry(
        kind=kind, rank=RANKS[kind], member_id=plan.member_id, plan=plan, commitment=commitment, path=path, **words
    )


# The plan -------------------------------------------------------------------------------------------------------------
def plans() -> QuerySet:
    return ActionPlan.objects.select_related("member").prefetch_related("sections", "themes")


def plan_entry(plan: ActionPlan) -> Entry:
    sections = [text for section in plan.sections.all() for text in (section.title, section.body)]
    themes = list(plan.themes.all())
    return entry(
        Kind.PLAN,
        plan,
        None,
        plan.get_absolute_url(),
        dated_on=plan.starts_on,
        title=plan.title,
        title_ko=plan.title_ko,
        also=f"{plan.ogp_id} {plan.member.name[:130]} {plan.member.name_ko[:130]}",
        body=joined([*(theme.title for theme in themes), *sections]),
        body_ko=joined(theme.title_ko for theme in themes),
    )


def commitments() -> QuerySet:
    involved = Involvement.objects.select_related("institution__parent__parent").order_by("role", "position")
    return Commitment.objects.select_related("plan").prefetch_related(Prefetch("involvements", involved))


def names(commitment: Commitment, field: str) -> list[str]:
    """The institutions involved and the bodies that they belong to."""
    found = {}
    for involvement in commitment.involvements.all():
        body = involvement.institution
        while body is not None:
            found[getattr(body, field)] = True
            body = body.parent
    return list(found)


def commitment_entry(commitment: Commitment) -> Entry:
    texts = [
        commitment.description,
        *(promise.get("text") for promise in commitment.promises),
        commitment.problem,
        commitment.contribution,
        commitment.relevance,
        commitment.values_as_stated,
        commitment.others_as_stated,
        commitment.peer_learning,
        commitment.additional_information,
    ]
    return entry(
        Kind.COMMITMENT,
        commitment.plan,
        commitment,
        commitment.get_absolute_url(),
        dated_on=commitment.plan.starts_on,
        title=commitment.title,
        title_ko=commitment.title_ko,
        also=f"{commitment.number} {commitment.ogp_id or ''}",
        body=joined([*texts, ", ".join(names(commitment, "name"))]),
        body_ko=", ".join(name for name in names(commitment, "name_ko") if name),
    )


# The ministry ---------------------------------------------------------------------------------------------------------
def milestones() -> QuerySet:
    return Milestone.objects.select_related("commitment__plan")


def milestone_entry(milestone: Milestone) -> Entry:
    commitment = milestone.commitment
    return entry(
        Kind.MILESTONE,
        commitment.plan,
        commitment,
        milestone.get_absolute_url(),
        dated_on=milestone.due_on or commitment.plan.starts_on,
        title=milestone.title,
        title_ko=milestone.title_ko,
        body=joined([milestone.group, milestone.published_start, milestone.published_end]),
    )


def reports() -> QuerySet:
    rows = StatusUpdate.objects.approved().select_related("milestone__commitment__plan")
    return rows.prefetch_related("evidence")


def report_entry(report: StatusUpdate) -> Entry:
    commitment = report.milestone.commitment
    texts = [report.what_was_done, report.challenges, report.next_step]
    return entry(
        Kind.CO_OWNER if report.as_co_owner else Kind.REPORT,
        commitment.plan,
        commitment,
        report.get_absolute_url(),
        known_on=max(report.published_on, report.on_date),
        dated_on=report.published_on,
        title=report.milestone.title,
        title_ko=report.milestone.title_ko,
        body=joined([*texts, *(item.title for item in report.evidence.all())]),
    )


# The government of itself ---------------------------------------------------------------------------------------------
def self_assessments() -> QuerySet:
    rows = SelfAssessment.objects.filter(stage__in=PUBLIC_STAGES).exclude(published_on=None)
    return rows.select_related("plan").prefetch_related("sections")


def self_assessment_entry(assessment: SelfAssessment) -> Entry:
    sections = list(assessment.sections.all())
    return entry(
        Kind.SELF_ASSESSMENT,
        assessment.plan,
        None,
        assessment.get_absolute_url(),
        known_on=assessment.published_on,
        dated_on=assessment.published_on,
        title=assessment.title,
        title_ko=assessment.title_ko,
        body=joined(text for section in sections for text in (section.title, section.body)),
        body_ko=joined(text for section in sections for text in (section.title_ko, section.body_ko)),
    )


def claims() -> QuerySet:
    rows = SelfAssessmentEntry.ever.filter(assessment__stage="published")
    return rows.select_related("commitment__plan", "assessment").prefetch_related("results")


def claim_texts(form: SelfAssessmentEntry, ending: str) -> list[Any]:
    """The answers of a form in one language: *ending* is that of the columns' names."""
    single = ["main_objective", "relevance", "ambition", "completion_note", "next_steps"]
    texts = [getattr(form, f"{name}{ending}") for name in single] + list(getattr(form, f"description{ending}"))
    for result in form.results.all():
        texts += [getattr(result, f"heading{ending}"), getattr(result, f"body{ending}")]
    return texts


def claim_entry(form: SelfAssessmentEntry) -> Entry:
    facts = [fact.get("text") for result in form.results.all() for fact in result.facts]
    return entry(
        Kind.CLAIM,
        form.commitment.plan,
        form.commitment,
        f"{form.commitment.get_absolute_url()}#voices",
        known_on=form.since or form.assessment.published_on,
        dated_on=form.since or form.assessment.published_on,
        title=form.commitment.title,
        title_ko=form.commitment.title_ko,
        body=joined([*claim_texts(form, ""), *facts]),
        body_ko=joined(claim_texts(form, "_ko")),
    )


# The IRM --------------------------------------------------------------------------------------------------------------
def reviews() -> QuerySet:
    return IRMReview.objects.public().select_related("plan", "document").prefetch_related("recommendations")


def review_entry(review: IRMReview) -> Entry:
    said = [text for row in review.recommendations.all() for text in (row.title, row.text, row.response)]
    return entry(
        Kind.REVIEW,
        review.plan,
        None,
        review.get_absolute_url(),
        dated_on=review.published_on or (review.document and review.document.published_on),
        title=review.title,
        body=joined([review.note, *said]),
    )


def findings() -> QuerySet:
    return Coding.ever.public().select_related("commitment__plan", "review__document")


def finding_entry(coding: Coding) -> Entry:
    review, commitment = coding.review, coding.commitment
    return entry(
        Kind.FINDING,
        commitment.plan,
        commitment,
        f"{commitment.get_absolute_url()}#voices",
        dated_on=coding.since or review.published_on or (review.document and review.document.published_on),
        title=commitment.title,
        title_ko=commitment.title_ko,
        body=joined([review.title, coding.title_as_quoted, coding.summary, coding.rationale]),
    )


# The public -----------------------------------------------------------------------------------------------------------
def questions() -> QuerySet:
    return PublicComment.objects.public().on_commitments().select_related("commitment__plan")


def question_entry(question: PublicComment) -> Entry:
    return entry(
        Kind.QUESTION,
        question.plan,
        question.commitment,
        question.get_absolute_url(),
        known_on=question.public_on,
        dated_on=question.public_on,
        title=question.commitment.title,
        title_ko=question.commitment.title_ko,
        body=joined([question.text, question.response]),
        body_ko=question.response_ko,
    )


SOURCES = {
    "plan": Source(plans, plan_entry),
    "commitment": Source(commitments, commitment_entry),
    "milestone": Source(milestones, milestone_entry),
    "report": Source(reports, report_entry),
    "self_assessment": Source(self_assessments, self_assessment_entry),
    "claim": Source(claims, claim_entry),
    "review": Source(reviews, review_entry),
    "finding": Source(findings, finding_entry),
    "question": Source(questions, question_entry),
}
