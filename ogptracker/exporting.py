"""What a page needs that lets those who may ask for a file."""

from assessments.forms import ReportForm


def exporting(request, kind: str) -> dict:
    """The form that asks for a file of that kind of snapshot, for those who may."""
    form = ReportForm(kind=kind, initial={"language": request.LANGUAGE_CODE})
    return {"irm_form": form, "may_export": request.user.has_perm("assessments.add_report")}
