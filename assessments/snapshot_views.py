"""Versions of what the IRM found and of whole plans: their pages, their data, and the files asked for."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commitments.models import ActionPlan, Commitment

from . import irm_freezing, services
from .forms import ReportForm
from .irm_models import IRMReview
from .irm_services import may_write
from .models import Report, Snapshot
from .views import by_version, files_of, json_of


def published_of(subject: str):
    """The versions under an address of this module; self-assessments have addresses of their own."""
    rows = Snapshot.objects.published().filter(subject=subject).exclude(kind=Snapshot.Kind.SELF_ASSESSMENT)
    return rows.select_related("plan__member", "commitment__plan", "published_by")


def files_on(*subjects: str):
    """The finished public files of the subjects."""
    return files_of(Snapshot.objects.published().filter(subject__in=subjects))


def about(snapshot: Snapshot) -> dict:
    """What the heads of these pages name."""
    return {
        "snapshot": snapshot,
        "subject": snapshot.commitment or snapshot.plan,
        "plan": snapshot.plan,
        "member": snapshot.plan.member,
        "versions_of": snapshot.subject,
    }


@require_safe
def versions(request, subject):
    """Every published version of the subject, the newest first."""
    rows = list(published_of(subject).light().order_by("-version", "language"))
    if not rows:
        raise Http404(_("There is no such version."))
    return render(request, "assessments/snapshot_versions.html", about(rows[0]) | {"versions": by_version(rows)})


@require_safe
def version(request, subject, number):
    """One published version: what is frozen, when, how to verify it, what changed, and its files."""
    found = list(published_of(subject).filter(version=number).defer("data").order_by("language"))
    if not found:
        raise Http404(_("There is no such version."))
    own = next((row for row in found if row.language == request.LANGUAGE_CODE), found[0])
    context = about(own) | {
        "number": number,
        "snapshots": found,
        "own": own,
        "is_first": number == 1,
        "reports": files_of(Snapshot.objects.filter(pk__in=[row.pk for row in found])),
        "form": ReportForm(kind=own.kind, initial={"language": own.language}),
        "may_export": request.user.has_perm("assessments.add_report"),
    }
    return render(request, "assessments/snapshot_version.html", context)


@require_safe
def version_json(request, subject, number, language):
    """The frozen data, spelled so that its SHA-256 is the printed one. It never changes."""
    rows = Snapshot.objects.published().exclude(kind=Snapshot.Kind.SELF_ASSESSMENT)
    rows = rows.filter(subject=subject, version=number, language=language)
    return json_of(request, get_object_or_404(rows.only("data", "sha256")))


# Asking ---------------------------------------------------------------------------------------------------------------
def answered(request, back, kind: str, ask):
    """Asks for the file with *ask*, which is given the language and the format; what cannot be made is told on the page
    that the reader came from."""
    form = ReportForm(request.POST, kind=kind)
    if not form.is_valid():
        messages.error(request, form.problem())
        return redirect(back)
    try:
        return redirect(ask(form.cleaned_data["language"], form.cleaned_data["format"]))
    except irm_freezing.NothingFinal:
        messages.error(request, _("No final review of the IRM is in the record: there is nothing to write down."))
        return redirect(back)


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_plan_report(request, slug):
    """Asks for the report on what final reviews found on a plan."""
    plan = get_object_or_404(ActionPlan, slug=slug)
    return answered(
        request,
        plan,
        Snapshot.Kind.IRM_PLAN,
        lambda language, format: services.request_irm_report(plan, language, request.user, format),
    )


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_commitment_report(request, slug, number):
    """Asks for the report on what final reviews found on one commitment."""
    found = get_object_or_404(Commitment.objects.select_related("plan"), plan__slug=slug, number=number)
    return answered(
        request,
        found,
        Snapshot.Kind.IRM_COMMITMENT,
        lambda language, format: services.request_irm_report(found, language, request.user, format),
    )


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_review_report(request, slug):
    """Asks for the report that a review belongs in; of a draft the IRM alone: nobody else learns of it."""
    found = get_object_or_404(IRMReview.objects.select_related("plan"), slug=slug)
    is_final = found.stage == IRMReview.Stage.FINAL
    if not is_final and not may_write(request.user):
        raise Http404
    return answered(
        request,
        found if is_final else found.plan,
        Snapshot.Kind.IRM_PLAN,
        lambda language, format: services.request_review_report(found, language, request.user, format),
    )


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_package(request, slug):
    """Asks for everything on a plan in one archive; it is in both languages."""
    return redirect(services.request_package(get_object_or_404(ActionPlan, slug=slug), request.user))


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_version_report(request, subject, number):
    """Asks for a file of one published version."""
    rows = published_of(subject).filter(version=number)
    first = rows.first()
    if first is None:
        raise Http404(_("There is no such version."))

    def ask(language: str, format: str) -> Report:
        return services.report_on(get_object_or_404(rows, language=language), format, request.user)

    return answered(request, first, first.kind, ask)
