"""The comparison as a file: one row a commitment, each voice in its own words with its date."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.exports import Column, Table
from commitments.models import Commitment
from milestones.exports import about, commitment_columns
from milestones.states import tally

from .comparing import Gap
from .models import Coding, SelfAssessment, SelfAssessmentEntry


def milestones_said(row: Commitment) -> str:
    """How many milestones stand where, as the ministries report: "Completed: 2; Not reported: 3"."""
    return "; ".join(f"{label}: {n}" for _name, label, n in tally(row.states, row.plan).counts)


def claim_of(row: Commitment, kind: str) -> SelfAssessmentEntry | None:
    return next((entry for entry in row.claims if entry.assessment.kind == kind), None)


def level_said(row: Commitment, kind: str) -> str:
    entry = claim_of(row, kind)
    if entry is None:
        return ""
    return entry.get_completion_level_display() or _("not stated")


def said_on(row: Commitment, kind: str) -> date | None:
    entry = claim_of(row, kind)
    return entry and entry.assessment.published_on


def finding_words(coding: Coding) -> str:
    star = f", {_('starred')}" if coding.starred else ""
    return f"{coding.review.title}: {coding.get_completion_display() or _('completion not stated')}{star}"


def findings_said(row: Commitment) -> str:
    return "; ".join(finding_words(coding) for coding in row.findings)


def steps_between(row: Commitment) -> int | None:
    """Steps by which the government says more (negative: less); None when they cannot be compared."""
    if row.claimed_step is None or row.found_step is None:
        return None
    return row.claimed_step - row.found_step


def columns(site: str, on: date) -> list[Column]:
    mid, end = SelfAssessment.Kind.MID_TERM, SelfAssessment.Kind.END_OF_TERM
    return [
        *commitment_columns(lambda row: row),
        Column(gettext_lazy("Milestones, as the ministries report"), milestones_said, 40),
        Column(gettext_lazy("Level in the mid-term self-assessment"), lambda row: level_said(row, mid), 16),
        Column(gettext_lazy("Mid-term self-assessment published on"), lambda row: said_on(row, mid), 12),
        Column(gettext_lazy("Level in the end-of-term self-assessment"), lambda row: level_said(row, end), 16),
        Column(gettext_lazy("End-of-term self-assessment published on"), lambda row: said_on(row, end), 12),
        Column(gettext_lazy("IRM findings"), findings_said, 60),
        Column(gettext_lazy("Gap"), lambda row: str(Gap(row.gap).label), 40),
        Column(gettext_lazy("Steps by which the government says more"), steps_between, 10),
        Column(gettext_lazy("As of"), lambda row: on, 12),
        Column(
            gettext_lazy("Address of the page"),
            lambda row: f"{site}{row.get_absolute_url()}?as_of={on.isoformat()}",
            60,
        ),
    ]


def compare_table(filterset, on: date, site: str, path: str) -> Table:
    """*path* is that of the list's page."""
    title = _("Claim and finding")
    return Table(
        name=f"compare-{on:%Y-%m-%d}",
        title=title,
        columns=columns(site, on),
        rows=filterset.qs,
        about=about(title, filterset, on, f"{site}{path}"),
    )
