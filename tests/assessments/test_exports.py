"""The files made of a snapshot: whole, safe to open, and the same bytes wherever they are made."""

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import zipfile

import pytest
from django.conf import settings as django_settings
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook
from pypdf import PdfReader
from pypdf.generic import ContentStream

from assessments import exports, making, rendering, services, snapshots
from assessments.models import Report, SelfAssessment, SelfAssessmentEntry
from assessments.packages import plain
from assessments.presentation import present
from tests.assessments.frozen import frozen

pytest_plugins = ["tests.assessments.report_rows"]
FORMATS = Report.FORMATS_OF["self_assessment"]
HOSTILE = [
    '=HYPERLINK("http://127.0.0.1/","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "bell \x07 and \x0b and \x1b[2J",
    "invoice\u202egpj.exe",
    "<w:t>&amp;</w:t>]]>",
    "\uffff",
]


def made(snapshot, format) -> bytes:
    return exports.export(snapshot, format).content


# The same bytes -------------------------------------------------------------------------------------------------------
PROGRAM = """
import hashlib, json, sys, datetime, django
django.setup()
from assessments import exports
from assessments.models import Report, Snapshot
data = json.load(open(sys.argv[1]))
snapshot = Snapshot(
    subject="self-assessment/x", kind="self_assessment", language=data["language"], version=1, data=data,
    sha256=sys.argv[2], frozen_on=datetime.date(2026, 3, 1),
)
for format in Report.FORMATS_OF["self_assessment"]:
    print(format, hashlib.sha256(exports.export(snapshot, format).content).hexdigest())
"""


