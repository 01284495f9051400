"""From a snapshot to a workbook: its forms, results, links, and the IRM's findings, one sheet each, one row each.

Every text is written as text: none can become a formula. What a cell cannot hold is cut, and the cell says so.
"""

import io
from datetime import UTC, datetime, time

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from commitments.workbooks import new_workbook

from .documents import warnings
from .models import Coding, Snapshot
from .packages import plain, repacked
from .presentation import INDICATORS_OF_METHOD, indicator_label, indicator_value, present
from .rendering import Made, nothing

LONGEST = 32_000  # characters of a cell; the format ends at 32,767
BOLD, TOP = Font(bold=True), Alignment(vertical="top", wrap_text=True)


def render_xlsx(snapshot: Snapshot, on_step=nothing, on_page=nothing) -> Made:
    """The snapshot as XLSX. The same snapshot gives the same bytes."""
    with translation.override(snapshot.language):
        on_step("text")
        context = present(snapshot)
        made = io.BytesIO()
        with new_workbook() as book:
            set_properties(book, snapshot, context["data"])
            for title, widths, rows in sheets(context):
                write_sheet(book, title, widths, rows)
                on_page()
            book.save(made)
    return Made(repacked(made.getvalue(), snapshot.frozen_on))


def set_properties(book: Workbook, snapshot: Snapshot, data: dict):
    moment = datetime.combine(snapshot.frozen_on, time(), UTC).replace(tzinfo=None)
    book.properties.title = plain(data["assessment"]["title"])
    book.properties.creator = plain(data["member"]["name"])
    book.properties.language = snapshot.language
    book.properties.description = f"SHA-256 {snapshot.sha256}"
    book.properties.created = book.properties.modified = moment


def sheets(context: dict):
    """``(title, widths of the columns in characters, rows)`` of each sheet; the first row of each is its head."""
    yield _("Snapshot"), (28, 90), about_rows(context)
    yield _("Forms"), (12, 40, 30, 30, 30, 30, 40, 60, 40, 40, 16, 40, 16, 40, 20), form_rows(context["entries"])
    yield _("Results"), (12, 10, 40, 80, 18, 60), result_rows(context["entries"])
    yield _("Links"), (8, 12, 40, 60, 24, 16), link_rows(context["links"]["rows"])
    yield "IRM", (12, 40, 40, 60, *(18 for _name in indicators()), 40), finding_rows(context)


def about_rows(context: dict):
    data = context["data"]
    yield [_("What"), _("Value")]
    yield [_("Title"), data["assessment"]["title"]]
    yield [_("Plan"), data["plan"]["title"]]
    yield [_("Period"), data["plan"]["period"]["wording"]]
    yield [_("Version"), context["version"] or _("None: a trial export of what is not published yet")]
    yield [_("Frozen on"), date_format(context["frozen_on"])]
    yield [_("SHA-256 of the snapshot"), context["sha256"]]
    yield [_("Address"), context["address"]]
    for warning in warnings(context):
        yield ["", warning]


def form_rows(entries: list[dict]):
    yield [
        _("Commitment"),
        _("Title"),
        _("Lead implementing agency"),
        _("Office responsible"),
        _("Other actors: government"),
        _("Other actors: CSOs, private sector, working groups, multilaterals"),
        _("Main objective"),
        _("Brief description of commitment"),
        _("Relevance"),
        _("Ambition"),
        _("Completion level"),
        _("Note on the completion level"),
        _("End date"),
        _("Next steps"),
        _("Source"),
    ]
    for entry in entries:
        yield [
            entry["commitment"]["number"],
            entry["commitment"]["title"],
            ", ".join(entry["lead"]),
            entry["office"],
            entry["government_actors"],
            entry["other_actors"],
            entry["main_objective"],
            "\n".join(" ".join(filter(None, (item.get("number"), item.get("text")))) for item in entry["description"]),
            entry["relevance"],
            entry["ambition"],
            entry["completion_label"] or _("Not stated in the source"),
            entry["completion_note"],
            entry["end_date"],
            entry["next_steps"],
            cited(entry["source"]),
        ]


def result_rows(entries: list[dict]):
    """One row a result, and one below it for each of its dated facts."""
    yield [_("Commitment"), _("No."), _("Heading"), _("Text"), _("Date"), _("Dated facts")]
    for entry in entries:
        for result in entry["results"]:
            place = [entry["commitment"]["number"], result["number"], result["heading"]]
            yield [*place, block_text(result["blocks"]), "", ""]
            for fact in result["facts"]:
                yield [*place, "", fact.get("date", ""), fact.get("text", "")]


def link_rows(links: list[dict]):
    yield [_("No."), _("Commitment"), _("Label"), _("Address"), _("Last check"), _("Checked on")]
    for link in links:
        on = date_format(link["checked_on"]) if link["checked_on"] else ""
        yield [link["number"], link["commitment"], link["label"], link["url"], link["state"], on]


def indicators() -> list[str]:
    """Every indicator of every method, in the order of the codings."""
    known = {name for names in INDICATORS_OF_METHOD.values() for name in names}
    return [name for name in (*Coding.GRADED, *Coding.YES_NO) if name in known]


def finding_rows(context: dict):
    names = indicators()
    heads = [indicator_label(name) for name in names]
    yield [_("Commitment"), _("Title"), _("IRM review"), _("Text"), *heads, _("Source")]
    for row in context["overview"]["rows"]:
        for finding in row["findings"]:
            commitment = finding["commitment"]
            values = [indicator_value(name, finding["indicators"].get(name)) for name in names]
            said = [finding["review"], block_text(finding["blocks"])]
            yield [commitment["number"], commitment["title"], *said, *values, cited(finding["source"])]


def cited(source: dict) -> str:
    return f"[{source['number']}] {source['section']}".strip() if source["number"] else ""


def block_text(blocks: list[dict]) -> str:
    return "\n".join(block.get("text") or "\n".join(f"- {point}" for point in block["points"]) for block in blocks)


def write_sheet(book: Workbook, title: str, widths, rows):
    """The rows under a head that stays in view and can be filtered."""
    sheet = book.create_sheet(plain(title)[:31])
    sheet.freeze_panes = "A2"
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for number, row in enumerate(rows):
        sheet.append([cell(sheet, value, is_head=number == 0) for value in row])


def cell(sheet, value, is_head: bool) -> WriteOnlyCell:
    """A number as a number; anything else as text that no program takes for a formula."""
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value)
    made = WriteOnlyCell(sheet, "")
    made.value, made.data_type = held(plain(value)), "s"
    made.alignment = TOP
    made.quotePrefix = made.value[:1] in tuple("=+-@\t\r")
    if is_head:
        made.font = BOLD
    return made


def held(text: str) -> str:
    """The text, or as much of it as a cell holds and how much is missing."""
    if len(text) <= LONGEST:
        return text
    missing = len(text) - LONGEST
    return text[:LONGEST] + _("… [%(count)d more characters: see the JSON file of this snapshot]") % {"count": missing}
