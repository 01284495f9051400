"""The form as a spreadsheet: one's milestones with what is known of them, and empty cells for a report on each.

A row is a milestone, or one round of it when several deadlines are in force. Its key says which; a checksum in the key
shows whether it was typed over. Columns that tell are locked, columns to fill in are open. The titles are in the
reader's language; the reader of a file (``spreadsheet_reading``) knows them in every language of the tracker.
"""

import tempfile
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from commitments import exports
from commitments.dates import local_date
from commitments.templatetags.record import local_title
from commitments.workbooks import new_workbook

from .forms import StatusUpdateForm
from .models import Deadline, Milestone, Status, StatusUpdate

VERSION = 1  # of the columns: raise it when they change, and files of an older version are refused with a word why
KEY, LOCKED, OPEN = "key", "locked", "open"
TEXTS = ("what_was_done", "challenges", "next_step")
YES, NO = gettext_lazy("yes"), gettext_lazy("no")
OPEN_REVIEWS = [StatusUpdate.Review.DRAFT, StatusUpdate.Review.RETURNED]
LONGEST_CELL = 32_000  # characters; Excel cuts a cell's text at 32,767
LISTS = "lists"  # the hidden sheet that the drop-down lists point to
GREY, WHITE = PatternFill("solid", fgColor="E7EAEE"), PatternFill("solid", fgColor="FFFDF2")


@dataclass(frozen=True)
class Column:
    """A column of the form. *width* is in characters; *help* is what the guidance says of it."""

    name: str
    title: Any
    kind: str
    width: int
    help: Any = ""


HELP = StatusUpdateForm.Meta.help_texts
COLUMNS = [
    Column("key", f"key v{VERSION}", KEY, 4),
    Column("plan", gettext_lazy("Plan"), LOCKED, 9),
    Column("commitment", gettext_lazy("Commitment"), LOCKED, 32),
    Column("milestone", gettext_lazy("Milestone"), LOCKED, 48),
    Column("published", gettext_lazy("As published"), LOCKED, 20),
    Column("due", gettext_lazy("Due"), LOCKED, 13),
    Column("last_status", gettext_lazy("Last public status"), LOCKED, 14),
    Column("last_date", gettext_lazy("Last public date"), LOCKED, 13),
    Column(
        "on_date",
        gettext_lazy("Date it is about"),
        OPEN,
        13,
        gettext_lazy("The day on which this was the state of things, as 2021-11-15."),
    ),
    Column("status", gettext_lazy("Status"), OPEN, 14, gettext_lazy("Choose it from the list.")),
    Column("what_was_done", gettext_lazy("What was done"), OPEN, 48, HELP["what_was_done"]),
    Column("challenges", gettext_lazy("Challenges"), OPEN, 40, HELP["challenges"]),
    Column("next_step", gettext_lazy("Next step"), OPEN, 40, HELP["next_step"]),
    Column(
        "evidence_title",
        gettext_lazy("Evidence: title"),
        OPEN,
        28,
        gettext_lazy("What the link shows. “Completed” needs evidence."),
    ),
    Column("evidence_url", gettext_lazy("Evidence: link"), OPEN, 36, gettext_lazy("An address with http or https.")),
    Column(
        "submit",
        gettext_lazy("Submit"),
        OPEN,
        9,
        gettext_lazy("“Yes” hands the report to review. “No”, or nothing, keeps it as your draft."),
    ),
]
OPEN_NAMES = [column.name for column in COLUMNS if column.kind == OPEN]


# Keys -----------------------------------------------------------------------------------------------------------------
def checksum(milestone: int, deadline: int) -> str:
    return salted_hmac("milestones.spreadsheet", f"{VERSION}.{milestone}.{deadline}").hexdigest()[:12]


def key_of(milestone: int, deadline: int | None) -> str:
    """Which milestone (and round) a row is about, in a form that no spreadsheet takes for a number or a date."""
    return f"m{milestone}-d{deadline or 0}-{checksum(milestone, deadline or 0)}"


def read_key(key: str) -> tuple[int, int | None] | None:
    """The keys of the milestone and of the round (None: the whole milestone); None when it was typed over."""
    parts = key.strip().split("-")
    if len(parts) != 3 or not all(len(part) < 20 and part[1:].isascii() and part[1:].isdecimal() for part in parts[:2]):
        return None
    milestone, deadline = int(parts[0][1:]), int(parts[1][1:])
    return (milestone, deadline or None) if constant_time_compare(key.strip(), key_of(milestone, deadline)) else None


