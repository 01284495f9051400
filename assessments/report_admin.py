"""Reports in the admin: which jobs there are, who asked, and what became of them."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commitments.scoping import ReadOnlyAdmin

from .models import Report


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
