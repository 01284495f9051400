"""Reports in the admin: which jobs there are, who asked, and what became of them."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commitments.scoping import ReadOnlyAdmin

from .models import Report


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Jobs and their files. They are asked for on the page of the self-assessment."""

    list_display = [
        "subject",
        "version",
        "language",
        "format",
        "state",
        "progress",
        "created_at",
        "requested_by",
        "page",
    ]
    list_filter = ["state", "format", "snapshot__language"]
    list_select_related = ["snapshot", "requested_by"]
    fields = [
        "subject",
        "version",
        "language",
        "format",
        "state",
        "progress",
        "error",
        "attempts",
        "frozen_on",
        "sha256",
        "file_sha256",
        "created_at",
        "finished_at",
        "requested_by",
        "page",
    ]
    readonly_fields = ["subject", "version", "language", "frozen_on", "sha256", "page"]
    member_path = "snapshot__plan__member"

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user).light()

    @admin.display(description=_("subject"), ordering="snapshot__subject")
    def subject(self, row):
        return row.snapshot.subject

    @admin.display(description=_("version"), ordering="snapshot__version")
    def version(self, row):
        return row.snapshot.version

    @admin.display(description=_("language"), ordering="snapshot__language")
    def language(self, row):
        return row.snapshot.get_language_display()

    @admin.display(description=_("frozen on"))
    def frozen_on(self, row):
        return row.snapshot.frozen_on

    @admin.display(description=_("SHA-256 of the snapshot"))
    def sha256(self, row):
        return row.snapshot.sha256

    @admin.display(description=_("progress and file"))
    def page(self, row):
        return format_html('<a href="{}">{}</a>', row.get_absolute_url(), _("Open"))
