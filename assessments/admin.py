"""Assessments in the admin: the coordinating ministry writes the government's, the IRM its own; neither the other's."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commitments.scoping import ReadOnlyAdmin, ReadOnlyInline, ScopedAdmin

from .models import (
    Coding,
    EntryLink,
    EntryResult,
    IRMReview,
    Recommendation,
    Report,
    SelfAssessment,
    SelfAssessmentEntry,
    SelfAssessmentSection,
)


class SectionInline(admin.StackedInline):
    model = SelfAssessmentSection
    extra = 0
    fields = ["position", "key", "title", "body"]


class EntryInline(ReadOnlyInline):
    model = SelfAssessmentEntry
    fields = ["commitment", "completion_level", "end_date_wording"]
    readonly_fields = fields
    show_change_link = True


@admin.register(SelfAssessment)
class SelfAssessmentAdmin(ScopedAdmin):
    list_display = ["title", "plan", "kind", "stage", "published_on", "page"]
    list_filter = ["stage", "kind"]
    list_select_related = ["plan__member"]
    search_fields = ["title", "slug"]
    raw_id_fields = ["plan", "document"]
    inlines = [SectionInline, EntryInline]
    member_path = "plan__member"

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    @admin.display(description=_("page and PDF"))
    def page(self, row):
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), _("Open, make the PDF"))


class ResultInline(admin.StackedInline):
    model = EntryResult
    extra = 0
    fields = ["position", "number", "heading", "body"]


class LinkInline(admin.TabularInline):
    model = EntryLink
    extra = 0


@admin.register(SelfAssessmentEntry)
class SelfAssessmentEntryAdmin(ScopedAdmin):
    list_display = ["commitment", "assessment", "completion_level"]
    list_filter = ["assessment"]
    list_select_related = ["commitment", "assessment"]
    search_fields = ["commitment__title", "commitment__number"]
    raw_id_fields = ["assessment", "commitment", "lead", "document"]
    exclude = ["description"]
    inlines = [ResultInline, LinkInline]
    member_path = "assessment__plan__member"

    def get_queryset(self, request):
        readable = SelfAssessment.objects.visible_to(request.user)
        return super().get_queryset(request).filter(assessment__in=readable)


class CodingInline(admin.StackedInline):
    model = Coding
    extra = 0
    raw_id_fields = ["commitment", "document"]


class RecommendationInline(admin.StackedInline):
    model = Recommendation
    extra = 0
    raw_id_fields = ["document", "response_document"]


@admin.register(IRMReview)
class IRMReviewAdmin(ScopedAdmin):
    list_display = ["title", "plan", "product", "method_version", "stage"]
    list_filter = ["stage", "product"]
    list_select_related = ["plan__member"]
    search_fields = ["title", "slug"]
    raw_id_fields = ["plan", "document"]
    inlines = [CodingInline, RecommendationInline]
    member_path = "plan__member"


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Jobs and their files. They are asked for on the page of the self-assessment."""

    list_display = ["assessment", "language", "state", "progress", "created_at", "requested_by", "page"]
    list_filter = ["state", "language"]
    list_select_related = ["assessment", "requested_by"]
    fields = [
        "assessment",
        "language",
        "state",
        "progress",
        "error",
        "attempts",
        "frozen_on",
        "data_sha256",
        "file_sha256",
        "created_at",
        "finished_at",
        "requested_by",
        "page",
    ]
    readonly_fields = ["page"]
    member_path = "assessment__plan__member"

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user).defer("data")

    @admin.display(description=_("progress and file"))
    def page(self, row):
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), _("Open"))
