"""The self-assessment as a PDF: what is frozen and what is printed."""

import hashlib
import io
import shutil
import socket
from collections import Counter

import pytest
from django.utils import translation
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from assessments import rendering, snapshots
from assessments.models import IRMReview, Report, SelfAssessment, SelfAssessmentEntry
from tests.assessments.frozen import frozen

pytest_plugins = ["tests.assessments.report_rows"]


def pdf_of(assessment, language="en") -> PdfReader:
    return PdfReader(io.BytesIO(rendering.render_pdf(frozen(assessment, language)).content))


# What is frozen -------------------------------------------------------------------------------------------------------


def test_the_same_data_has_the_same_digest_whatever_the_language_of_the_request(assessment):
    first = snapshots.snapshot(assessment, "en")
    with translation.override("ko"):
        second = snapshots.snapshot(assessment, "en")
    assert snapshots.canonical_json(first) == snapshots.canonical_json(second)
    assert snapshots.digest(first) == hashlib.sha256(snapshots.canonical_json(first)).hexdigest()


def test_the_digest_survives_the_database(requested):
    assert snapshots.digest(Report.objects.get().snapshot.data) == requested.snapshot.sha256


def test_the_canonical_spelling_has_sorted_keys_no_spaces_and_plain_utf_8():
    assert snapshots.canonical_json({"b": [1, None], "a": "가"}) == '{"a":"가","b":[1,null]}'.encode()


@pytest.mark.parametrize("change", [{"main_objective": "To hear."}, {"completion_level": "limited"}])
def test_a_changed_form_changes_the_digest(assessment, change):
    before = snapshots.digest(snapshots.snapshot(assessment, "en"))
    SelfAssessmentEntry.objects.filter(commitment__number="1-2").update(**change)
    assert snapshots.digest(snapshots.snapshot(assessment, "en")) != before


def test_the_snapshot_holds_both_voices_apart_each_with_its_source(assessment):
    data = snapshots.snapshot(assessment, "en")
    entry, finding = data["entries"][0], data["irm"][0]["findings"][0]
    assert entry["completion_level"] == ""
    assert finding["indicators"]["completion"] == "limited"
    assert entry["source"] == {"document": "xr-1-report", "section": "Appendix 1-1"}
    assert finding["source"] == {"document": "xr-1-report", "section": "III"}
    assert data["irm"][0]["recommendations"][0]["response_source"]["document"] == "xr-2-plan"
    assert [document["key"] for document in data["documents"]] == ["xr-1-report", "xr-2-plan"]


def test_a_review_that_is_not_final_is_left_out(assessment):
    IRMReview.objects.update(stage="draft")
    assert snapshots.snapshot(assessment, "en")["irm"] == []


def test_a_text_is_divided_into_paragraphs_and_lists(assessment):
    assert snapshots.snapshot(assessment, "en")["sections"][0]["blocks"] == [
        {"text": "It began in 2014."},
        {"points": ["first aim;", "second aim."]},
    ]


@pytest.mark.parametrize("forms", [1, 12])
def test_the_snapshot_takes_nine_queries_however_many_forms_there_are(
    db, small_assessment, django_assert_num_queries, forms
):
    assessment = small_assessment(forms)
    with django_assert_num_queries(9):
        data = snapshots.snapshot(assessment, "en")
    assert len(data["entries"]) == len(data["irm"][0]["findings"]) == forms


# What is printed ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pdf(assessment) -> PdfReader:
    return pdf_of(assessment)


