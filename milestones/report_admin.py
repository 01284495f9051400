"""Status reports in the admin: written, submitted, reviewed by somebody else, then public and fixed."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.conflicts import GuardedAdmin
from commitments.dates import local_date
from commitments.scoping import ScopedAdmin
from commitments.templatetags.record import local_title

from . import history, services
from .bulk_admin import ReviewActions
from .forms import EvidenceForm, ReviewForm, StatusUpdateForm
from .models import Deadline, Evidence, Milestone, StatusUpdate
from .querysets import may_review_co_owners


class EvidenceInline(admin.StackedInline):
    model = Evidence
    form = EvidenceForm
    extra = 0  # new evidence has fields of its own, above
    readonly_fields = ["stored"]
    view_on_site = False

    def get_fields(self, request, obj=None):
        """A stored file is opened from the tracker's own address; the field to choose one is the author's."""
        return (
            ["title", "url", "file", "stored"]
            if self.has_change_permission(request, obj)
            else ["title", "url", "stored"]
        )

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("link")

    @admin.display(description=gettext_lazy("stored file, or state of the link"))
    def stored(self, row):
        if row.pk and row.link:
            return " ".join(filter(None, [str(row.link.get_state_display()), str(row.link.get_problem_display())]))
        if not row.pk or not row.file:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("evidence", args=[row.pk]), row.file_name)

    def has_add_permission(self, request, obj):
        return obj is None or may_write(request.user, obj)

    def has_change_permission(self, request, obj=None):
        return obj is None or may_write(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return obj is None or may_write(request.user, obj)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("milestones.view_evidence")


def may_write(user, update: StatusUpdate) -> bool:
    """A report is its author's while it is a draft or was returned; afterwards nobody's."""
    return update.is_open and update.author_id == user.pk


def about(milestone: Milestone, update: StatusUpdate) -> dict:
    """What the form shows beside its fields: the plan's words, the deadlines, and the previous public report of the
    same voice."""
    day = local_date(milestone.commitment.plan.member.time_zone)
    reports = StatusUpdate.objects.known(day).of_voice(update).filter(milestone=milestone).latest_first()
    return {
        "milestone": milestone,
        "deadlines": milestone.deadlines_in_force(day),
        "previous": reports.exclude(pk=update.pk).first(),
    }


def may_review(user, update: StatusUpdate) -> bool:
    return (
        update.review == StatusUpdate.Review.SUBMITTED
        and user.has_perm("milestones.review_statusupdate")
        and update.author_id != user.pk
        and (not update.as_co_owner or may_review_co_owners(user))
    )


def waits_for(update: StatusUpdate) -> str:
    """Where a report stands that was handed in: which roles review it."""
    if update.as_co_owner:
        return _("It waits for review. Once the coordinating ministry approves it, it is public.")
    return _(
        "It waits for review. Once the head of your institution or the coordinating ministry approves it, it is public."
    )


def submitted_words(update: StatusUpdate) -> str:
    return format_html("{} {}", _("The report is submitted."), waits_for(update))


def new_report(user) -> StatusUpdate:
    """A report that the account has yet to write, in its voice."""
    return StatusUpdate(author=user, institution=user.institution, as_co_owner=user.is_co_owner)


def voice_words(update: StatusUpdate) -> str:
    """Under the title of a co-owner's report, that it is one."""
    return _("Civil-society co-owner: %(institution)s") % {"institution": local_title(update.institution)}


MISSING = "missing"  # in the address of a draft that could not be submitted
AUTOSAVE = "_autosave"  # sent by the script that saves a draft while it is being written


def with_missing(address: str, error: ValidationError) -> str:
    """The draft's address at the first field that lacks something."""
    lacking = [name for name in StatusUpdateForm.Meta.fields if name in getattr(error, "error_dict", {})]
    return f"{address}?{MISSING}#id_{lacking[0]}" if lacking else address


