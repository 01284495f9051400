"""Self-assessments in the admin: the coordinating ministry writes them."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commitments.scoping import ReadOnlyInline, ScopedAdmin

from . import irm_admin, ogp_admin, report_admin  # noqa: F401 (each registers its models)
from .models import EntryLink, EntryResult, SelfAssessment, SelfAssessmentEntry, SelfAssessmentSection


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
