"""Questions on commitments, and their responses, as a file."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.exports import Column, Table
from milestones.exports import about, body_name, commitment_columns

from .question_filters import Answer


def columns(on: date, site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with. A response counts from its day on."""

    def then(value):
        return lambda row: value(row) if row.answer == Answer.ANSWERED else None

    return [
        *commitment_columns(lambda row: row.commitment),
        Column(gettext_lazy("Question or comment"), lambda row: row.text, 60),
        Column(gettext_lazy("Name shown"), lambda row: row.name, 20),
        Column(gettext_lazy("Received on"), lambda row: row.received_on, 12),
        Column(gettext_lazy("Public since"), lambda row: row.public_on, 12),
        Column(gettext_lazy("Office that owes the response"), lambda row: body_name(row.owed_by), 40),
        Column(gettext_lazy("Response owed by"), lambda row: row.respond_by, 12),
        Column(gettext_lazy("State of the response"), lambda row: str(Answer(row.answer).label), 24),
        Column(gettext_lazy("Response"), then(lambda row: row.response), 60),
        Column(gettext_lazy("Response in Korean"), then(lambda row: row.response_ko), 60),
        Column(gettext_lazy("Answered on"), then(lambda row: row.responded_on), 12),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{row.get_absolute_url()}", 60),
    ]


def question_table(filterset, on: date, site: str, path: str) -> Table:
    """*path* is that of the list's page."""
    title = _("Questions and comments on commitments")
    return Table(
        name=f"questions-{on:%Y-%m-%d}",
        title=title,
        columns=columns(on, site),
        rows=filterset.qs,
        about=about(title, filterset, on, f"{site}{path}"),
    )
