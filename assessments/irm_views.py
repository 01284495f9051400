"""Public pages of the IRM's findings: final reviews, and the codebooks that say what the values mean."""

from django.db.models import OuterRef, Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.exports import file_response
from commitments.models import ActionPlan
from commitments.pages import filtered_list
from commitments.querysets import counted
from milestones.dated_lists import query_of

from . import codebooks
from .filters import CodingFilter, DraftCodingFilter, IRMReviewFilter
from .forms import ReportForm
from .irm_exports import coding_table, codings_with_all
from .irm_models import Coding, IRMReview, RecommendationUptake
from .irm_presentation import answers, codebook_rows, coded, matrix, method_label, requirements
from .irm_services import may_write
from .models import Snapshot
from .snapshot_views import files_on


def irm_reviews(request):
    """Final reviews by plan, to filter."""
    rows = (
        IRMReview.objects.public()
        .select_related("plan__member")
        .annotate(coding_count=counted(Coding.objects.filter(review=OuterRef("pk")), "review"))
        .order_by("plan__member__name", "plan__member", "-plan__number", "published_on", "pk")
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
        "reports": files_on(f"irm-plan/{plan.slug}"),
        "form": ReportForm(kind=Snapshot.Kind.IRM_PLAN, initial={"language": request.LANGUAGE_CODE}),
        "may_export": request.user.has_perm("assessments.add_report"),
    }
    return render(request, "assessments/irm_review.html", context)


def coding_filter(request) -> CodingFilter:
    """Codings of final reviews; of drafts, too, for the IRM when it asks with ``?drafts=true``: nobody else may."""
    if request.GET.get("drafts") != "true":
        return CodingFilter(request.GET, queryset=Coding.objects.public().with_starred())
    if not may_write(request.user):
        raise Http404
    return DraftCodingFilter(request.GET, queryset=Coding.objects.with_starred())


@require_safe
def irm_codings(request, filterset=None):
    """Every coding, to filter and to take away as a file."""
    filterset = filterset or coding_filter(request)
    asked = query_of({name: value for name, value in request.GET.items() if name != "page"})
    formats = [(kind, f"{reverse(f'irm-codings-{kind.lower()}')}{asked}") for kind in ("CSV", "XLSX")]
    filterset.queryset = codings_with_all(filterset.queryset)
    return filtered_list(request, filterset, "assessments/irm_codings.html", {"formats": formats})


@require_safe
def irm_codings_file(request, ending):
    """The same codings as a file; a filter that cannot be read is answered with the page's form, status 400."""
    filterset = coding_filter(request)
    if not filterset.is_valid():
        return irm_codings(request, filterset)
    site = f"{request.scheme}://{request.get_host()}"
    return file_response(request, coding_table(filterset, site, reverse("irm-codings")), ending)


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
