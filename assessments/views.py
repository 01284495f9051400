"""Pages of the assessments, and the reports made from them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from . import services, workflow
from .comment_views import public_comments
from .forms import ReportForm
from .models import IRMReview, Report, SelfAssessment


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
        "reports": found.reports.finished().defer("data").order_by("language", "-finished_at"),
        "form": ReportForm(),
        "may_export": request.user.has_perm("assessments.add_report"),
    }
    context |= public_comments(found, workflow.today_of(found))
    return render(request, "assessments/self_assessment.html", context)


def irm_review(request, slug):
    """What the Independent Reporting Mechanism found and recommends."""
    found = get_object_or_404(IRMReview.objects.public().select_related("plan__member", "document"), slug=slug)
    context = {
        "review": found,
        "plan": found.plan,
        "member": found.plan.member,
        "codings": found.codings.with_starred().select_related("commitment__plan"),
        "recommendations": found.recommendations.select_related("response_document"),
    }
    return render(request, "assessments/irm_review.html", context)


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def request_report(request, slug):
    """Asks for the PDF in one language; the same data is rendered once."""
    found = get_object_or_404(SelfAssessment.objects.visible_to(request.user), slug=slug)
    form = ReportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the language of the report."))
        return redirect(found)
    report = services.request_report(found, form.cleaned_data["language"], request.user)
    return redirect(report)


def visible_report(request, pk) -> Report:
    reports = Report.objects.visible_to(request.user).defer("data")
    return get_object_or_404(reports.select_related("assessment__plan__member"), pk=pk)


def report(request, pk):
    """The report's job: how far it is, what went wrong, and the file when it is done."""
    found = visible_report(request, pk)
    context = {
        "report": found,
        "assessment": found.assessment,
        "plan": found.assessment.plan,
        "member": found.assessment.plan.member,
        "step": services.step_label(found.step),
        "waiting": found.state in (Report.State.QUEUED, Report.State.RUNNING),
        "may_retry": found.state == Report.State.FAILED and request.user.has_perm("assessments.add_report"),
    }
    return render(request, "assessments/report.html", context)


@require_POST
@login_required
@permission_required("assessments.add_report", raise_exception=True)
def retry_report(request, pk):
    """Starts a failed report again."""
    found = visible_report(request, pk)
    services.retry_report(found)
    return redirect(found)


def report_file(request, pk):
    """The finished PDF."""
    found = visible_report(request, pk)
    if found.state != Report.State.DONE:
        raise Http404(_("This report is not finished yet."))
    name = f"{found.assessment.slug}-{found.language}-{found.data_sha256[:8]}.pdf"
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type="application/pdf")
