"""What is overdue, and the files that show what was done."""

from datetime import date

from django.db.models import Prefetch
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.dates import local_dates
from commitments.models import Involvement
from commitments.pages import filtered_list, with_day

from .filters import OverdueFilter
from .models import Evidence, Milestone, StatusUpdate
from .querysets import ZONE_OF_MILESTONE

PAGE_SIZE = 100
LEADS = Prefetch(
    "commitment__involvements",
    Involvement.objects.filter(role="lead").select_related("institution__member", "institution__parent__parent"),
    to_attr="leads",
)


@with_day
def overdue(request, asked):
    """Milestones that are overdue on a day, grouped by the institution that leads."""
    data = request.GET.copy()
    data["overdue"] = "true"
    rows = Milestone.objects.select_related("commitment__plan__member").prefetch_related(LEADS, "deadlines")
    filterset = OverdueFilter(data, queryset=rows)
    today = local_dates(ZONE_OF_MILESTONE)
    on = asked or (today if isinstance(today, date) else timezone.localdate())
    return filtered_list(request, filterset, "overdue.html", {"asked": asked, "on": on}, size=PAGE_SIZE)


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
