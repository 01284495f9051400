"""The admin's first page is a desk: what is mine, what is late, what waits for me."""

from datetime import date, timedelta

from django.contrib.admin import AdminSite
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from assessments.models import SelfAssessment
from commitments.dates import local_dates
from milestones.models import Deadline, Milestone, StatusUpdate
from milestones.querysets import ZONE_OF_DEADLINE, ZONE_OF_MILESTONE, day

SOON = timedelta(days=30)
LONGEST_LIST = 20
UNFINISHED = StatusUpdate.objects.filter(milestone=OuterRef("pk")).exclude(review="approved").order_by("-pk")


def thirty_days_after(today: date) -> date:
    return today + SOON


def desk(user) -> dict:
    """What the account should look at first. Lists are cut at ``LONGEST_LIST``; the counts are of everything."""
    found = {}
    if user.has_perm("milestones.add_statusupdate") and (user.institution_id or user.is_superuser):
        mine = Milestone.objects.reported_by(user)
        late = (
            mine.overdue(local_dates(ZONE_OF_MILESTONE))
            .annotate(unfinished_report=Subquery(UNFINISHED.values("review")[:1]))
            .select_related("commitment__plan__member")
            .order_by("overdue_due_on", "pk")
        )
        soon = (
            Deadline.objects.filter(milestone__in=mine)
            .unmet(local_dates(ZONE_OF_DEADLINE))
            .filter(due_on__gte=F("as_of"), due_on__lte=day(local_dates(ZONE_OF_DEADLINE, shift=thirty_days_after)))
            .select_related("milestone__commitment__plan")
            .order_by("due_on", "pk")
        )
        own = StatusUpdate.objects.filter(author=user).select_related("milestone")
        found |= {
            "late": late[:LONGEST_LIST],
            "late_count": late.count(),
            "soon": soon[:LONGEST_LIST],
            "soon_count": soon.count(),
            "returned": own.filter(review="returned")[:LONGEST_LIST],
            "drafts": own.filter(review="draft")[:LONGEST_LIST],
            "reports_status": True,
        }
    if user.has_perm("milestones.review_statusupdate"):
        waiting = StatusUpdate.objects.visible_to(user).awaiting_review().exclude(author=user)
        found |= {
            "reviews": True,
            "waiting": waiting.select_related("milestone", "institution").order_by("submitted_at")[:LONGEST_LIST],
        }
    if user.has_perm("assessments.add_report"):
        found["assessments"] = SelfAssessment.objects.visible_to(user).select_related("plan__member")[:LONGEST_LIST]
    return found


class TrackerAdminSite(AdminSite):
    site_title = _("OGP tracker")
    site_header = _("OGP tracker")
    index_title = _("Your desk")
    enable_nav_sidebar = False

    def index(self, request, extra_context=None):
        return super().index(request, {"desk": desk(request.user)} | (extra_context or {}))
