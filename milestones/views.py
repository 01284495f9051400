"""What is overdue, what has gone quiet, and the files that show what was done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from mimetypes import guess_extension
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.dates import local_dates
from commitments.exports import file_response
from commitments.models import Commitment, Involvement
from commitments.pages import filtered_list, with_day

from .exports import overdue_table, question, stale_table
from .filters import OverdueFilter
from .models import Evidence, Link, Milestone, StatusUpdate
from .querysets import ZONE_OF_COMMITMENT, ZONE_OF_MILESTONE
from .stale_filters import StaleFilter

PAGE_SIZE = 100
LEADING = Involvement.objects.filter(role="lead").select_related("institution__member", "institution__parent__parent")
FILE_TYPES = {"csv": "CSV", "xlsx": "XLSX"}


@dataclass(frozen=True)
class DatedList:
    """A list of what the clock says on a day: the same filters and rows for its page and its files."""

    name: str  # of its address, and of its files' addresses with "-csv" and "-xlsx" behind it
    template: str
    filterset: Callable
    table: Callable
    zone_path: str
    api: str = ""  # where programs find the same rows

    def day(self, asked: date | None) -> date:
        """The day that the page names: the one asked for, else today where all members have the same, else here."""
        today = asked or local_dates(self.zone_path)
        return today if isinstance(today, date) else timezone.localdate()

    def page(self, request, asked, filterset=None):
        filterset = filterset or self.filterset(request)
        context = {"asked": asked, "on": self.day(asked), "formats": self.formats(filterset)}
        return filtered_list(request, filterset, self.template, context, size=PAGE_SIZE)

    def file(self, request, asked, ending: str):
        """The whole list as a file; a filter that cannot be read is answered with the page's form, status 400."""
        filterset = self.filterset(request)
        if not filterset.is_valid():
            return self.page(request, asked, filterset)
        site = f"{request.scheme}://{request.get_host()}"
        table = self.table(filterset, self.day(asked), site, reverse(self.name))
        return file_response(request, table, ending)

    def formats(self, filterset) -> list[tuple[str, str]]:
        """``(type, address)`` of the same list in other forms."""
        asked = question(filterset)
        found = [(kind, f"{reverse(f'{self.name}-{ending}')}{query_of(asked)}") for ending, kind in FILE_TYPES.items()]
        return [*found, ("JSON", f"{self.api}{query_of({'overdue': 'true'} | asked)}")] if self.api else found


def query_of(parameters: dict) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""


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
