"""Search results as a file."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.exports import Column, Table
from commitments.templatetags.record import local_title
from milestones.exports import about

from .filters import SearchFilter


def columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Kind of result"), lambda row: str(row.get_kind_display()), 22),
        Column(gettext_lazy("Title"), local_title, 60),
        Column(gettext_lazy("Member"), lambda row: local_title(row.member), 20),
        Column(gettext_lazy("Plan"), lambda row: row.plan.slug, 8),
        Column(gettext_lazy("Commitment number"), lambda row: row.commitment and row.commitment.number, 12),
        Column(gettext_lazy("OGP id"), lambda row: row.commitment and row.commitment.ogp_id, 12),
        Column(gettext_lazy("Date"), lambda row: row.dated_on, 12),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{row.path}", 60),
    ]


def table(filterset: SearchFilter, on: date, site: str, path: str) -> Table:
    """*path* is that of the search page."""
    title = _("Search results")
    return Table(
        name=f"search-{on:%Y-%m-%d}",
        title=title,
        columns=columns(site),
        rows=filterset.qs.select_related("member", "plan", "commitment"),
        about=about(title, filterset, on, f"{site}{path}"),
    )