# Words ----------------------------------------------------------------------------------------------------------------
def in_every_language(text: Any) -> set[str]:
    """What a translatable text is in each language of the tracker."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(str(text))
    return found


def folded(text: str) -> str:
    """A text without what typing changes: capitals and spaces."""
    return " ".join(str(text).split()).casefold()


def names_of(choices: dict[str, Any]) -> dict[str, str]:
    """Every way to write each choice, in each language and as its code, folded → the code."""
    return {folded(word): code for code, label in choices.items() for word in {code, *in_every_language(label)}}


def commitment_text(commitment) -> str:
    return f"{commitment.number} {local_title(commitment)}".strip()


# Rows -----------------------------------------------------------------------------------------------------------------
def milestones_for(user):
    """The milestones that the account reports on, with what a row needs. A constant number of queries a chunk."""
    drafts = StatusUpdate.objects.filter(author=user, review__in=OPEN_REVIEWS).order_by("pk")
    return (
        Milestone.objects.reported_by(user)
        .select_related("commitment__plan__member")
        .prefetch_related(
            "deadlines",
            Prefetch("updates", drafts.prefetch_related("evidence"), to_attr="own_drafts"),
            Prefetch("updates", StatusUpdate.objects.approved().of_ministries().latest_first(), to_attr="public"),
        )
    )


def rounds_of(milestone: Milestone, on: date) -> list[Deadline | None]:
    """What one can report on: the whole milestone (None) and, when several deadlines are in force, each of them."""
    deadlines = milestone.deadlines_in_force(on)
    return [None, *deadlines] if len(deadlines) > 1 else [None]


def due_value(milestone: Milestone, deadline: Deadline | None, on: date) -> exports.Value:
    deadlines = milestone.deadlines_in_force(on)
    if deadline or len(deadlines) == 1:
        return (deadline or deadlines[0]).due_on
    return _("the whole milestone") if deadlines else ""


def known_values(milestone: Milestone, deadline: Deadline | None, on: date) -> dict[str, exports.Value]:
    """The locked cells of a row."""
    public = [
        row for row in milestone.public if row.known(on) and (not deadline or row.deadline_id in (None, deadline.pk))
    ]
    commitment = milestone.commitment
    return {
        "key": key_of(milestone.pk, deadline and deadline.pk),
        "plan": commitment.plan.slug,
        "commitment": commitment_text(commitment),
        "milestone": local_title(milestone),
        "published": f"{milestone.published_start or '–'} / {milestone.published_end or '–'}",
        "due": due_value(milestone, deadline, on),
        "last_status": public[0].get_status_display() if public else "",
        "last_date": public[0].on_date if public else None,
    }


def draft_values(milestone: Milestone, deadline: Deadline | None) -> dict[str, exports.Value]:
    """The open cells of a row: what one's own draft says, if there is one."""
    draft = next((row for row in reversed(milestone.own_drafts) if row.deadline_id == (deadline and deadline.pk)), None)
    if draft is None:
        return {}
    link = next((row for row in draft.evidence.all() if row.url), None)
    return {
        "on_date": draft.on_date,
        "status": draft.get_status_display(),
        **{name: getattr(draft, name) for name in TEXTS},
        "evidence_title": link.title if link else "",
        "evidence_url": link.url if link else "",
        "submit": str(NO),
    }


def fitting(value: exports.Value) -> exports.Value:
    return value[:LONGEST_CELL] if isinstance(value, str) else value


def template_rows(user) -> Iterator[list[exports.Value]]:
    """The rows in the language of the moment, kept: a file is written after its request was answered."""
    language = translation.get_language()
    for milestone in milestones_for(user).iterator(chunk_size=exports.CHUNK):
        on = local_date(milestone.commitment.plan.member.time_zone)
        for deadline in rounds_of(milestone, on):
            with translation.override(language):
                values = known_values(milestone, deadline, on) | draft_values(milestone, deadline)
            yield [fitting(values.get(column.name)) for column in COLUMNS]


# XLSX -----------------------------------------------------------------------------------------------------------------
def styled(sheet, kind: str, is_date: bool):
    """A cell whose style the cells of a column share."""
    cell = WriteOnlyCell(sheet, None)
    cell.fill = WHITE if kind == OPEN else GREY
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.protection = Protection(locked=kind != OPEN)
    if is_date:
        cell.number_format = "yyyy-mm-dd"
    return cell


def add_row(sheet, patterns, values: list[exports.Value]):
    cells = []
    for pattern, value in zip(patterns, values, strict=True):
        cell = exports.cell(sheet, value)
        quoted = cell.quotePrefix
        cell._style = copy(pattern._style) if quoted else pattern._style
        if quoted:
            cell.quotePrefix = True
        cells.append(cell)
    sheet.append(cells)


