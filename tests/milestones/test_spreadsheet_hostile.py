"""Files that nobody should send: each is refused whole, or complained about by its row; nothing is half applied."""

import io
import resource
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from django.utils import translation
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from milestones import upload_services
from milestones.models import StatusUpdate
from milestones.spreadsheet import key_of
from milestones.upload_problems import PROBLEMS, REFUSALS, words
from tests.forms_filled import LETTERS, as_csv, content_of, fill, form_of, serial_of, settled, uploaded
from tests.milestones.test_spreadsheet import SAID, TODAY, World
from tests.world import make_milestone

MEGABYTE = 1024 * 1024


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def book(world):
    """The form with its first row filled in."""
    made = form_of(world.editor)
    fill(made, 2, **SAID)
    return made


def refused(world, content, ending="xlsx") -> str:
    """Why the file is refused; that nothing was taken of it, and that it is said in words."""
    upload = uploaded(world.editor, content, ending)
    assert upload.state == "refused", upload.state
    assert not upload.rows.exists() and not StatusUpdate.objects.exists()
    assert all(words(upload.refusal, upload.refusal_params, REFUSALS))
    return upload.refusal


def complaints(world, content, ending="xlsx") -> list[tuple]:
    """``(row, column, code)`` of each problem. What could be accepted of the file leaves the rows with problems out."""
    upload = settled(world.editor, content, ending)
    found = []
    for row in upload.rows.order_by("number"):
        assert (row.change == "wrong") == bool(row.problems)
        for problem in row.problems:
            assert all(words(problem["code"], problem["params"]))
            found.append((row.number, problem["column"], problem["code"]))
    wrong = {row for row, _column, _code in found}
    if upload.rows.exclude(change__in=["wrong", "same"]).exists():
        upload_services.accept(upload, only_good=True)
        upload_services.work(upload.pk)
    assert not upload.rows.filter(number__in=wrong).exclude(update=None).exists()
    return found


def at(name) -> str:
    return LETTERS[name]


# What is not the form -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content, why",
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old_excel"),
        (b"%PDF-1.7 and so on", "not_spreadsheet"),
        (b"PK\x03\x04 and then nothing of the kind", "damaged"),
        (b"name,number\nA,1\n", "not_template"),
        (b"\xff\xff\xff\xfa broken", "encoding"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_form_is_refused(world, content, why):
    assert refused(world, content) == why


def test_another_workbook_is_refused(world):
    other = Workbook()
    other.active.append(["Milestone", "Status"])
    assert refused(world, content_of(other)) == "not_template"


def test_a_form_of_an_older_version_is_refused(world, book):
    book.worksheets[0]["A1"].value = "key v0"
    assert refused(world, book) == "old_template"


def test_a_column_too_many_too_few_or_twice_is_refused(world, book):
    sheet = book.worksheets[0]
    sheet["Q1"].value = "My own notes"
    assert refused(world, book) == "unknown_column"
    sheet["Q1"].value = sheet[f"{at('status')}1"].value
    assert refused(world, book) == "column_twice"
    sheet["Q1"].value = None
    sheet.delete_cols(10)
    assert refused(world, book) == "missing_columns"


def test_more_rows_than_are_taken_are_refused(world, book, settings):
    settings.SPREADSHEET_MAX_ROWS = 2
    assert refused(world, book) == "too_many_rows"


# What would harm the worker -------------------------------------------------------------------------------------------
def repacked(book, **parts) -> bytes:
    """The workbook with some of its parts replaced: path (with "/" as "__" and "." as "_DOT_") → content."""
    source, made = io.BytesIO(content_of(book)), io.BytesIO()
    replaced = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in parts.items()}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in replaced:
                new.writestr(entry.filename, old.read(entry))
        for name, content in replaced.items():
            new.writestr(name, content)
    return made.getvalue()


