"""What is overdue, what has gone quiet, and the files that show what was done."""

from mimetypes import guess_extension

from django.db.models import Prefetch
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.models import Commitment, Involvement
from commitments.pages import with_day

from .dated_lists import DatedList
from .exports import overdue_table, stale_table
from .filters import OverdueFilter
from .models import Evidence, Link, Milestone, StatusUpdate
from .querysets import ZONE_OF_COMMITMENT, ZONE_OF_MILESTONE
from .stale_filters import StaleFilter

LEADING = Involvement.objects.filter(role="lead").select_related("institution__member", "institution__parent__parent")


def overdue_filter(request) -> OverdueFilter:
    data = request.GET.copy()
    data["overdue"] = "true"
    leads = Prefetch("commitment__involvements", LEADING, to_attr="leads")
    rows = Milestone.objects.select_related("commitment__plan__member").prefetch_related(leads, "deadlines")
    return OverdueFilter(data, queryset=rows)


def stale_filter(request) -> StaleFilter:
    leads = Prefetch("involvements", LEADING, to_attr="leads")
    return StaleFilter(request.GET, queryset=Commitment.objects.prefetch_related(leads))


OVERDUE = DatedList(
    "overdue", "overdue.html", overdue_filter, overdue_table, ZONE_OF_MILESTONE, api="/api/v1/milestones/"
)
STALE = DatedList("stale", "stale.html", stale_filter, stale_table, ZONE_OF_COMMITMENT)


@require_safe
@with_day
def overdue(request, asked):
    """Milestones that are overdue on a day, grouped by the institution that leads."""
    return OVERDUE.page(request, asked)


@require_safe
@with_day
def overdue_file(request, ending, asked):
    """The same milestones as a file."""
    return OVERDUE.file(request, asked, ending)


@require_safe
@with_day
def stale(request, asked):
    """Commitments that are stale on a day, grouped by the institution that leads."""
    return STALE.page(request, asked)


@require_safe
@with_day
def stale_file(request, ending, asked):
    """The same commitments as a file."""
    return STALE.file(request, asked, ending)


def may_see(user, found: Evidence) -> bool:
    """Whether a signed-in account may see evidence of a report that is not public."""
    if not user.has_perm("milestones.view_evidence"):
        return False
    return StatusUpdate.objects.visible_to(user).filter(pk=found.update_id).exists()


def evidence(request, pk):
    """An evidence file as a download: of an approved report for everybody, else for who may see the report."""
    found = get_object_or_404(Evidence.objects.select_related("update"), pk=pk)
    if not found.file:
        raise Http404(_("This evidence is a link, not a file."))
    if found.update.review != "approved" and not may_see(request.user, found):
        raise Http404
    return FileResponse(
        found.file.open("rb"), as_attachment=True, filename=found.file_name, content_type="application/octet-stream"
    )


def link_copy(request, pk):
    """The copy that was kept of a page that evidence names: for everybody once a report with it is approved."""
    found = get_object_or_404(Link.objects.exclude(copy=""), pk=pk)
    evidence = found.evidence.select_related("update")
    if not any(item.update.review == "approved" or may_see(request.user, item) for item in evidence):
        raise Http404
    ending = guess_extension(found.copy_type) or ""
    name = f"copy-{found.copied_at:%Y-%m-%d}-{found.copy_sha256[:12]}{ending}"
    return FileResponse(
        found.copy.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )
