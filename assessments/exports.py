"""One snapshot, any format: which program makes which file."""

from collections.abc import Callable

from .documents import render_docx
from .models import Report, Snapshot
from .plan_packages import render_zip
from .rendering import Made, nothing, render_archive, render_pdf
from .workbooks import render_xlsx

MAKERS = {
    Report.Format.PDF: render_pdf,
    Report.Format.PDFA: render_archive,
    Report.Format.DOCX: render_docx,
    Report.Format.XLSX: render_xlsx,
    Report.Format.ZIP: render_zip,
}


def export(
    snapshot: Snapshot,
    format: str,
    on_step: Callable[[str], None] = nothing,
    on_page: Callable[[], None] = nothing,
) -> Made:
    """The snapshot's file in the format. Raises ReportError. *on_step* and *on_page* are told how far it is."""
    return MAKERS[Report.Format(format)](snapshot, on_step, on_page)
