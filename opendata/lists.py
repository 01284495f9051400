"""Every list of the record as a file: its rows, its filters (those of the API), and the columns of both formats.

What is overdue or stale, the comparison and the IRM's codings have their files beside their pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.dates import local_dates
from commitments.exports import Column, Table, Value
from commitments.record_exports import (
    document_columns,
    documents_in_order,
    institution_columns,
    institutions_in_order,
    member_columns,
    members_in_order,
)
from commitments.record_filters import DocumentListFilter, InstitutionListFilter
from milestones.filters import MilestoneFilter, PlanFilter, TrackedCommitmentFilter
from milestones.member_lists import MemberFilter
from milestones.record_exports import (
    commitment_list_columns,
    commitments_in_order,
    milestone_columns,
    milestones_in_order,
    plan_columns,
    plans_in_order,
)


@dataclass(frozen=True)
class FileList:
    """A list of the record. *name* is that of its page's, its files' and its API's addresses; a list that has a
    *zone_path* (from a row to its member's time zone) tells of a day."""

    name: str
    title: Any
    filterset: type[django_filters.FilterSet]
    rows: Callable[[], QuerySet]
    columns: Callable[[str], list[Column]]
    zone_path: str = ""

    def asked(self, parameters) -> dict[str, str]:
        """Of the parameters of a page, those that a filter of the list knows, and that are not empty."""
        names = self.filterset.base_filters
        return {name: parameters[name] for name in sorted(names) if parameters.get(name)}

    def formats(self, parameters) -> list[tuple[str, str]]:
        """``(type, address)`` of the same list in other forms."""
        words = query_of(self.asked(parameters))
        files = [(kind, f"{reverse(f'{self.name}-{kind.lower()}')}{words}") for kind in ("CSV", "XLSX")]
        return [*files, ("JSON", f"{self.api}{words}")]

    @property
    def api(self) -> str:
        return f"/api/v1/{self.name}/"

    @property
    def page(self) -> str:
        """The address of the list's page; of its data in the API where it has no page."""
        try:
            return reverse(self.name)
        except NoReverseMatch:
            return self.api

    def day(self, filterset) -> date | None:
        """The day that a list tells of: the one asked for, else today where all members have the same, else here."""
        if not self.zone_path:
            return None
        today = filterset.form.cleaned_data.get("as_of") or local_dates(self.zone_path)
        return today if isinstance(today, date) else timezone.localdate()

    def table(self, filterset, site: str) -> Table:
        on = self.day(filterset)
        return Table(
            name=f"{self.name}-{on or timezone.localdate():%Y-%m-%d}",
            title=str(self.title),
            columns=self.columns(site),
            rows=filterset.qs,
            about=self.about(filterset, on, site),
        )

    def about(self, filterset, on: date | None, site: str) -> list[tuple[str, Value]]:
        """What the second sheet of a spreadsheet says: what it holds, of which day, made when, from where."""
        asked = self.asked(filterset.data)
        labels = {name: filterset.form.fields[name].label for name in asked}
        made = timezone.localtime(timezone.now())
        words = "; ".join(f"{labels[name]}: {value}" for name, value in asked.items() if name != "as_of")
        address = query_of(asked | ({"as_of": on.isoformat()} if on else {}))
        return [
            (_("What"), str(self.title)),
            *([(_("As of"), on)] if on else []),
            (_("Filters"), words or _("no filter")),
            (_("Exported at"), f"{made:%Y-%m-%d %H:%M} {made.tzname()}"),
            (_("Address of the list"), f"{site}{self.page}{address}"),
            (_("Empty"), _("Not stated in the source. Never “No” or zero.")),
            (_("Source"), _("OGP tracker. The page of each row names the document and section that it was read from.")),
        ]


def query_of(parameters: dict) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""


LISTS = {
    row.name: row
    for row in (
        FileList("members", gettext_lazy("Members"), MemberFilter, members_in_order, member_columns, "time_zone"),
        FileList(
            "institutions",
            gettext_lazy("Institutions"),
            InstitutionListFilter,
            institutions_in_order,
            institution_columns,
        ),
        FileList(
            "documents", gettext_lazy("Source documents"), DocumentListFilter, documents_in_order, document_columns
        ),
        FileList("plans", gettext_lazy("Action plans"), PlanFilter, plans_in_order, plan_columns, "member__time_zone"),
        FileList(
            "commitments",
            gettext_lazy("Commitment forms"),
            TrackedCommitmentFilter,
            commitments_in_order,
            commitment_list_columns,
            "plan__member__time_zone",
        ),
        FileList(
            "milestones",
            gettext_lazy("Milestones"),
            MilestoneFilter,
            milestones_in_order,
            milestone_columns,
            "commitment__plan__member__time_zone",
        ),
    )
}
