"""Public pages of the IRM's findings: final reviews, and the codebooks that say what the values mean."""

from django.db.models import Count, Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from commitments.models import ActionPlan
from commitments.pages import filtered_list

from . import codebooks
from .filters import IRMReviewFilter
from .irm_models import IRMReview, RecommendationUptake
from .irm_presentation import answers, codebook_rows, coded, matrix, method_label, requirements


def irm_reviews(request):
    """Final reviews by plan, to filter."""
    rows = (
        IRMReview.objects.public()
        .select_related("plan__member")
        .annotate(coding_count=Count("codings", distinct=True))
        .order_by("plan__member__name", "-plan__number", "published_on", "pk")
    )
    filterset = IRMReviewFilter(request.GET or {}, queryset=rows)
    return filtered_list(request, filterset, "assessments/irm_reviews.html", {})


def irm_review(request, slug):
    """What the Independent Reporting Mechanism found and recommends, and what later plans did about it."""
    readable = IRMReview.objects.readable_by(request.user).select_related("plan__member", "document")
    found = get_object_or_404(readable, slug=slug)
    plan = found.plan
    codings = found.codings.with_starred().select_related("commitment__plan", "document")
    uptakes = Prefetch("uptakes", RecommendationUptake.objects.select_related("document"))
    recommendations = found.recommendations.select_related("response_document").prefetch_related(uptakes)
    later = ActionPlan.objects.filter(member=plan.member, number__gt=plan.number).order_by("number")
    context = {
        "review": found,
        "plan": plan,
        "member": plan.member,
        "codebook": found.codebook,
        "codings": [coded(coding) for coding in codings],
        "requirements": requirements(found),
        "answers": answers(recommendations, later),
    }
    return render(request, "assessments/irm_review.html", context)


def codebook_list(request):
    """Which indicators each version of the IRM's method has."""
    books = [(book, method_label(book.version)) for book in codebooks.CODEBOOKS]
    return render(request, "assessments/codebooks.html", {"books": books, "rows": matrix()})


def codebook(request, slug):
    """One version of the IRM's method: its indicators, their values and OGP's codes."""
    book = codebooks.BY_SLUG.get(slug)
    if book is None:
        raise Http404(_("There is no such codebook."))
    context = {"book": book, "method": method_label(book.version), "rows": codebook_rows(book)}
    return render(request, "assessments/codebook.html", context)
