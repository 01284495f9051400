"""The IRM's codings as a table: one row a review and commitment, each indicator in words and as OGP's numeric code."""

from collections.abc import Iterable
from datetime import date
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from commitments.exports import Column, Sheet, Table, Value
from milestones.exports import asked_for, commitment_columns, question
from milestones.filters import BY_MEMBER

from . import codebooks
from .absence import reason
from .irm_models import Coding, IRMReview, value_label
from .irm_presentation import indicator_label, method_label


def yes_no(value: bool | None) -> str:
    return "" if value is None else value_label("", value)


def in_words(coding: Coding, name: str) -> str:
    """The value in words; where there is none, the source's reason if it gives one."""
    stored = getattr(coding, name)
    return value_label(name, stored) if stored not in (None, "") else reason(coding, name)


def as_code(coding: Coding, indicator: codebooks.Indicator) -> int | None:
    row = indicator.value_of(getattr(coding, indicator.name))
    return row and row.code


def has_codes(indicator: codebooks.Indicator) -> bool:
    return any(row.code is not None for row in indicator.values)


def indicator_columns() -> list[Column]:
    """Two columns an indicator: the words, and OGP's code; yes and no have no code, and so no second column."""
    found = []
    for row in codebooks.INDICATORS:
        found.append(Column(indicator_label(row.name), lambda coding, name=row.name: in_words(coding, name), 18))
        if has_codes(row):
            title = _("%(indicator)s: OGP's code") % {"indicator": indicator_label(row.name)}
            found.append(Column(title, lambda coding, row=row: as_code(coding, row), 10))
    return found


def evidence_words(coding: Coding) -> str:
    return "\n".join(f"{row['title']} {row['link']}" for row in coding.evidence)


def source_title(coding: Coding) -> str:
    return coding.document.title if coding.document else ""


def columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        *commitment_columns(lambda row: row.commitment),
        Column(gettext_lazy("Review"), lambda row: row.review.slug, 20),
        Column(gettext_lazy("Product"), lambda row: row.review.get_product_display(), 20),
        Column(gettext_lazy("Stage"), lambda row: row.review.get_stage_display(), 12),
        Column(gettext_lazy("Published on"), lambda row: row.review.published_on, 12),
        Column(gettext_lazy("Method version"), lambda row: row.method_version, 12),
        Column(gettext_lazy("Title as quoted"), lambda row: row.title_as_quoted, 40),
        *indicator_columns(),
        Column(gettext_lazy("Starred"), lambda row: yes_no(bool(row.starred)), 10),
        Column(gettext_lazy("Starred by the formula of 2015"), lambda row: yes_no(bool(row.starred_2015)), 10),
        Column(gettext_lazy("Behind schedule"), lambda row: yes_no(row.behind_schedule), 10),
        Column(gettext_lazy("Summary"), lambda row: row.summary, 60),
        Column(gettext_lazy("Rationale"), lambda row: row.rationale, 60),
        Column(gettext_lazy("Evidence"), evidence_words, 50),
        Column(gettext_lazy("Confidence"), lambda row: row.get_confidence_display(), 10),
        Column(gettext_lazy("Source"), source_title, 50),
        Column(gettext_lazy("Section of the source"), lambda row: row.section, 30),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{page_of(row)}", 60),
    ]


def page_of(coding: Coding) -> str:
    return f"{coding.review.get_absolute_url()}#coding-{coding.commitment.number}"


def codings_with_all(rows):
    """The codings with what a row of the table says, in the order of the members: one query."""
    return rows.select_related("review", "commitment__plan__member", "document").order_by(
        *BY_MEMBER, "commitment__plan__number", "review", "commitment__position", "pk"
    )


def codebook_sheet(versions: Iterable[str]) -> Sheet:
    """The codebooks that were used: one row a value."""
    head = [_("Method"), _("Indicator"), _("Definition"), _("Value"), _("In the IRM's English"), _("OGP's code")]
    used = [book for book in codebooks.CODEBOOKS if book.version in set(versions)]
    rows = [codebook_row(book, row, value) for book in used for row in book.indicators for value in row.values]
    return Sheet(_("Codebooks"), (12, 40, 60, 24, 24, 12), [head, *rows])


def codebook_row(book: codebooks.Codebook, row: codebooks.Indicator, value: codebooks.Value) -> list[Value]:
    definition = row.definition_ko if get_language() == "ko" else row.definition
    words = value_label(row.name, value.value)
    return [method_label(book.version), indicator_label(row.name), definition, words, value.label, value.code]


def about(filterset, address: str) -> list[tuple[str, Value]]:
    """What the sheet "About" says."""
    made = timezone.localtime(timezone.now())
    parameters = urlencode(question(filterset))
    return [
        (_("What"), _("IRM codings: one row a review and commitment")),
        (_("Filters"), asked_for(filterset) or _("no filter")),
        (_("Exported at"), f"{made:%Y-%m-%d %H:%M} {made.tzname()}"),
        (_("Address of the list"), f"{address}?{parameters}" if parameters else address),
        (_("Empty"), _("Not stated in the source, or not an indicator of the method. Never “No”.")),
        (_("Source"), _("OGP tracker. Each row names the document and section that it was read from.")),
    ]


def coding_table(filterset, site: str, path: str) -> Table:
    """*path* is that of the list's page."""
    versions = filterset.qs.order_by().values_list("method_version", flat=True).distinct()
    return Table(
        name=f"irm-codings-{date_of_today():%Y-%m-%d}",
        title=_("IRM codings"),
        columns=columns(site),
        rows=codings_with_all(filterset.qs),
        about=about(filterset, f"{site}{path}"),
        sheets=(codebook_sheet(versions),),
    )


def date_of_today() -> date:
    return timezone.localdate()


def frozen_table(plan, site: str) -> dict:
    """The table of a plan's final reviews as plain data in the active language: titles, and rows of values."""
    found = columns(site)
    codings = codings_with_all(Coding.objects.public().with_starred().filter(review__plan=plan))
    return {
        "titles": [str(column.title) for column in found],
        "rows": [[plain_value(column.value(row)) for column in found] for row in codings],
        "codebooks": codebook_sheet(used_methods(plan)).rows,
    }


def used_methods(plan) -> list[str]:
    rows = IRMReview.objects.public().filter(plan=plan)
    return list(rows.order_by().values_list("method_version", flat=True).distinct())


def plain_value(value: Value) -> str | int | None:
    return value.isoformat() if isinstance(value, date) else value
