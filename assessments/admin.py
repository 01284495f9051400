"""Self-assessments in the admin: the coordinating ministry leads them, each institution writes and signs its forms."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import date as format_date
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.conflicts import GuardedAdmin
from commitments.models import ActionPlan
from commitments.scoping import ScopedAdmin

from . import comment_admin, corrections, irm_admin, ogp_admin, prefilling, report_admin, workflow  # noqa: F401 (*_admin register)
from .models import EntryLink, EntryResult, SelfAssessment, SelfAssessmentEntry, SelfAssessmentSection
from .writing_forms import AssessmentForm, EntryForm, MakeForm

STEPS = {
    "ask": workflow.ask_for_sign_off,
    "open": workflow.open_to_comment,
    "publish": workflow.publish,
}


def next_step(assessment: SelfAssessment) -> tuple[str, str] | None:
    """What the coordinating ministry may do next, and the button's words."""
    return {
        "draft": ("ask", _("Ask the institutions to sign off")),
        "sign_off": ("open", _("Open to public comment")),
        "public_comment": ("publish", _("Publish, and freeze as version 1")),
    }.get(assessment.stage)


def tell(model_admin, request, error: ValidationError):
    for message in error.messages:
        model_admin.message_user(request, message, level=messages.ERROR)


class SectionInline(admin.StackedInline):
    model = SelfAssessmentSection
    extra = 0
    fields = [("title", "title_ko"), ("body", "body_ko"), ("position", "key")]


@admin.register(SelfAssessment)
class SelfAssessmentAdmin(ScopedAdmin):
    form = AssessmentForm
    list_display = ["title", "plan", "kind", "stage", "published_on", "page"]
    list_filter = ["stage", "kind"]
    list_select_related = ["plan__member"]
    search_fields = ["title", "slug"]
    raw_id_fields = ["document"]
    readonly_fields = ["plan", "kind", "slug", "stage", "comment_from", "published_on"]
    inlines = [SectionInline]
    member_path = "plan__member"
    change_form_template = "admin/assessments/selfassessment/change_form.html"

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    def get_fields(self, request, obj=None):
        """How long the public may comment is fixed once it has begun; a reason is asked for after publication."""
        found = [("title", "title_ko"), "plan", "kind", "stage", "comment_days", "document", "section"]
        return [*found, "version_reason"] if obj and obj.stage == "published" else found

    def get_readonly_fields(self, request, obj=None):
        begun = obj and obj.comment_from
        return [*self.readonly_fields, "comment_days"] if begun else self.readonly_fields

    def get_urls(self):
        step = path(
            "<int:pk>/step/", self.admin_site.admin_view(self.step_view), name="assessments_selfassessment_step"
        )
        return [step, *super().get_urls()]

    def add_view(self, request, form_url="", extra_context=None):
        """A self-assessment is made from a plan, with a form for each commitment, filled from approved reports."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = MakeForm(request.POST or None, initial=request.GET.dict(), plans=self.plans(request.user))
        if form.is_valid():
            made, is_new = prefilling.make(form.cleaned_data["plan"], form.cleaned_data["kind"])
            words = _("Made. Read what was filled in, and mend it.") if is_new else _("It was made before: here it is.")
            self.message_user(request, words, level=messages.SUCCESS)
            return redirect("admin:assessments_selfassessment_change", made.pk)
        context = self.admin_site.each_context(request) | {
            "form": form,
            "opts": self.opts,
            "title": _("Make a self-assessment from a plan"),
        }
        status = 400 if form.is_bound else 200
        return render(request, "admin/assessments/selfassessment/make.html", context, status=status)

    def plans(self, user):
        found = ActionPlan.objects.filter(is_itemised=True).select_related("member").order_by("-starts_on", "slug")
        return found if user.is_superuser else found.filter(member=user.institution and user.institution.member_id)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        obj = self.get_object(request, object_id) if object_id else None
        context = {}
        if obj:
            entries = obj.entries.select_related("commitment", "lead", "signed_off_for").order_by(
                "commitment__position"
            )
            context["entries"] = list(entries)
            context["signed_off_count"] = sum(entry.is_signed_off for entry in context["entries"])
            context["next_step"] = next_step(obj) if workflow.coordinates(request.user, obj) else None
            context["comments_waiting"] = obj.comments.waiting().count()
        with transaction.atomic():
            return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        workflow.changed(form.instance, request.user, form.cleaned_data.get("version_reason", ""))

    def step_view(self, request, pk):
        """Takes the next step of the self-assessment's life."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        assessment = get_object_or_404(self.get_queryset(request), pk=pk)
        step = STEPS.get(request.POST.get("step"))
        if step is None:
            self.message_user(request, _("There is no such step."), level=messages.ERROR)
            return redirect("admin:assessments_selfassessment_change", pk)
        try:
            moved = step(assessment, request.user)
        except ValidationError as error:
            tell(self, request, error)
        else:
            words = _("The self-assessment is now at the stage “%(stage)s”.") % {"stage": moved.get_stage_display()}
            self.message_user(request, words, level=messages.SUCCESS)
        return redirect("admin:assessments_selfassessment_change", pk)

    @admin.display(description=gettext_lazy("page and files"))
    def page(self, row):
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), _("Open the page"))