def list_validation(source: str) -> DataValidation:
    return DataValidation(
        type="list",
        formula1=source,
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=_("Not in the list"),
        error=_("Choose one of the words of the list, or leave the cell empty."),
    )


def date_validation() -> DataValidation:
    return DataValidation(
        type="date",
        operator="greaterThan",
        formula1="DATE(2000,1,1)",
        allow_blank=True,
        errorStyle="warning",
        showErrorMessage=True,
        errorTitle=_("Not a date"),
        error=_("Write the day as 2021-11-15."),
    )


def add_validations(sheet, length: int):
    """The drop-down lists, on the rows to fill in."""
    letters = {column.name: get_column_letter(number) for number, column in enumerate(COLUMNS, 1)}
    rules = {
        "status": list_validation(f"={LISTS}!$A$1:$A${len(Status)}"),
        "submit": list_validation(f"={LISTS}!$B$1:$B$2"),
        "on_date": date_validation(),
    }
    for name, rule in rules.items():
        rule.add(f"{letters[name]}2:{letters[name]}{max(length, 2)}")
        sheet.data_validations.append(rule)


def add_form(book: Workbook, user):
    """The sheet to fill in. Its protection has no password: it is against slips, not against people."""
    sheet = book.create_sheet(_("My milestones")[: exports.LONGEST_SHEET_NAME])
    sheet.freeze_panes = "E2"
    for number, column in enumerate(COLUMNS, 1):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width, dimension.hidden = column.width, column.kind == KEY
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False
    sheet.append([exports.cell(sheet, str(column.title), bold=True) for column in COLUMNS])
    patterns = [styled(sheet, column.kind, column.name in ("due", "last_date", "on_date")) for column in COLUMNS]
    length = 1
    for values in template_rows(user):
        add_row(sheet, patterns, values)
        length += 1
    add_validations(sheet, length)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{length}"


def guidance() -> list[tuple[str, str]]:
    """What the second sheet says: how to fill in, and each open column."""
    steps = [
        _("Fill in the light cells of the milestones that you report on. Rows that you leave empty change nothing."),
        _("Grey cells are locked: they say what the tracker knows. Do not move or paste over them."),
        _("Do not merge cells and do not use formulas. Rows that you do not need may be deleted."),
        _("Save, and upload the file. You see every change before anything is changed, and can undo all of them."),
    ]
    made = timezone.localtime(timezone.now())
    return [
        *((str(number), step) for number, step in enumerate(steps, 1)),
        *((str(column.title), str(column.help)) for column in COLUMNS if column.kind == OPEN),
        (_("Made at"), f"{made:%Y-%m-%d %H:%M} {made.tzname()}"),
    ]


def add_guidance(book: Workbook):
    sheet = book.create_sheet(_("Guidance")[: exports.LONGEST_SHEET_NAME])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 100
    for name, words in guidance():
        text = exports.cell(sheet, words)
        text.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append([exports.cell(sheet, name, bold=True), text])
    legend = {_("to fill in"): WHITE, _("locked"): GREY}
    for words, fill in legend.items():
        cell = exports.cell(sheet, words)
        cell.fill, cell.font = fill, Font(color="1C1C1C")
        sheet.append([cell])


def add_lists(book: Workbook):
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    answers = [str(YES), str(NO)]
    for number, status in enumerate(Status):
        sheet.append([str(status.label), answers[number] if number < len(answers) else None])


def write_xlsx(user, file):
    """Writes the form to an open file, row by row."""
    with new_workbook() as book:
        add_form(book, user)
        add_guidance(book)
        add_lists(book)
        book.save(file)


def xlsx_response(user) -> HttpResponseBase:
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    write_xlsx(user, file)
    file.seek(0)
    return FileResponse(file, content_type=exports.XLSX)


def csv_response(user) -> HttpResponseBase:
    titles = [str(column.title) for column in COLUMNS]
    return StreamingHttpResponse(exports.csv_pieces(titles, template_rows(user)), content_type=exports.CSV)


WRITERS = {"xlsx": (exports.XLSX, xlsx_response), "csv": (exports.CSV, csv_response)}


def template_response(request, ending: str) -> HttpResponseBase:
    """The form as a file to keep. HEAD is answered without reading a row."""
    content_type, write = WRITERS[ending]
    is_head = request.method == "HEAD"
    response = StreamingHttpResponse((), content_type=content_type) if is_head else write(request.user)
    response["Content-Disposition"] = f'attachment; filename="my-milestones-{timezone.now():%Y-%m-%d}.{ending}"'
    return response
