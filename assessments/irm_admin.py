"""The IRM's desk: reviews and their stages, codings by the method, recommendations. No ministry writes here."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.dates import local_date
from commitments.models import Commitment
from commitments.scoping import ReadOnlyInline, ScopedAdmin

from . import corrections, irm_services
from .forms import ReportForm
from .irm_forms import AdvanceForm, CodingForm, NewCodingForm, ReviewForm
from .irm_models import Coding, IRMReview, PlanRequirement, Recommendation, RecommendationUptake
from .models import Snapshot


class CodingInline(ReadOnlyInline):
    """The codings as links: each has a page of its own, whose fields are those of the method."""

    model = Coding
    template = "admin/milestones/rows.html"
    fields = ["completion", "confidence"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("review", "commitment__plan")


class RecommendationInline(ReadOnlyInline):
    model = Recommendation
    template = "admin/milestones/rows.html"
    fields = ["response"]


class RequirementInline(admin.StackedInline):
    model = PlanRequirement
    extra = 0
    raw_id_fields = ["document"]


class UptakeInline(admin.StackedInline):
    model = RecommendationUptake
    extra = 0
    raw_id_fields = ["plan", "document"]


@admin.register(IRMReview)
class IRMReviewAdmin(ScopedAdmin):
    list_display = ["title", "plan", "product", "method_version", "stage"]
    list_filter = ["stage", "product"]
    list_select_related = ["plan__member"]
    search_fields = ["title", "slug"]
    raw_id_fields = ["plan", "document"]
    form = ReviewForm
    fieldsets = [
        (None, {"fields": ["plan", "product", "method_version", "title", "slug", "stage"]}),
        (gettext_lazy("Publication"), {"fields": ["published_on", "published_wording"]}),
        (gettext_lazy("Public comment"), {"fields": ["comment_from", "comment_until"]}),
        (gettext_lazy("The plan as a whole"), {"fields": ["public_influence", "note"]}),
        (gettext_lazy("Source"), {"fields": ["document", "section"]}),
    ]
    inlines = [CodingInline, RequirementInline, RecommendationInline]
    member_path = "plan__member"
    change_form_template = "admin/assessments/irmreview/change_form.html"

    def get_urls(self):
        view = self.admin_site.admin_view(self.advance_view)
        return [path("<int:pk>/advance/", view, name="assessments_irmreview_advance"), *super().get_urls()]

    def get_readonly_fields(self, request, obj=None):
        """The stage moves by its button; plan and method stay once a commitment of the plan is coded by the method."""
        coded = obj is not None and obj.codings.exists()
        return ["stage", "plan", "method_version"] if coded else ["stage"]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["next_stage"] = obj and self.has_change_permission(request, obj) and obj.next_stage
        is_draft = obj is not None and obj.stage != IRMReview.Stage.FINAL and irm_services.may_write(request.user)
        context["trial_form"] = is_draft and ReportForm(kind=Snapshot.Kind.IRM_PLAN)
        context["may_code"] = obj and request.user.has_perm("assessments.add_coding")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def advance_view(self, request, pk):
        """Moves a review one stage on, as its button says."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        review = get_object_or_404(self.get_queryset(request).select_related("plan__member"), pk=pk)
        try:
            self.advance(request, review)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), level=messages.ERROR)
        return redirect("admin:assessments_irmreview_change", pk)

    def advance(self, request, review):
        form = AdvanceForm(request.POST)
        if not form.is_valid() or form.cleaned_data["to"] != review.next_stage:
            raise ValidationError(_("A review moves one stage on at a time. Look at where it stands now."))
        today = local_date(review.plan.member.time_zone)
        moved = irm_services.advance(review, request.user, today)
        self.log_change(request, review, [{"changed": {"fields": ["stage"]}}])
        words = _("The review is now at the stage: %(stage)s.") % {"stage": moved.get_stage_display()}
        self.message_user(request, words, level=messages.SUCCESS)


@admin.register(Coding)
class CodingAdmin(ScopedAdmin):
    """First which commitment is coded, then what the method asks."""

    list_display = ["commitment", "review", "method", "completion"]
    list_filter = ["method_version", "completion"]
    list_select_related = ["commitment", "review"]
    search_fields = ["commitment__title", "commitment__number", "review__slug"]
    raw_id_fields = ["review", "commitment", "document"]
    member_path = "review__plan__member"

    @admin.display(description=gettext_lazy("method version"), ordering="method_version")
    def method(self, row):
        return row.get_method_version_display()

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | {"form": CodingForm if obj else NewCodingForm})

    def get_readonly_fields(self, request, obj=None):
        return ["review", "commitment", "method"] if obj else []

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Coming from a review, one chooses among the forms of its plan that it has not coded yet."""
        asked = request.GET.get("review", "")
        if db_field.name == "commitment" and asked.isdecimal():
            of_plan = Commitment.objects.forms().filter(plan__irm_reviews=asked).exclude(codings__review=asked)
            kwargs |= {"queryset": of_plan.order_by("position"), "widget": forms.Select}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fieldsets(self, request, obj=None):
        """Exactly the indicators of the coding's method."""
        if obj is None:
            return [(None, {"fields": NewCodingForm.Meta.fields})]
        own = ["behind_schedule", "rationale", "evidence", "confidence"]
        return [
            (None, {"fields": ["review", "commitment", "method", "title_as_quoted", "summary"]}),
            (gettext_lazy("Indicators"), {"fields": [*obj.codebook.names, *own]}),
            (gettext_lazy("Source"), {"fields": ["document", "section"]}),
        ]

    def save_model(self, request, obj, form, change):
        """A final review's coding is corrected: pages of earlier days show what it said before."""
        before = corrections.as_stored(obj) if change else None
        super().save_model(request, obj, form, change)
        if before:
            corrections.keep(before, local_date(obj.review.plan.member.time_zone))

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(request, _("Now give the values."), level=messages.INFO)
        return redirect("admin:assessments_coding_change", obj.pk)


@admin.register(Recommendation)
class RecommendationAdmin(ScopedAdmin):
    list_display = ["__str__", "review"]
    list_select_related = ["review"]
    search_fields = ["title", "review__slug"]
    raw_id_fields = ["review", "document", "response_document"]
    inlines = [UptakeInline]
    member_path = "review__plan__member"