# The appendix form ----------------------------------------------------------------------------------------------------
class WriterInline:
    """Rows of a form are written by whoever writes the form."""

    def has_add_permission(self, request, obj):
        return obj is None or may_write(request.user, obj)

    def has_change_permission(self, request, obj=None):
        return obj is None or may_write(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return obj is None or may_write(request.user, obj)


def may_write(user, entry: SelfAssessmentEntry) -> bool:
    """Whether the form is the account's to write; a published one is the coordinating ministry's alone."""
    if entry.assessment.stage == SelfAssessment.Stage.PUBLISHED and not workflow.coordinates(user, entry.assessment):
        return False
    return SelfAssessmentEntry.objects.writable_by(user).filter(pk=entry.pk).exists()


class ResultInline(WriterInline, admin.StackedInline):
    model = EntryResult
    extra = 0
    fields = [("heading", "heading_ko"), ("body", "body_ko"), "taken_from", ("number", "position")]
    readonly_fields = ["taken_from"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("update__milestone__commitment__plan")

    @admin.display(description=gettext_lazy("taken from"))
    def taken_from(self, row):
        if row.update is None:
            return "–"
        words = _("Report of %(day)s") % {"day": format_date(row.update.on_date, "DATE_FORMAT")}
        return format_html('<a href="{}">{}</a>', row.update.get_absolute_url(), words)


class LinkInline(WriterInline, admin.StackedInline):
    model = EntryLink
    extra = 0
    fields = ["label", "url", "position"]


@admin.register(SelfAssessmentEntry)
class SelfAssessmentEntryAdmin(GuardedAdmin, ScopedAdmin):
    form = EntryForm
    list_display = ["commitment", "assessment", "completion_level", "signed"]
    list_filter = ["assessment", ("signed_off_at", admin.EmptyFieldListFilter)]
    list_select_related = ["commitment", "assessment", "signed_off_for"]
    search_fields = ["commitment__title", "commitment__number"]
    raw_id_fields = ["lead", "document"]
    readonly_fields = ["assessment", "commitment"]
    inlines = [ResultInline, LinkInline]
    member_path = "assessment__plan__member"
    change_form_template = "admin/assessments/selfassessmententry/change_form.html"
    fieldsets = [
        (None, {"fields": ["assessment", "commitment", "lead", "office", "completion_level", "end_date_wording"]}),
        (
            gettext_lazy("In English and in Korean"),
            {
                "fields": [
                    (name, f"{name}_ko")
                    for name in (
                        "completion_note",
                        "main_objective",
                        "description",
                        "relevance",
                        "ambition",
                        "government_actors",
                        "other_actors",
                        "next_steps",
                    )
                ],
                "classes": ["side-by-side"],
            },
        ),
        (gettext_lazy("Source"), {"fields": ["document", "section"], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request):
        """A ministry's people see the forms that they write; who reads assessments sees all that are visible."""
        rows = super().get_queryset(request).filter(assessment__in=SelfAssessment.objects.visible_to(request.user))
        if request.user.role in ("editor", "head") and not request.user.is_superuser:
            return rows.filter(pk__in=SelfAssessmentEntry.objects.writable_by(request.user))
        return rows

    def get_fieldsets(self, request, obj=None):
        found = super().get_fieldsets(request, obj)
        if obj and obj.assessment.stage == SelfAssessment.Stage.PUBLISHED:
            return [*found, (_("Change after publication"), {"fields": ["version_reason"]})]
        return found

    def get_urls(self):
        view = self.admin_site.admin_view(self.sign_off_view)
        own = path("<int:pk>/sign-off/", view, name="assessments_selfassessmententry_sign_off")
        return [own, *super().get_urls()]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_write(request.user, obj))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        obj = self.get_object(request, object_id) if object_id else None
        context = {"entry": obj, "may_sign_off": bool(obj) and workflow.may_sign_off(request.user, obj)}
        with transaction.atomic():
            return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def save_model(self, request, obj, form, change):
        form.before = corrections.as_stored(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        corrections.keep(form.before, workflow.today_of(form.instance.assessment))
        reason = form.cleaned_data.get("version_reason", "")
        own = SelfAssessmentEntry.objects.filter(pk=form.instance.pk)
        workflow.changed(form.instance.assessment, request.user, reason, own)

    def sign_off_view(self, request, pk):
        """The institution stands by the form as it was shown."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        entry = get_object_or_404(self.get_queryset(request).select_related("assessment__plan__member"), pk=pk)
        shown = request.POST.get("version", "")
        entry.version = int(shown) if shown.isdecimal() else 0
        try:
            workflow.sign_off(entry, request.user)
        except ValidationError as error:
            tell(self, request, error)
        else:
            self.message_user(request, _("Signed off. A later change has to be signed off again."))
        return redirect("admin:assessments_selfassessmententry_change", pk)

    @admin.display(description=gettext_lazy("signed off"), boolean=True)
    def signed(self, row):
        return row.is_signed_off

    def view_on_site(self, obj):
        return f"{reverse('self-assessment', args=[obj.assessment.slug])}#form-{obj.commitment.number}"
