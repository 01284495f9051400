"""The admin's first page is a desk: what is mine, what is late, what waits for me."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.sign_in import SignInView
from commitments.dates import local_dates
from milestones.models import Milestone
from milestones.querysets import ZONE_OF_MILESTONE

from .desk import LONGEST_LIST, desk


def assigned_to(user):
    """The milestones whose reports the account was asked to see to, as long as it still reports on them."""
    rows = Milestone.objects.reported_by(user).filter(assignee=user).with_state(local_dates(ZONE_OF_MILESTONE))
    return rows.select_related("commitment__plan__member")[:LONGEST_LIST]


class TrackerAdminSite(AdminSite):
    site_title = _("OGP tracker")
    site_header = _("OGP tracker")
    index_title = _("Your desk")
    enable_nav_sidebar = False

    def index(self, request, extra_context=None):
        context = {"desk": desk(request.user), "assigned": assigned_to(request.user)}
        return super().index(request, context | (extra_context or {}))

    def login(self, request, extra_context=None):
        """The sign-in page of ``accounts.sign_in``, in the admin's frame."""
        return sign_in(self, request, extra_context or {})


def sign_in(site, request, extra_context):
    if request.method == "GET" and site.has_permission(request):
        return redirect("admin:index")
    context = site.each_context(request) | {"title": _("Log in"), "subtitle": None} | extra_context
    context |= {"app_path": request.get_full_path(), "username": request.user.get_username()}
    context["single_sign_on"] = bool(settings.OIDC_ISSUER)
    if "next" not in request.GET and "next" not in request.POST:
        context["next"] = reverse("admin:index")
    return SignInView.as_view(extra_context=context, template_name="admin/login.html")(request)