@pytest.mark.once
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.faults), "ko"])
def test_two_processes_make_the_same_bytes_of_every_format(assessment, tmp_path, language):
    snapshot = frozen(assessment, language)
    path = tmp_path / "data.json"
    path.write_bytes(snapshots.canonical_json(snapshot.data))
    command = [sys.executable, "-c", PROGRAM, str(path), snapshot.sha256]
    answers = []
    for zone, seed in (("Pacific/Kiritimati", "1"), ("Pacific/Pago_Pago", "2")):  # the date differs between them
        environment = {
            **os.environ,
            "TZ": zone,
            "PYTHONHASHSEED": seed,
            "DJANGO_SETTINGS_MODULE": "ogptracker.settings",
        }
        done = subprocess.run(command, cwd=django_settings.BASE_DIR, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        answers.append(done.stdout)
    assert answers[0] == answers[1]
    assert len(answers[0].splitlines()) == len(FORMATS)


@pytest.mark.once
def test_nothing_in_an_office_file_tells_when_it_was_made(assessment):
    for format in ("docx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(made(frozen(assessment), format))) as package:
            assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = package.read("docProps/core.xml").decode()
        assert core.count("2026-03-01T00:00:00Z") == 2, core


# PDF for archives -----------------------------------------------------------------------------------------------------
@pytest.fixture
def archive(assessment):
    snapshot = frozen(assessment)
    return snapshot, PdfReader(io.BytesIO(made(snapshot, "pdfa")))


@pytest.mark.once
def test_the_archived_pdf_says_that_it_is_pdf_a_3u_and_carries_the_data(archive):
    snapshot, pdf = archive
    catalog = pdf.trailer["/Root"]
    xmp = catalog["/Metadata"].get_object().get_data()
    assert b'pdfaid:part="3"' in xmp and b'pdfaid:conformance="U"' in xmp
    assert catalog["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert catalog["/MarkInfo"]["/Marked"]
    attached = catalog["/AF"][0].get_object()
    assert attached["/AFRelationship"] == "/Data"
    assert attached["/EF"]["/F"].get_object()["/Subtype"] == "/application/json"
    content = pdf.attachments["snapshot.json"][0]
    assert hashlib.sha256(content).hexdigest() == snapshot.sha256
    assert json.loads(content)["assessment"]["slug"] == snapshot.slug


@pytest.mark.once
@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_page_shows_the_box_of_a_missing_glyph(assessment, language):
    pdf = PdfReader(io.BytesIO(made(frozen(assessment, language), "pdf")))
    shown = 0
    for page in pdf.pages:
        for operands, operator in ContentStream(page.get_contents(), pdf).operations:
            if operator in (b"Tj", b"TJ"):
                parts = operands[0] if operator == b"TJ" else operands
                for text in parts:
                    if not hasattr(text, "original_bytes"):
                        continue
                    codes = text.original_bytes
                    glyphs = [codes[place : place + 2] for place in range(0, len(codes), 2)]
                    shown += len(glyphs)
                    assert b"\0\0" not in glyphs
    assert shown > 500


@pytest.mark.once
def test_the_cover_has_version_digest_address_and_a_qr_code_with_words(assessment):
    snapshot = frozen(assessment, version=7)
    pdf = PdfReader(io.BytesIO(made(snapshot, "pdf")))
    cover = pdf.pages[0].extract_text()
    assert snapshot.sha256 in cover and snapshot.data["address"] in cover and "7" in cover
    assert "Contents" in pdf.pages[1].extract_text(), "the cover is one page"


def test_the_chart_says_what_its_table_says(assessment):
    SelfAssessmentEntry.objects.filter(commitment__number="1-2").update(completion_level="completed")
    chart = present(frozen(assessment))["charts"][0]
    assert "Completed 1" in chart["words"] and "Not stated 1" in chart["words"] and "Limited 2" in chart["words"]
    assert [len(row["marks"]) for row in chart["rows"]] == [2, 2]
    marks = {mark["code"] for row in chart["rows"] for mark in row["marks"]}
    assert marks == {"", "completed", "limited"}


def test_many_commitments_fill_several_charts(small_assessment, db):
    charts = present(frozen(small_assessment(40)))["charts"]
    assert [(chart["number"], len(chart["rows"])) for chart in charts] == [(1, 32), (2, 8)]


def test_a_link_says_when_it_was_checked(assessment):
    snapshot = frozen(assessment)
    assert present(snapshot)["links"]["rows"][0]["state"] == "not checked"
    snapshot.data["entries"][0]["links"][0]["checked"] = {"state": "broken", "on": "2026-02-02"}
    row = present(snapshot)["links"]["rows"][0]
    assert (row["state"], str(row["checked_on"])) == ("broken", "2026-02-02")


@pytest.mark.parametrize("format", ["docx", "xlsx"])
def test_a_snapshot_of_the_first_shape_can_still_be_printed(assessment, format):
    snapshot = frozen(assessment)
    del snapshot.data["address"]
    for entry in snapshot.data["entries"]:
        for link in entry["links"]:
            del link["checked"]
    assert made(snapshot, format)


# Word -----------------------------------------------------------------------------------------------------------------
def docx_of(snapshot):
    return Document(io.BytesIO(made(snapshot, "docx")))


def words(document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_word_document_has_the_form_that_ogp_receives(record):
    document = docx_of(frozen(SelfAssessment.objects.get(slug="kr-2-end-of-term")))
    headings = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 2"]
    assert "1-a. Strengthening Private-Public Collaboration" in headings
    labels = [row.cells[0].text for row in next(table for table in document.tables if len(table.rows) == 8).rows]
    assert labels == [
        "Lead implementing agency",
        "Persons responsible from implementing agency: department, title",
        "Other actors: government",
        "Other actors: CSOs, private sector, working groups, multilaterals",
        "Main objective",
        "Brief description of commitment",
        "Relevance",
        "Ambition",
    ]
    assert "74,334" in words(document)


def test_the_stated_completion_level_is_marked_on_its_scale(assessment):
    SelfAssessmentEntry.objects.filter(commitment__number="1-1").update(completion_level="substantial")
    document = docx_of(frozen(assessment))
    scales = [table for table in document.tables if table.rows[0].cells[0].text == "Not Started"]
    assert [[cell.text for cell in table.rows[1].cells] for table in scales] == [["☐", "☐", "☒", "☐"], ["☐"] * 4]


@pytest.mark.parametrize(("language", "locale"), [("en", "en-US"), ("ko", "ko-KR")])
def test_the_word_document_names_its_language_title_and_fonts(assessment, language, locale):
    document = docx_of(frozen(assessment, language))
    assert document.core_properties.language == locale
    assert document.core_properties.title == assessment.title
    languages = {node.get(qn("w:val")) for node in document.styles.element.iter(qn("w:lang"))}
    assert languages == {locale}
    faces = document.styles["Normal"].element.rPr.find(qn("w:rFonts"))
    assert faces.get(qn("w:eastAsia")) == "Malgun Gothic" and faces.get(qn("w:ascii")) == "Calibri"


def test_table_heads_of_the_word_document_are_repeated(assessment):
    tables = [table for table in docx_of(frozen(assessment)).tables if table.rows[0].cells[0].text == "Year"]
    assert len(tables) == 4
    for table in tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


# Spreadsheet ----------------------------------------------------------------------------------------------------------
def book_of(snapshot):
    return load_workbook(io.BytesIO(made(snapshot, "xlsx")))


def test_the_workbook_has_a_row_for_each_form_result_link_and_finding(assessment):
    book = book_of(frozen(assessment))
    assert book.sheetnames == ["Snapshot", "Forms", "Results", "Links", "IRM"]
    assert [sheet.max_row for sheet in book.worksheets[1:]] == [3, 5, 3, 3]
    assert book["Links"]["D2"].value == "http://www.example.org/a?b=1"
    assert all(sheet.freeze_panes == "A2" for sheet in book)


# Bad input ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_or_breaks_a_file(assessment, text):
    snapshot = frozen(assessment)
    entry = snapshot.data["entries"][0]
    entry["main_objective"] = entry["links"][0]["label"] = entry["commitment"]["title"] = text
    snapshot.data["member"]["name"] = snapshot.data["assessment"]["title"] = text
    book = book_of(snapshot)
    assert book["Forms"]["G2"].value == plain(text)
    assert "f" not in {cell.data_type for sheet in book for row in sheet.rows for cell in row}
    assert plain(text) in words(docx_of(snapshot))


def test_what_turns_the_direction_of_a_line_is_made_visible_and_letters_of_any_script_stay():
    assert plain("a\u202eb\u2066c") == "a\ufffdb\ufffdc"
    assert plain("שלום 안녕 مرحبا\n\t") == "שלום 안녕 مرحبا\n\t"


@pytest.mark.once
def test_the_pdf_names_a_mark_that_turns_the_direction(assessment):
    assessment.sections.filter(key="intro").update(body="invoice\u202egpj.exe")
    with pytest.raises(rendering.MissingGlyph, match=r"U\+202E RIGHT-TO-LEFT OVERRIDE in: section I. Introduction"):
        made(frozen(assessment), "pdf")


def test_a_text_of_a_megabyte_is_whole_in_word_and_cut_with_a_note_in_the_workbook(assessment):
    text = "오픈 데이터 " * 150_000
    snapshot = frozen(assessment)
    snapshot.data["entries"][0]["main_objective"] = text
    assert any(cell.text == text for table in docx_of(snapshot).tables for cell in table.columns[1].cells)
    held = book_of(snapshot)["Forms"]["G2"].value
    assert len(held) < 32_767 and held.endswith("more characters: see the JSON file of this snapshot]")


@pytest.mark.once
@pytest.mark.parametrize("format", FORMATS)
def test_no_format_fetches_what_a_text_points_to(assessment, format):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        typed = f'<img src="{address}"><link rel="attachment" href="{address}"><object data="{address}">'
        snapshot = frozen(assessment)
        snapshot.data["sections"][0]["blocks"] = [{"text": typed}]
        snapshot.data["entries"][0]["links"] = [{"label": typed, "url": address, "checked": None}]
        content = made(snapshot, format)
        with pytest.raises(TimeoutError):
            server.accept()
    if format in ("docx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            links = [package.read(name) for name in package.namelist() if name.endswith(".rels")]
        assert not any(b'TargetMode="External"' in part for part in links)


# Jobs and pages -------------------------------------------------------------------------------------------------------
def test_each_format_of_a_snapshot_has_a_job_of_its_own(assessment, reviewer):
    reports = {services.request_report(assessment, "en", reviewer, format).pk for format in FORMATS for _twice in "ab"}
    assert len(reports) == len(FORMATS)
    assert Report.objects.values("snapshot").distinct().count() == 1


@pytest.mark.parametrize("format", ["docx", "xlsx"])
def test_an_office_file_is_made_and_downloaded_under_its_name(client, assessment, reviewer, format):
    report = services.request_report(assessment, "en", reviewer, format)
    assert making.render(report.pk)
    answer = client.get(f"/reports/{report.pk}/file/")
    assert answer["Content-Type"] == Report.MEDIA_TYPES[format]
    assert f"xr-1-end-of-term-v1-en-{report.snapshot.sha256[:8]}.{format}" in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_a_cancelled_report_stops_at_the_workers_next_sign_of_life(requested):
    claim = services.claim_report(requested.pk)
    assert services.cancel_report(requested)
    assert requested.state == Report.State.CANCELLED
    with pytest.raises(services.ClaimLost):
        claim.update(progress=50)
    assert not making.render(requested.pk)
    assert services.requeue_abandoned() == 0


def test_a_report_cancelled_while_it_is_made_gets_no_file(assessment, reviewer, monkeypatch):
    report = services.request_report(assessment, "en", reviewer, "xlsx")
    export = exports.export

    def interrupted(*arguments):
        file = export(*arguments)
        services.cancel_report(Report.objects.get(pk=report.pk))
        return file

    monkeypatch.setattr(exports, "export", interrupted)
    assert not making.render(report.pk)
    report.refresh_from_db()
    assert (report.state, report.file.name, report.error) == ("cancelled", "", "")


def test_a_cancelled_report_can_be_asked_for_again(assessment, reviewer, requested):
    services.cancel_report(requested)
    again = services.request_report(assessment, "en", reviewer)
    assert (again.pk, again.state) == (requested.pk, Report.State.QUEUED)


def test_a_finished_report_is_not_cancelled(assessment, reviewer):
    report = services.request_report(assessment, "en", reviewer, "xlsx")
    making.render(report.pk)
    report.refresh_from_db()
    assert not services.cancel_report(report)
    assert report.state == Report.State.DONE


def test_who_asked_the_coordinator_and_an_administrator_may_cancel_and_nobody_else(
    client, assessment, requested, reviewer, coordinator, editor_mois, irm_reviewer, admin
):
    address = f"/reports/{requested.pk}/cancel/"
    assert "/admin/login/" in client.post(address)["Location"]
    for user in (editor_mois, irm_reviewer, coordinator):  # a coordinator of another member
        client.force_login(user)
        assert client.post(address).status_code == 403
    coordinator.institution = assessment.entries.first().lead
    coordinator.save()
    for user in (reviewer, coordinator, admin):
        Report.objects.update(state=Report.State.QUEUED)
        client.force_login(user)
        assert client.get(address).status_code == 405
        assert "Cancel" in client.get(f"/reports/{requested.pk}/").content.decode()
        assert client.post(address).status_code == 302
        assert Report.objects.get().state == Report.State.CANCELLED
    page = client.get(f"/reports/{requested.pk}/").content.decode()
    assert "The report was cancelled." in page and "Try again" in page


def test_a_version_can_be_asked_for_in_another_format(client, assessment, requested, reviewer, editor_mois):
    address = "/self-assessments/xr-1-end-of-term/versions/1/report/"
    client.force_login(editor_mois)
    assert client.post(address, {"language": "ko", "format": "docx"}).status_code == 403
    client.force_login(reviewer)
    assert client.post(address, {"language": "ko", "format": "docx"}).status_code == 302
    assert Report.objects.filter(snapshot__version=1, snapshot__language="ko", format="docx").count() == 1
    client.post(address, {"language": "ko", "format": "exe"})
    assert Report.objects.count() == 2


def test_the_api_names_format_version_and_files(client, record, irm_reviewer):
    assessment = SelfAssessment.objects.get(slug="kr-2-end-of-term")
    report = services.request_report(assessment, "ko", irm_reviewer, "xlsx")
    making.render(report.pk)
    report.refresh_from_db()
    row = client.get(f"/api/v1/reports/{report.pk}/").json()
    assert (row["format"], row["version"], row["language"]) == ("xlsx", 1, "ko")
    assert row["data_sha256"] == report.snapshot.sha256
    assert row["files"][0]["type"] == Report.MEDIA_TYPES["xlsx"]
    assert client.get("/api/v1/reports/?language=en").json()["count"] == 0
    assert client.get("/api/v1/reports/?language=ko&file_format=xlsx").json()["count"] == 1
