"""A source document and what the record took from it: plans, commitments, assessments."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render

from assessments.models import Coding, IRMReview, SelfAssessment
from commitments.models import ActionPlan, SourceDocument


@dataclass(frozen=True)
class Taken:
    """How much of a plan was read from the document."""

    plan: ActionPlan
    forms: int
    milestones: int


def taken_from(document: SourceDocument) -> list[Taken]:
    """The plans that the document was a source of, or whose commitments were. One query."""
    own = Q(commitments__document=document)
    rows = document.member.plans.annotate(
        taken_forms=Count("commitments", filter=own & Q(commitments__is_form=True), distinct=True),
        taken_milestones=Count(
            "commitments__milestones", filter=Q(commitments__milestones__document=document), distinct=True
        ),
    ).filter(Q(document=document) | Q(taken_forms__gt=0) | Q(taken_milestones__gt=0))
    return [Taken(plan, plan.taken_forms, plan.taken_milestones) for plan in rows.order_by("number")]


def document(request, key):
    """One document: what it is, its sections, and what the record took from it."""
    found = get_object_or_404(SourceDocument.objects.select_related("member"), key=key)
    quoting = Coding.objects.filter(document=found).values("review")
    reviews = IRMReview.objects.public().filter(Q(document=found) | Q(pk__in=quoting))
    context = {
        "document": found,
        "member": found.member,
        "themes": found.themes.select_related("plan"),
        "taken": taken_from(found),
        "assessments": SelfAssessment.objects.visible_to(request.user).filter(document=found).select_related("plan"),
        "reviews": reviews.select_related("plan").order_by("plan__number", "pk"),
    }
    return render(request, "documents/detail.html", context)
