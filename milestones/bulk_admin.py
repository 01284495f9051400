"""Bulk actions in the admin: first a page that says what will happen and what cannot, then the batch with its undo."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from commitments.dates import local_date
from commitments.scoping import ReadOnlyAdmin

from . import bulk, undo
from .bulk_forms import AmendManyForm, AssignForm, ReturnManyForm
from .models import Batch, Milestone


@dataclass(frozen=True)
class Step:
    """A bulk action's page: its words, its form (None when nothing is asked), and the job that the form makes."""

    name: str  # of the admin action
    title: str
    button: str
    form: forms.Form | None
    job: Callable[[forms.Form | None], bulk.Job]  # of a form that is valid, or of None before it is


def too_many(model_admin, request) -> None:
    words = _("Choose at most %(number)s rows at once.") % {"number": bulk.AT_MOST}
    model_admin.message_user(request, words, level=messages.WARNING)


def out_of_scope(request, rows) -> int:
    """How many of the rows that were ticked are not the account's to see."""
    if request.POST.get("select_across") == "1":
        return 0
    return len(set(request.POST.getlist(ACTION_CHECKBOX_NAME))) - len(rows)


def bulk_page(model_admin, request, queryset, step: Step):
    """Does the action when the person has confirmed it; else shows what it would do."""
    rows = list(queryset.order_by("pk")[: bulk.AT_MOST + 1])
    if len(rows) > bulk.AT_MOST:
        return too_many(model_admin, request)
    filled = step.form is None or step.form.is_valid()
    if "_apply" in request.POST and filled:
        return finished(model_admin, request, bulk.run(step.job(step.form), rows, request.user))
    possible, impossible = bulk.sorted_out(step.job(step.form if filled else None), rows)
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": step.title,
        "step": step,
        "form": step.form,
        "keys": [row.pk for row in rows],
        "possible": possible,
        "impossible": impossible,
        "out_of_scope": out_of_scope(request, rows),
        "selection": ACTION_CHECKBOX_NAME,
    }
    bad = step.form is not None and step.form.is_bound and not filled
    return render(request, "admin/milestones/bulk.html", context, status=400 if bad else 200)


def finished(model_admin, request, batch: Batch):
    words = ngettext("%(n)s row is done.", "%(n)s rows are done.", batch.done) % {"n": batch.done}
    model_admin.message_user(request, words, level=messages.SUCCESS if batch.done else messages.WARNING)
    for name, why in batch.refused:
        model_admin.message_user(request, f"{name}: {why}", level=messages.WARNING)
    return redirect("admin:milestones_batch_change", batch.pk)


def form_data(request):
    """What was typed; None when the page is only being opened."""
    return request.POST if {"_apply", "_preview"} & request.POST.keys() else None


# The actions ----------------------------------------------------------------------------------------------------------
class ReviewActions:
    """Approve or return many reports. Mixed into the admin of reports."""

    actions = ["approve_selected", "return_selected"]

    def has_review_permission(self, request):
        return request.user.has_perm("milestones.review_statusupdate")

    def to_review(self, queryset):
        return queryset.select_related("milestone__commitment__plan__member", "deadline")

    @admin.action(description=gettext_lazy("Approve selected reports"), permissions=["review"])
    def approve_selected(self, request, queryset):
        title, button = _("Approve reports"), _("Approve and publish")
        step = Step("approve_selected", title, button, None, lambda form: bulk.approving(request.user))
        return bulk_page(self, request, self.to_review(queryset), step)

    @admin.action(description=gettext_lazy("Return selected reports"), permissions=["review"])
    def return_selected(self, request, queryset):
        def job(form):
            return bulk.returning(request.user, form.cleaned_data["reason"] if form else "")

        title, button = _("Return reports"), _("Return to their authors")
        step = Step("return_selected", title, button, ReturnManyForm(form_data(request)), job)
        return bulk_page(self, request, self.to_review(queryset), step)


