"""Imports of OGP's commitment data in the admin: administrators read what came in, and change nothing."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from commitments.scoping import ReadOnlyAdmin, ReadOnlyInline

from .models import OGPFault, OGPImport, OGPRow
from .ogp_columns import COLUMNS


class FaultInline(ReadOnlyInline):
    model = OGPFault
    fields = ["column", "value", "done"]
    readonly_fields = fields


@admin.register(OGPImport)
class OGPImportAdmin(ReadOnlyAdmin):
    list_display = ["file_name", "rows", "fault_count", "started_at", "finished_at", "imported_by"]
    list_select_related = ["imported_by"]


@admin.register(OGPRow)
class OGPRowAdmin(ReadOnlyAdmin):
    """Each row with its cells by their column."""

    list_display = ["identifier", "commitment", "joined", "in_file", "line"]
    list_filter = ["in_file", "joined"]
    list_select_related = ["commitment"]
    search_fields = ["identifier"]
    exclude = ["cells"]
    readonly_fields = ["as_given"]
    inlines = [FaultInline]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return (
            rows if request.resolver_match and request.resolver_match.kwargs.get("object_id") else rows.defer("cells")
        )

    @admin.display(description=_("cells"))
    def as_given(self, row):
        return "\n".join(f"{name}: {text}" for name, text in zip(COLUMNS, row.cells, strict=True))
