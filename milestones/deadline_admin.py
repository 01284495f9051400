"""Deadlines and the notices of the clock in the admin: read, and moved by an amendment with a reason."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.dates import local_date
from commitments.scoping import ReadOnlyAdmin

from . import services
from .bulk_admin import AmendActions
from .forms import AmendForm
from .models import Deadline, Milestone, OverdueNotice


@admin.register(Deadline)
class DeadlineAdmin(AmendActions, ReadOnlyAdmin):
    """Deadlines are read from the plan's words; moving one is an amendment with a reason."""

    list_display = ["milestone", "due_on", "precision", "set_on", "withdrawn_on"]
    list_select_related = ["milestone"]
    search_fields = ["milestone__title"]
    date_hierarchy = "due_on"
    change_form_template = "admin/milestones/deadline/change_form.html"
    member_path = "milestone__commitment__plan__member"

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if request.user.institution_id is None:
            return rows
        return rows.filter(milestone__in=Milestone.objects.reported_by(request.user))

    def get_urls(self):
        amend = path("<int:pk>/amend/", self.admin_site.admin_view(self.amend_view), name="milestones_deadline_amend")
        return [amend, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        may_amend = request.user.has_perm("milestones.change_deadline")
        return super().change_view(request, object_id, form_url, {"may_amend": may_amend} | (extra_context or {}))

    def amend_view(self, request, pk):
        """Moves a deadline, keeping the earlier one."""
        if not request.user.has_perm("milestones.change_deadline"):
            raise PermissionDenied
        deadline = get_object_or_404(self.get_queryset(request).filter(withdrawn_on=None), pk=pk)
        today = local_date(deadline.milestone.commitment.plan.member.time_zone)
        form = AmendForm(request.POST or None, deadline=deadline, today=today)
        if form.is_valid():
            data = form.cleaned_data
            services.amend_deadline(deadline, data["due_on"], data["reason"], data["set_on"], by=request.user)
            self.message_user(request, _("The deadline is amended; the earlier one stays public beside it."))
            return redirect("admin:milestones_milestone_change", deadline.milestone_id)
        context = self.admin_site.each_context(request) | {
            "form": form,
            "deadline": deadline,
            "opts": self.opts,
            "title": _("Amend a deadline"),
        }
        return render(request, "admin/milestones/deadline/amend.html", context, status=400 if form.is_bound else 200)


@admin.register(OverdueNotice)
class OverdueNoticeAdmin(ReadOnlyAdmin):
    """What the clock flagged. Nobody writes here."""

    list_display = ["deadline", "milestone", "overdue_since", "flagged_on", "cleared_on"]
    list_select_related = ["deadline__milestone"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(deadline__milestone__in=Milestone.objects.reported_by(request.user))

    @admin.display(description=gettext_lazy("milestone"))
    def milestone(self, row):
        return row.deadline.milestone