@admin.register(StatusUpdate)
class StatusUpdateAdmin(ReviewActions, GuardedAdmin, ScopedAdmin):
    """Reports: written by editors, submitted, reviewed by somebody else, then public and fixed."""

    form = StatusUpdateForm
    list_display = ["milestone", "on_date", "status", "review", "institution", "voice", "author"]
    list_filter = ["review", "status", "as_co_owner"]
    list_select_related = ["milestone", "institution", "author"]
    search_fields = ["milestone__title", "what_was_done"]
    inlines = [EvidenceInline]
    view_on_site = False  # it is there only once approved
    change_form_template = "admin/milestones/statusupdate/change_form.html"

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    @admin.display(description=gettext_lazy("voice"))
    def voice(self, row):
        return _("Civil-society co-owner") if row.as_co_owner else _("Ministry")

    def get_urls(self):
        review = path(
            "<int:pk>/review/", self.admin_site.admin_view(self.review_view), name="milestones_statusupdate_review"
        )
        return [review, *super().get_urls()]

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_write(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        return False

    def add_view(self, request, form_url="", extra_context=None):
        """A report is about a milestone: without one in the address, it is chosen from the list first."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.GET.get("milestone", "")
        if not asked.isdecimal():
            self.message_user(request, _("Choose the milestone that you report on."))
            return redirect("admin:milestones_milestone_changelist")
        request.milestone = get_object_or_404(Milestone.objects.reported_by(request.user), pk=asked)
        return super().add_view(request, form_url, extra_context)

    def get_fieldsets(self, request, obj=None):
        """The report itself and, for its author, quick ways to add evidence."""
        found = [(None, {"fields": self.fields_asked(request, obj)})]
        if obj is None or may_write(request.user, obj):
            found.append((_("Add evidence"), {"fields": ["files", "links"]}))
        return found

    def fields_asked(self, request, obj) -> list[str]:
        """Which deadline a report is about is only asked when the milestone has several."""
        request.milestone = obj.milestone if obj else request.milestone
        several = request.milestone.deadlines.filter(withdrawn_on=None).count() > 1
        return [name for name in StatusUpdateForm.Meta.fields if several or name != "deadline"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        """After an attempt to submit, the form of the draft shows at its fields what is still missing."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj and MISSING in request.GET and may_write(request.user, obj):
            form.missing = services.problems(obj, obj.evidence.count(), services.today_of(obj))
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "deadline":
            kwargs["queryset"] = request.milestone.deadlines.filter(withdrawn_on=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        today = local_date(request.milestone.commitment.plan.member.time_zone)
        unmet = Deadline.objects.filter(milestone=request.milestone).unmet(today).order_by("due_on")
        asked = {"on_date": today, "deadline": unmet.values_list("pk", flat=True).first()}
        return asked | super().get_changeform_initial_data(request)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.milestone = request.milestone
            obj.author = request.user
            obj.institution = request.user.institution
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        form.save_evidence()

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        update = self.get_object(request, object_id) if object_id else None
        milestone = update.milestone if update else getattr(request, "milestone", None)
        context, voice = {"had_files": bool(request.FILES)} | (extra_context or {}), update or new_report(request.user)
        if milestone:
            context["about"] = about(milestone, voice)
        if voice.as_co_owner:
            context["subtitle"] = voice_words(voice)
        if update:
            context["update"] = update
            context["returns"] = history.returns_of(update)
            context["waits_for"] = waits_for(update)
            context["may_review"] = may_review(request.user, update)
            context["review_form"] = ReviewForm()
        return super().changeform_view(request, object_id, form_url, context)

    def response_add(self, request, obj, post_url_continue=None):
        return self.after_save(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self.after_save(request, obj) or super().response_change(request, obj)

    def after_save(self, request, obj):
        """The draft is kept whatever happens; "submit" then hands it on, or says what is still missing."""
        page = redirect("admin:milestones_statusupdate_change", obj.pk)
        if AUTOSAVE in request.POST:
            return JsonResponse({"address": page.url} | self.edition_now(request, obj))
        if "_submit" not in request.POST:
            self.message_user(request, _("The draft is saved. Nobody but you and your reviewers sees it."))
            return page
        try:
            services.submit(obj)
        except ValidationError as error:
            self.message_user(request, _("The draft is saved, but it cannot be submitted yet:"), level=messages.WARNING)
            for message in error.messages:
                self.message_user(request, message, level=messages.ERROR)
            return redirect(with_missing(page.url, error))
        self.message_user(request, submitted_words(obj), level=messages.SUCCESS)
        return redirect("admin:index")

    def log_addition(self, request, obj, message):
        return None if AUTOSAVE in request.POST else super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        """What is saved while it is being written fills no log."""
        return None if AUTOSAVE in request.POST else super().log_change(request, obj, message)

    def review_view(self, request, pk):
        """Approves or returns a submitted report."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        update = get_object_or_404(self.get_queryset(request), pk=pk)
        form = ReviewForm(request.POST)
        page = redirect("admin:milestones_statusupdate_change", pk)
        if not form.is_valid():
            for errors in form.errors.values():
                self.message_user(request, " ".join(errors), level=messages.ERROR)
            return page
        try:
            if form.cleaned_data["decision"] == ReviewForm.APPROVE:
                services.approve(update, request.user)
                self.message_user(request, _("Approved. The report is public now."), level=messages.SUCCESS)
            else:
                services.return_to_author(update, request.user, form.cleaned_data["return_reason"])
                self.message_user(request, _("Returned to its author with your reason."), level=messages.SUCCESS)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), level=messages.ERROR)
        return page