def grown_by(work) -> tuple[float, float]:
    """How many bytes Python, and the process as a whole, grew by at most."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


@pytest.mark.parametrize("megabytes", [50, 100])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(world, book, megabytes):
    content = repacked(book, xl__sharedStrings_DOT_xml=b"0" * (megabytes * MEGABYTE))
    assert len(content) < MEGABYTE
    python, process = grown_by(lambda: refused(world, content))
    assert python < 8 * MEGABYTE and process < 30 * MEGABYTE, (python, process)


def test_the_bomb_is_refused_for_what_it_is(world, book):
    assert refused(world, repacked(book, xl__media__image1_DOT_png=b"0" * (50 * MEGABYTE))) == "bomb"


def test_an_archive_that_lies_about_its_size_is_refused(world, book):
    content = bytearray(repacked(book, xl__sharedStrings_DOT_xml=b"0" * (50 * MEGABYTE)))
    size = (50 * MEGABYTE).to_bytes(4, "little")
    for place in (content.index(size), content.rindex(size)):
        content[place : place + 4] = (1000).to_bytes(4, "little")
    python, _process = grown_by(lambda: refused(world, bytes(content)))
    assert python < 8 * MEGABYTE


def test_a_row_of_a_million_cells_is_refused(world, book):
    cells = b"<worksheet><sheetData><row>" + b'<c r="A1"/>' * 200_000 + b"</row></sheetData></worksheet>"
    padding = bytes(range(1, 60)) * 1
    content = repacked(book, xl__worksheets__sheet1_DOT_xml=cells, docProps__padding_DOT_bin=padding)
    assert refused(world, content) == "bomb"


@pytest.mark.parametrize(
    "harm",
    [b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>', "<x/>".encode("utf-16")],
    ids=["entities", "another encoding"],
)
def test_xml_that_no_spreadsheet_has_is_refused(world, book, harm):
    assert refused(world, repacked(book, xl__sharedStrings_DOT_xml=harm)) == "unsafe"


def test_macros_are_refused(world, book):
    assert refused(world, repacked(book, xl__vbaProject_DOT_bin=b"macro")) == "unsafe"


@pytest.mark.once
def test_a_sheet_that_names_a_row_far_below_is_read_in_bounds(world, book):
    sheet = book.worksheets[0]
    sheet["XFD1"].value = None
    sheet["A1048576"].value = "far below"
    python, _process = grown_by(lambda: uploaded(world.editor, book))
    assert python < 20 * MEGABYTE


# What is wrong in a row -----------------------------------------------------------------------------------------------
def test_a_formula_is_no_value(world, book):
    fill(book, 3, **SAID | {"what_was_done": '=HYPERLINK("https://example.org/","look")'})
    assert complaints(world, book) == [(3, at("what_was_done"), "formula")]
    assert StatusUpdate.objects.count() == 1


def test_a_formula_in_csv_is_no_value_and_text_that_was_defused_is(world, book):
    fill(book, 2, what_was_done="'=1+1 is what they asked for", challenges="- a dash", next_step="+82 2 000 0000")
    text = as_csv(book).replace("Substantial,", "=cmd|' /C calc'!A0,", 1)
    assert complaints(world, text.encode(), "csv") == [(2, at("status"), "formula")]
    assert complaints(world, as_csv(book).encode(), "csv") == []
    update = StatusUpdate.objects.get()
    assert (update.what_was_done, update.challenges) == ("=1+1 is what they asked for", "- a dash")


def test_merged_cells_are_named(world, book):
    fill(book, 3, **SAID)
    letter = at("what_was_done")
    book.worksheets[0].merge_cells(f"{letter}2:{letter}3")
    found = complaints(world, book)
    assert found == [(2, letter, "merged"), (3, letter, "merged")]


@pytest.mark.parametrize(
    "written",
    [
        lambda day: day,
        lambda day: serial_of(day),
        lambda day: str(serial_of(day)),
        lambda day: day.isoformat(),
        lambda day: f"{day:%Y.%m.%d}",
        lambda day: f"{day.year}. {day.month}. {day.day}.",
        lambda day: f"{day.year}년 {day.month}월 {day.day}일",
        lambda day: f"{day:%Y/%m/%d}",
    ],
    ids=["cell", "serial", "serial as text", "ISO", "dots", "Korean dots", "Korean", "slashes"],
)
def test_a_date_may_be_written_in_every_certain_way(world, book, written):
    fill(book, 2, on_date=written(TODAY))
    upload = settled(world.editor, book)
    assert (upload.rows.get().problems, upload.rows.get().values["on_date"]) == ([], TODAY.isoformat())


@pytest.mark.parametrize("written", ["03/04/2021", "4 March", "2021", "2021-02-30", "next week", 12, -1, True])
def test_a_date_that_is_not_certain_is_not_guessed(world, book, written):
    fill(book, 2, on_date=written)
    assert complaints(world, book) == [(2, at("on_date"), "date_unreadable")]


@pytest.mark.parametrize("number", [10**12, 1e300])
def test_a_number_that_no_calendar_has_is_an_error_value(world, book, number):
    fill(book, 2, on_date=number)
    assert complaints(world, book) == [(2, at("on_date"), "error_value")]


def test_each_answer_that_cannot_be_taken_is_named_at_its_cell(world, book):
    fill(book, 2, on_date=None, status="Done", submit="perhaps", evidence_url="javascript:alert(1)")
    assert sorted(complaints(world, book)) == sorted(
        [
            (2, at("on_date"), "date_missing"),
            (2, at("status"), "status_unknown"),
            (2, at("submit"), "submit_unknown"),
            (2, at("evidence_title"), "evidence_half"),
            (2, at("evidence_url"), "url_wrong"),
        ]
    )


def test_a_text_that_is_too_long_and_an_entry_beside_the_form_are_named(world, book):
    fill(book, 2, next_step="x" * 20_001)
    book.worksheets[0]["S2"].value = "a note"
    assert complaints(world, book) == [(2, "S", "stray"), (2, at("next_step"), "too_long")]


def test_a_milestone_that_is_filled_in_twice_is_refused_the_second_time(world, book):
    sheet = book.worksheets[0]
    for column in range(1, 17):
        sheet.cell(6, column).value = sheet.cell(2, column).value
    assert complaints(world, book) == [(6, "A", "duplicate")]
    assert StatusUpdate.objects.count() == 1


def test_a_row_of_another_ministry_tells_nothing_of_it(world, client):
    other = World()
    book = form_of(other.editor)
    fill(book, 2, **SAID)
    upload = settled(world.editor, book)
    row = upload.rows.get()
    assert [problem["code"] for problem in row.problems] == ["not_yours"]
    assert (row.milestone, row.before) == (None, None)
    nowhere = form_of(world.editor)
    nowhere.worksheets[0]["A2"].value = key_of(10**9, None)
    fill(nowhere, 2, **SAID)
    missing = settled(world.editor, nowhere).rows.get()
    assert [problem["code"] for problem in missing.problems] == ["not_yours"], "nor whether there is one"
    client.force_login(world.editor)
    page = client.get(f"/admin/milestones/upload/{upload.pk}/change/").content.decode()
    assert other.milestones[0].title not in page
    assert not StatusUpdate.objects.exists()


@pytest.mark.parametrize(
    "key, code", [(None, "key_missing"), ("m1-d0-000000000000", "key_changed"), (17, "key_changed")]
)
def test_a_key_that_was_typed_over_names_no_milestone(world, book, key, code):
    book.worksheets[0]["A2"].value = key
    assert complaints(world, book) == [(2, "A", code)]


def test_answers_beside_the_wrong_milestone_are_noticed(world, book):
    """As when somebody sorts some of the columns."""
    sheet = book.worksheets[0]
    sheet["A2"].value, sheet["A3"].value = sheet["A3"].value, sheet["A2"].value
    assert complaints(world, book) == [(2, at("milestone"), "locked_changed")]


def test_a_round_that_is_no_longer_in_force_is_not_reported_on(world):
    recurring = make_milestone(world.commitment, *(TODAY + timedelta(days=days) for days in (100, 200)))
    book = form_of(world.editor)
    fill(book, 6, **SAID)
    recurring.deadlines.filter(due_on=TODAY + timedelta(days=100)).update(withdrawn_on=TODAY)
    assert complaints(world, book) == [(6, at("due"), "round_gone")]


def test_what_changes_between_looking_and_accepting_is_noticed(world, book):
    upload = settled(world.editor, book)
    world.commitment.involvements.all().delete()
    upload_services.accept(upload, only_good=False)
    upload_services.work(upload.pk)
    assert upload.rows.get().outcome == "skipped"
    assert not StatusUpdate.objects.exists()


# Encodings ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949", "euc-kr"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_every_encoding_and_with_every_separator(world, encoding, separator):
    book = form_of(world.editor, "ko")
    with translation.override("ko"):
        status = str(StatusUpdate(status="substantial").get_status_display())
    fill(book, 2, **SAID | {"what_was_done": "시스템을 쓰고 있다.", "status": status})
    content = as_csv(book, separator).encode(encoding, errors="replace")
    upload = settled(world.editor, content, "csv")
    assert upload.rows.get().problems == []
    assert upload.rows.get().values["what_was_done"] == "시스템을 쓰고 있다."


def test_a_badly_quoted_csv_is_refused_with_its_row(world, book):
    text = as_csv(book) + '"never ended,'
    upload = uploaded(world.editor, text.encode(), "csv")
    assert (upload.refusal, upload.refusal_params) == ("csv_broken", {"row": 5})


def test_characters_that_no_database_takes_are_left_out(world, book):
    text = as_csv(book).replace("The system is in use.", "The\0 system\x07 is in use.")
    upload = settled(world.editor, text.encode(), "csv")
    assert upload.rows.get().values["what_was_done"] == "The system is in use."


def test_every_refusal_and_problem_says_how_to_mend_it():
    for catalogue in (REFUSALS, PROBLEMS):
        assert all(str(what) and str(mend) for what, mend in catalogue.values())


def test_a_text_cell_that_begins_as_a_formula_does_is_text(world):
    book = Workbook(write_only=True)
    sheet = book.create_sheet("A form")
    form = form_of(world.editor)
    fill(form, 2, **SAID | {"what_was_done": "=SUM"})
    for row in form.worksheets[0].iter_rows():
        cells = []
        for cell in row:
            copied = WriteOnlyCell(sheet, cell.value)
            copied.data_type = "s" if cell.value == "=SUM" else copied.data_type
            cells.append(copied)
        sheet.append(cells)
    assert settled(world.editor, content_of(book)).rows.get().values["what_was_done"] == "=SUM"