def structure(node):
    """Every element of a PDF's structure tree."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, list):
        for child in node:
            yield from structure(child)
    elif isinstance(node, dict):
        yield node
        yield from structure(node.get("/K", []))


def outline(items):
    for item in items:
        if isinstance(item, list):
            yield from outline(item)
        else:
            yield item.title


def fonts(reader):
    """The name that each embedded font program gives itself; fails for a font that is not embedded."""
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            for descendant in font.get_object()["/DescendantFonts"]:
                program = descendant.get_object()["/FontDescriptor"].get_object()["/FontFile3"].get_object().get_data()
                with TTFont(io.BytesIO(program)) as embedded:
                    yield embedded["CFF "].cff.fontNames[0]


@pytest.mark.once
def test_the_pdf_is_tagged_and_says_so(pdf):
    catalog = pdf.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert pdf.metadata.title == "End-of-Term Report on the 1st Plan"
    assert b'pdfuaid:part="1"' in catalog["/Metadata"].get_data()


@pytest.mark.once
def test_tables_have_header_cells_and_drawings_have_words(pdf):
    elements = list(structure(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"]))
    kinds = Counter(element.get("/S") for element in elements)
    assert kinds["/TH"] > 20
    assert kinds["/H1"] == 1
    drawings = [element for element in elements if element.get("/S") == "/Figure"]
    assert len(drawings) == 8  # the QR code, the chart, a scale a form, and two marks a row of the overview
    assert {"Not stated in the source", "Limited"} <= {drawing["/Alt"] for drawing in drawings}
    assert all(drawing["/Alt"] for drawing in drawings)


@pytest.mark.once
def test_every_section_and_every_form_has_a_bookmark(pdf):
    titles = list(outline(pdf.outline))
    wanted = {"I. Introduction", "A. Background", "1-1. Promise 1", "1-2. Promise 2"}
    assert wanted <= set(titles), titles


@pytest.mark.once
def test_the_contents_name_the_page_on_which_a_form_begins(pdf):
    contents = next(page.extract_text() for page in pdf.pages if page.extract_text().startswith("Contents"))
    line = next(line for line in contents.splitlines() if "Promise 2" in line)
    assert "Promise 2" in pdf.pages[int(line.split()[-1]) - 1].extract_text()
    assert f"Page 2 of {len(pdf.pages)}" in contents


@pytest.mark.once
def test_all_fonts_are_embedded_and_none_is_foreign(pdf):
    assert set(fonts(pdf)) == {"Pretendard-Regular", "Pretendard-SemiBold", "Pretendard-Bold"}


@pytest.mark.once
def test_the_pages_say_who_says_what_and_what_is_not_stated(pdf):
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert "Government’s self-assessment" in text
    assert "IRM finds" in text
    assert "Only begun." in text
    assert "Table 2. Meetings held" in text
    assert "Ministry of the Interior, Openness Division" in text
    assert text.count("Not stated in the source") > 4
    assert "Commitment 1-2" in text


@pytest.mark.once
def test_the_report_on_koreas_second_plan_is_complete(record):
    """Every text of the snapshot that a reader should find, in the text of the PDF; spaces and line ends aside."""
    snapshot = frozen(SelfAssessment.objects.get(slug="kr-2-end-of-term"))
    data, pdf = snapshot.data, PdfReader(io.BytesIO(rendering.render_pdf(snapshot).content))
    printed = "".join("".join(page.extract_text().split()) for page in pdf.pages)
    tables = [table for section in data["sections"] for table in section["tables"]]
    wanted = [section["title"] for section in data["sections"]]
    for entry in data["entries"]:
        wanted += [entry["commitment"]["title"], entry["completion_note"], *(link["url"] for link in entry["links"])]
        for result in entry["results"]:
            wanted += [result["heading"], *(fact["date"] for fact in result["facts"])]
            tables += result["tables"]
    wanted += [cell for table in tables for row in table["rows"] for cell in row]
    wanted += [row["title"] for row in data["irm"][0]["recommendations"]]
    assert len(data["entries"]) == 5
    assert [text for text in wanted if "".join(text.split()) not in printed] == []
    assert f"Table{len(tables)}." in printed


@pytest.mark.once
def test_the_korean_report_is_marked_as_korean(assessment):
    SelfAssessment.objects.update(title_ko="제1차 계획 자체평가보고서")
    pdf = pdf_of(assessment, "ko")
    assert pdf.trailer["/Root"]["/Lang"] == "ko"
    assert "제1차 계획 자체평가보고서" in pdf.pages[0].extract_text()
    assert "2026년 3월 1일" in pdf.pages[0].extract_text()


@pytest.mark.once
def test_a_character_without_a_glyph_is_named_with_its_place(assessment):
    SelfAssessmentEntry.objects.get(commitment__number="1-2").results.update(body="Done \U0001f600")
    with pytest.raises(rendering.MissingGlyph, match=r"U\+1F600 GRINNING FACE in: appendix form 1-2, result 1\b"):
        pdf_of(assessment)


@pytest.mark.once
def test_a_glyph_missing_from_a_table_is_found_too(assessment):
    table = assessment.sections.get(key="intro").tables[0]
    assessment.sections.filter(key="intro").update(tables=[{**table, "rows": [["2014", "漢", ""]]}])
    with pytest.raises(rendering.MissingGlyph, match="section I. Introduction, table Meetings held, row 1"):
        pdf_of(assessment)


@pytest.mark.once
def test_decomposed_hangul_is_printed_whole(assessment):
    assessment.sections.filter(key="intro").update(body="\u1112\u1161\u11ab\u1100\u1173\u11af")
    assert "한글" in "".join(page.extract_text() for page in pdf_of(assessment).pages)


@pytest.mark.once
def test_a_missing_font_file_is_named(assessment, settings, tmp_path):
    shutil.copy(settings.REPORT_FONTS_DIR / "Pretendard-Regular.otf", tmp_path)
    settings.REPORT_FONTS_DIR = tmp_path
    with pytest.raises(rendering.MissingFont, match="Pretendard-SemiBold.otf is missing"):
        pdf_of(assessment)


@pytest.mark.once
def test_markup_typed_into_a_text_is_printed_and_fetches_nothing(assessment):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        typed = f'<img src="{address}"><style>@import url({address});</style>'
        assessment.sections.filter(key="intro").update(body=typed, title=f'<link rel="stylesheet" href="{address}">')
        text = "".join(page.extract_text() for page in pdf_of(assessment).pages).replace("\n", "")
        with pytest.raises(TimeoutError):
            server.accept()
    assert f'<img src="{address}">' in text


@pytest.mark.once
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "data:image/png;base64,AAAA"])
def test_the_fetcher_refuses_everything_but_the_fonts(url):
    fetcher = rendering.FontsOnly(rendering.font_files().values())
    with pytest.raises(ValueError, match="fetches nothing but its fonts"):
        fetcher.fetch(url)


@pytest.mark.once
@pytest.mark.parametrize("url", ["javascript:alert(1)", "www.example.org/page", "file:///etc/passwd", "http://[broken"])
def test_an_address_that_is_no_web_address_is_printed_but_is_no_link(assessment, url):
    assessment.entries.get(commitment__number="1-1").links.update(url=url)
    pdf = pdf_of(assessment)
    targets = {
        annotation.get_object()["/A"]["/URI"]
        for page in pdf.pages
        for annotation in page.get("/Annots", [])
        if "/A" in annotation.get_object()
    }
    assert targets == {"http://www.example.org/a?b=1"}
    assert url in "".join(page.extract_text() for page in pdf.pages)