class AmendActions:
    """Amend many deadlines. Mixed into the admin of deadlines."""

    actions = ["amend_selected"]

    def has_amend_permission(self, request):
        return request.user.has_perm("milestones.change_deadline")

    @admin.action(description=gettext_lazy("Amend selected deadlines"), permissions=["amend"])
    def amend_selected(self, request, queryset):
        def job(form):
            if form is None:
                return bulk.before_amending(request.user)
            data = form.cleaned_data
            return bulk.amending(request.user, form.new_due, data["reason"], data["set_on"])

        rows = queryset.select_related("milestone__commitment__plan__member")
        first = rows.order_by("pk").first()
        today = local_date(first.milestone.commitment.plan.member.time_zone) if first else None
        form = AmendManyForm(form_data(request), initial={"set_on": today})
        step = Step("amend_selected", _("Amend deadlines"), _("Amend"), form, job)
        return bulk_page(self, request, rows, step)


class AssignedFilter(admin.SimpleListFilter):
    """Whose milestones these are."""

    title = gettext_lazy("assigned to")
    parameter_name = "assigned"

    def lookups(self, request, model_admin):
        return [("me", _("me")), ("somebody", _("somebody")), ("nobody", _("nobody"))]

    def queryset(self, request, queryset):
        if self.value() == "me":
            return queryset.filter(assignee=request.user)
        if self.value() in ("somebody", "nobody"):
            return queryset.filter(assignee__isnull=self.value() == "nobody")
        return queryset


class AssignActions:
    """Assign many milestones. Mixed into the admin of milestones."""

    actions = ["assign_selected"]

    def has_assign_permission(self, request):
        return request.user.has_perm("milestones.assign_milestone")

    @admin.action(description=gettext_lazy("Assign selected milestones"), permissions=["assign"])
    def assign_selected(self, request, queryset):
        chosen = Milestone.objects.filter(pk__in=queryset.order_by().values("pk"))
        rows = chosen.select_related("commitment__plan__member", "assignee")

        def job(form):
            assignee = form.cleaned_data["assignee"] if form else None
            reportable = Milestone.objects.reported_by(assignee) if assignee else Milestone.objects.none()
            keys = set(reportable.filter(pk__in=chosen.values("pk")).values_list("pk", flat=True))
            found = bulk.assigning(request.user, assignee, keys)
            return found if form else bulk.Job(found.action, lambda row: "", found.do)

        form = AssignForm(form_data(request), by=request.user)
        step = Step("assign_selected", _("Assign milestones"), _("Assign"), form, job)
        return bulk_page(self, request, rows, step)


# The batch ------------------------------------------------------------------------------------------------------------
@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Bulk actions: one's own; for the coordinating ministry, all of its member's. With the undo of each."""

    list_display = ["action", "when", "actor", "done", "undone_at"]
    list_select_related = ["actor"]
    list_filter = ["action"]
    fields = ["action", "when", "actor", "institution", "request_id", "done", "undone_at", "undone_by"]
    readonly_fields = fields
    member_path = "institution__member"
    change_form_template = "admin/milestones/batch/change_form.html"

    def get_queryset(self, request):
        user, rows = request.user, super().get_queryset(request).select_related("actor", "institution", "undone_by")
        if user.is_superuser or (user.role == User.Role.COORDINATOR and user.institution_id):
            return rows
        return rows.filter(actor=user)

    def get_urls(self):
        view = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", view, name="milestones_batch_undo"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        batch = self.get_object(request, object_id)
        context = {"title": _("Bulk action")}
        if batch:
            context["rows"] = [(event, bulk.name_of(undo.row_of(event))) for event in undo.events_of(batch)]
            open_still = batch.may_still_be_undone(timezone.now())
            context["may_undo"] = batch.done and open_still and undo.may_undo(request.user, batch)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def undo_view(self, request, pk):
        """Undoes what nobody has touched since, and names the rest."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            number, kept = undo.undo(batch, request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), level=messages.ERROR)
            return redirect("admin:milestones_batch_change", pk)
        words = ngettext("%(n)s row is undone.", "%(n)s rows are undone.", number) % {"n": number}
        self.message_user(request, words, level=messages.SUCCESS if number else messages.WARNING)
        for name, why in kept:
            self.message_user(request, f"{name}: {why}", level=messages.WARNING)
        return redirect("admin:milestones_batch_change", pk)
