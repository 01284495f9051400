"""The admin's first page is a desk: what is mine, what is late, what waits for me."""

from datetime import timedelta

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _

from commitments.dates import local_date
from milestones.models import Deadline, Milestone, StatusUpdate

SOON = timedelta(days=30)
LONGEST_LIST = 20


def desk(user) -> dict:
    """What the account should look at first. Lists are cut at ``LONGEST_LIST``; the counts are of everything."""
    found = {}
    if user.has_perm("milestones.add_statusupdate") and (user.institution_id or user.is_superuser):
        on = local_date(user.institution.member.time_zone if user.institution_id else "UTC")
        mine = Milestone.objects.reported_by(user)
        late = mine.overdue(on).select_related("commitment__plan__member").order_by("overdue_due_on", "pk")
        soon = (
            Deadline.objects.filter(milestone__in=mine)
            .unmet(on)
            .filter(due_on__gte=on, due_on__lte=on + SOON)
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
    return found


class TrackerAdminSite(AdminSite):
    site_title = _("OGP tracker")
    site_header = _("OGP tracker")
    index_title = _("Your desk")
    enable_nav_sidebar = False

    def index(self, request, extra_context=None):
        return super().index(request, {"desk": desk(request.user)} | (extra_context or {}))
