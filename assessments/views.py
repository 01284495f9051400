"""Pages of the assessments, and the reports made from them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from . import services, snapshots, workflow
from .comment_views import public_comments
from .forms import ReportForm
from .models import Report, SelfAssessment, Snapshot

FOR_GOOD = "public, max-age=31536000, immutable"  # what is published under a version's number is never changed


def self_assessment(request, slug):
    """The government's own report: every section and one form a commitment, with the IRM's finding beside it."""
    visible = SelfAssessment.objects.visible_to(request.user)
    found = get_object_or_404(visible.select_related("plan__member", "document"), slug=slug)
    entries = found.entries.select_related("commitment__plan", "lead__parent__parent", "document")
    context = {
        "assessment": found,
        "plan": found.plan,
        "member": found.plan.member,
        "sections": found.sections.select_related("document"),
        "entries": entries.prefetch_related("results", "links"),
        "reports": files_of(Snapshot.objects.filter(assessment=found).visible_to(request.user)),
        "newest": newest_version(found),
        "form": ReportForm(),
        "may_export": request.user.has_perm("assessments.add_report"),
    }
    context |= public_comments(found, workflow.today_of(found))
    return render(request, "assessments/self_assessment.html", context)


def files_of(shown):
    """The finished files of the snapshots, the newest version first, by language and format."""
    reports = Report.objects.finished().filter(snapshot__in=shown.values("pk")).light()
    return reports.order_by("-snapshot__version", "-snapshot__pk", "snapshot__language", "format")


def newest_version(assessment: SelfAssessment) -> int | None:
    """The number of the latest published version."""
    versions = assessment.snapshots.published().order_by("-version").values_list("version", flat=True)
    return versions.first()


# Versions -------------------------------------------------------------------------------------------------------------
def assessment_of_versions(request, slug) -> SelfAssessment:
    """The self-assessment, if the account may see it or it has versions, which stay public for good."""
    rows = SelfAssessment.objects.select_related("plan__member")
    found = get_object_or_404(rows, slug=slug)
    seen = SelfAssessment.objects.visible_to(request.user).filter(pk=found.pk)
    if not seen.exists() and not found.snapshots.published().exists():
        raise Http404
    return found


def about(assessment: SelfAssessment) -> dict:
    """What the heads of these pages name."""
    return {"assessment": assessment, "plan": assessment.plan, "member": assessment.plan.member}


@require_safe
def versions(request, slug):
    """Every published version of a self-assessment, the newest first, each with its reason."""
    found = assessment_of_versions(request, slug)
    rows = found.snapshots.published().light().select_related("published_by").order_by("-version", "language")
    context = about(found) | {"versions": by_version(rows)}
    return render(request, "assessments/versions.html", context)


def by_version(rows) -> list[dict]:
    """The snapshots under their version's number."""
    found = {}
    for row in rows:
        found.setdefault(row.version, []).append(row)
    return [{"number": number, "snapshots": group, "first": group[0]} for number, group in found.items()]


@require_safe
def version(request, slug, number):
    """One published version: what is frozen, when, how to verify it, what changed, and its files."""
    rows = Snapshot.objects.published().filter(subject=f"self-assessment/{slug}", version=number).defer("data")
    found = list(rows.select_related("assessment__plan__member", "published_by").order_by("language"))
    if not found:
        raise Http404(_("There is no such version."))
    own = [row for row in found if row.language == request.LANGUAGE_CODE] or found
    context = about(found[0].assessment) | {
        "number": number,
        "snapshots": found,
        "own": own[0],
        "is_first": number == 1,
        "reports": files_of(Snapshot.objects.filter(pk__in=[row.pk for row in found])),
        "form": ReportForm(initial={"language": request.LANGUAGE_CODE}),
        "may_export": request.user.has_perm("assessments.add_report"),
    }
    return render(request, "assessments/version.html", context)


@require_safe
def version_json(request, slug, number, language):
    """The frozen data, spelled so that its SHA-256 is the printed one. It never changes."""
    rows = Snapshot.objects.published().filter(subject=f"self-assessment/{slug}", version=number, language=language)
    return json_of(request, get_object_or_404(rows.only("data", "sha256")))


def json_of(request, found: Snapshot) -> HttpResponse:
    """The snapshot's data for good: whoever has it need not ask again."""
    answer = HttpResponse(snapshots.canonical_json(found.data), content_type="application/json")
    answer["ETag"] = f'"{found.sha256}"'
    answer["Cache-Control"] = FOR_GOOD
    return get_conditional_response(request, etag=answer["ETag"], response=answer)


# Reports --------------------------------------------------------------------------------------------------------------
@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_report(request, slug):
    """Asks for a file of the self-assessment as it is now; the same data is rendered once."""
    found = get_object_or_404(SelfAssessment.objects.visible_to(request.user), slug=slug)
    form = ReportForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.problem())
        return redirect(found)
    asked = form.cleaned_data
    return redirect(services.request_report(found, asked["language"], request.user, asked["format"]))


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_version_report(request, slug, number):
    """Asks for a file of one published version."""
    form = ReportForm(request.POST)
    rows = Snapshot.objects.published().filter(subject=f"self-assessment/{slug}", version=number)
    if not form.is_valid():
        messages.error(request, form.problem())
        return redirect("assessment-version", slug, number)
    found = get_object_or_404(rows, language=form.cleaned_data["language"])
    return redirect(services.report_on(found, form.cleaned_data["format"], request.user))


def visible_report(request, pk) -> Report:
    reports = Report.objects.visible_to(request.user).light()
    parts = ("snapshot__assessment", "snapshot__plan__member", "snapshot__commitment__plan")
    return get_object_or_404(reports.select_related(*parts), pk=pk)


def report(request, pk):
    """The report's job: how far it is, what went wrong, and the file when it is done."""
    found = visible_report(request, pk)
    context = {
        "report": found,
        "snapshot": found.snapshot,
        "assessment": found.snapshot.assessment,
        "subject": found.snapshot.commitment or found.snapshot.plan,
        "plan": found.snapshot.plan,
        "member": found.snapshot.plan.member,
        "step": services.step_label(found.step),
        "waiting": found.is_waiting,
        "may_retry": found.state in services.STOPPED and request.user.has_perm("assessments.add_report"),
        "may_cancel": found.is_waiting and services.may_cancel(found, request.user),
    }
    return render(request, "assessments/report.html", context)


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def retry_report(request, pk):
    """Starts a failed or cancelled report again."""
    found = visible_report(request, pk)
    services.retry_report(found)
    return redirect(found)


@require_POST
@login_required
def cancel_report(request, pk):
    """Stops a report: who asked for it, the coordinating ministry, or an administrator."""
    found = visible_report(request, pk)
    if not services.may_cancel(found, request.user):
        raise PermissionDenied
    if not services.cancel_report(found):
        messages.error(request, _("It is too late to cancel this report: it is not being made any more."))
    return redirect(found)


def report_file(request, pk):
    """The finished file."""
    found = visible_report(request, pk)
    if found.state != Report.State.DONE:
        raise Http404(_("This report is not finished yet."))
    return FileResponse(
        found.file.open("rb"), as_attachment=True, filename=found.file_name, content_type=found.media_type
    )
