"""The IRM's codings as a list and as files: words and OGP's codes, filtered as asked, drafts for the IRM alone."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from assessments.models import Coding
from tests.assessments.irm_rows import make_coding, make_review
from tests.files import content
from tests.world import make_institution, make_user

pytestmark = pytest.mark.django_db
KOREAN = "review=kr-2-irm-progress"


def rows_of(client, query: str) -> list[dict]:
    answer = client.get(f"/irm-codings.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(content(answer).decode("utf-8-sig"))))


def book_of(client, query: str):
    return load_workbook(io.BytesIO(content(client.get(f"/irm-codings.xlsx?{query}"))))


def test_there_is_a_row_a_review_and_commitment_with_words_and_codes(client, record):
    rows = rows_of(client, KOREAN)
    assert [row["Commitment number"] for row in rows] == ["1-a", "1-b", "2-c", "2-d", "3-e"]
    row = rows[2]
    assert (row["Completion"], row["Completion: OGP's code"]) == ("Limited", "3")
    assert (row["Potential impact"], row["Potential impact: OGP's code"]) == ("Moderate", "2")
    assert row["Specificity"] == row["Specificity: OGP's code"] == ""
    assert row["Method version"] == "2014-17" and row["Starred"] == "No"
    assert row["Source"].startswith("End-of-Term Self-Assessment Report") and row["Section of the source"]
    assert "Verifiability: OGP's code" not in row  # yes and no have no code


def test_why_an_indicator_is_empty_is_said_where_the_source_does(client, record):
    Coding.objects.filter(commitment__number="2-c").update(absent={"specificity": "ND"})
    assert rows_of(client, KOREAN)[2]["Specificity"] == "Not coded under this method"


def test_the_spreadsheet_says_what_it_is_and_has_the_codebook_that_was_used(client, record):
    book = book_of(client, KOREAN)
    assert book.sheetnames == ["IRM codings", "About", "Codebooks"]
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["Filters"] == "Review: kr-2-irm-progress"
    assert KOREAN in about["Address of the list"]
    methods = {row[0].value for row in book["Codebooks"].iter_rows(min_row=2)}
    assert methods == {"2014–17"}
    heads = [cell.value for cell in book["IRM codings"][1]]
    code = book["IRM codings"].cell(4, heads.index("Completion: OGP's code") + 1)
    assert code.value == 3  # a number, not a text


@pytest.mark.parametrize(
    ("asked", "found"),
    [("completion=not_started", 1), ("completion=limited", 2), ("starred=true", 0), ("plan=kr-2", 5), ("plan=kr-5", 0)],
)
def test_the_files_are_filtered_as_the_page_is(client, record, asked, found):
    assert len(rows_of(client, f"{asked}&member=kr")) == found
    page = client.get(f"/irm-codings/?{asked}&member=kr")
    assert page.context["rows"].paginator.count == found
    assert f"/irm-codings.csv?{asked}" in page.content.decode()


@pytest.mark.parametrize("address", ["/irm-codings/", "/irm-codings.csv", "/irm-codings.xlsx"])
def test_a_filter_that_cannot_be_read_is_answered_with_the_form(client, record, address):
    answer = client.get(f"{address}?completion=perhaps")
    assert answer.status_code == 400 and "<form" in answer.content.decode()


def test_drafts_are_for_the_irm_that_asks_for_them(client, record):
    draft = make_review(codings=1, title="A secret draft")
    ask = f"drafts=true&review={draft.slug}"
    ministry = make_institution(draft.plan.member)
    for account in (None, make_user("viewer"), make_user("coordinator", ministry), make_user("head", ministry)):
        client.logout() if account is None else client.force_login(account)
        for address in ("/irm-codings/", "/irm-codings.csv", "/irm-codings.xlsx"):
            assert client.get(f"{address}?{ask}").status_code == 404
        assert client.get(f"/irm-codings.csv?review={draft.slug}").status_code == 400  # as if it were not there
    client.force_login(make_user("irm"))
    (row,) = rows_of(client, ask)
    assert (row["Review"], row["Stage"]) == (draft.slug, "draft")
    assert "A secret draft" in client.get(f"/irm-codings/?{ask}").content.decode()
    assert draft.slug not in {row["Review"] for row in rows_of(client, "")}


def test_hostile_text_runs_in_no_spreadsheet(client):
    review = make_review(make_review().plan, stage="final")
    hostile = '=HYPERLINK("http://127.0.0.1/","x")'
    make_coding(review, rationale=hostile, summary="<b>x</b> \x07", evidence=[{"title": "+1", "link": "@x"}])
    asked = f"review={review.slug}"
    (row,) = rows_of(client, asked)
    assert row["Rationale"] == f"'{hostile}" and row["Evidence"] == "'+1 @x"
    sheet = book_of(client, asked)["IRM codings"]
    heads = [cell.value for cell in sheet[1]]
    cell = sheet.cell(2, heads.index("Rationale") + 1)
    assert cell.value == hostile and cell.data_type == "s"


def test_a_list_costs_the_same_for_1_and_for_40_codings(client):
    counts = {}
    for size in (1, 40):
        review = make_review(codings=size, stage="final", title=f"Of {size}")
        for address in ("/irm-codings/", "/irm-codings.csv", "/irm-codings.xlsx"):
            asked = f"{address}?member={review.plan.member.slug}"
            content(client.get(asked)) if "." in address else client.get(asked)
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(asked)
                if answer.streaming:
                    content(answer)
            counts.setdefault(address, []).append(len(captured))
    assert all(len(set(found)) == 1 for found in counts.values()), counts


def test_the_review_and_the_list_of_reviews_lead_to_them(client, record):
    assert f"/irm-codings.csv?{KOREAN}" in client.get("/irm-reviews/kr-2-irm-progress/").content.decode()
    assert 'href="/irm-codings/"' in client.get("/irm-reviews/").content.decode()


def test_a_member_that_is_fictional_is_left_out_until_it_is_named(client):
    review = make_review(make_review().plan, codings=1, stage="final")
    type(review.plan.member).objects.filter(pk=review.plan.member_id).update(is_fictional=True)
    assert review.slug not in {row["Review"] for row in rows_of(client, "")}
    assert review.slug in {row["Review"] for row in rows_of(client, f"plan={review.plan.slug}")}
