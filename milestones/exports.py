"""The lists of the clock as files: overdue milestones and stale commitments, each with the columns of both formats."""

from datetime import date
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.exports import Column, Table, Value
from commitments.models import Commitment, DatePrecision, Institution
from commitments.templatetags.record import local_title

from .freshness import stale_since
from .models import Milestone
from .states import state_of


# Values ---------------------------------------------------------------------------------------------------------------
def body_name(institution: Institution) -> str:
    """A division with the body that it belongs to, in the reader's language."""
    names = []
    while institution is not None:
        names.append(local_title(institution))
        institution = institution.parent
    return ", ".join(names)


def lead_names(commitment: Commitment) -> str:
    return "; ".join(body_name(lead.institution) for lead in commitment.leads)


def ogp_id(commitment: Commitment) -> str:
    """The id as the record has it; one that was inferred says so."""
    return f"{commitment.ogp_id} {_('(inferred)')}" if commitment.ogp_id_inferred else commitment.ogp_id or ""


def precision(milestone: Milestone) -> str:
    """How exactly the overdue due date is known, in words."""
    deadlines = milestone.deadlines_in_force(milestone.as_of)
    found = next((row.precision for row in deadlines if row.due_on == milestone.overdue_due_on), "")
    return str(DatePrecision(found).label) if found else ""


def state_label(milestone: Milestone) -> str:
    return str(state_of(milestone, milestone.commitment.plan).label)


def days_late(milestone: Milestone) -> int:
    return (milestone.as_of - milestone.overdue_due_on).days


def page_of(commitment: Commitment, as_of: date) -> str:
    return f"{commitment.get_absolute_url()}?as_of={as_of:%Y-%m-%d}"


# Columns --------------------------------------------------------------------------------------------------------------
def commitment_columns(commitment_of) -> list[Column]:
    """The columns that say which commitment a row is about; *commitment_of* finds it in the row."""
    return [
        Column(gettext_lazy("Member"), lambda row: local_title(commitment_of(row).plan.member), 20),
        Column(gettext_lazy("Plan"), lambda row: commitment_of(row).plan.slug, 8),
        Column(gettext_lazy("Commitment number"), lambda row: commitment_of(row).number, 12),
        Column(gettext_lazy("OGP id"), lambda row: ogp_id(commitment_of(row)), 20),
        Column(gettext_lazy("Commitment title"), lambda row: local_title(commitment_of(row)), 50),
    ]


def overdue_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        *commitment_columns(lambda row: row.commitment),
        Column(gettext_lazy("Milestone position"), lambda row: row.position, 10),
        Column(gettext_lazy("Milestone title"), local_title, 60),
        Column(gettext_lazy("Lead institutions"), lambda row: lead_names(row.commitment), 50),
        Column(gettext_lazy("Start as published"), lambda row: row.published_start, 20),
        Column(gettext_lazy("End as published"), lambda row: row.published_end, 20),
        Column(gettext_lazy("Due date"), lambda row: row.overdue_due_on, 12),
        Column(gettext_lazy("Precision of the due date"), precision, 12),
        Column(gettext_lazy("Days late"), days_late, 10),
        Column(gettext_lazy("Status reported"), state_label, 14),
        Column(gettext_lazy("Status date"), lambda row: row.status_on, 12),
        Column(gettext_lazy("As of"), lambda row: row.as_of, 12),
        Column(
            gettext_lazy("Address of the page"),
            lambda row: f"{site}{page_of(row.commitment, row.as_of)}#milestone-{row.position}",
            60,
        ),
    ]


def stale_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        *commitment_columns(lambda row: row),
        Column(gettext_lazy("Lead institutions"), lead_names, 50),
        Column(gettext_lazy("Stale since"), stale_since, 12),
        Column(gettext_lazy("Latest report made public on"), lambda row: row.last_report_on, 12),
        Column(gettext_lazy("As of"), lambda row: row.as_of, 12),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{page_of(row, row.as_of)}", 60),
    ]


# Tables ---------------------------------------------------------------------------------------------------------------
def asked_for(filterset) -> str:
    """The filters in words: "Plan: kr-5; Words: budget"."""
    labels = {name: field.label for name, field in filterset.form.fields.items()}
    return "; ".join(f"{labels[name]}: {value}" for name, value in question(filterset).items() if name != "as_of")


def question(filterset) -> dict[str, str]:
    """What a list was asked, by parameter; without what no filter knows, and without what the list itself says."""
    names = filterset.filters.keys() - {"overdue"}
    return {name: filterset.data[name] for name in sorted(names) if filterset.data.get(name)}


def about(title: str, filterset, on: date, address: str) -> list[tuple[str, Value]]:
    """What the second sheet of a spreadsheet says: what it holds, of which day, made when, from where."""
    made = timezone.localtime(timezone.now())
    parameters = urlencode(question(filterset) | {"as_of": on.isoformat()})
    return [
        (_("What"), title),
        (_("As of"), on),
        (_("Filters"), asked_for(filterset) or _("no filter")),
        (_("Exported at"), f"{made:%Y-%m-%d %H:%M} {made.tzname()}"),
        (_("Address of the list"), f"{address}?{parameters}"),
        (_("Source"), _("OGP tracker. The page of each row names the document and section that it was read from.")),
    ]


def overdue_table(filterset, on: date, site: str, path: str) -> Table:
    """*path* is that of the list's page."""
    title = _("Overdue milestones")
    return Table(
        name=f"overdue-{on:%Y-%m-%d}",
        title=title,
        columns=overdue_columns(site),
        rows=filterset.qs,
        about=about(title, filterset, on, f"{site}{path}"),
    )


def stale_table(filterset, on: date, site: str, path: str) -> Table:
    """*path* is that of the list's page."""
    return Table(
        name=f"stale-{on:%Y-%m-%d}",
        title=_("Stale commitments"),
        columns=stale_columns(site),
        rows=filterset.qs,
        about=about(_("Commitments without a report for six months"), filterset, on, f"{site}{path}"),
    )
