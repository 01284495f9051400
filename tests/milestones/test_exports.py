"""The overdue list as a file: the same rows as the page, the API and the command, and safe to open."""

import io
import re
from datetime import date, datetime
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from commitments.exports import CHUNK
from milestones import periods
from milestones.models import Deadline, Milestone
from milestones.views import overdue_file
from tests.files import content, csv_rows, workbook, xlsx_rows
from tests.milestones.test_clock import LATE_ON_15_NOVEMBER_2021
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_world

pytestmark = pytest.mark.django_db
DAY = "2021-11-15"
ASKED = f"plan=kr-5&as_of={DAY}"
HANGUL = re.compile("[가-힣]")
LATE_LINE = re.compile(r"kr-5 (?P<number>[^:]+): due .*?\((?P<due>[\d-]+)\), (?P<days>\d+) days? late: (?P<title>.*)")


def facts(row: dict) -> tuple:
    """What a row of a file says, in the words of the command."""
    due = row["Due date"].date() if isinstance(row["Due date"], datetime) else date.fromisoformat(row["Due date"])
    return row["Commitment number"], due, int(row["Days late"]), row["Milestone title"]


def place(row: dict) -> str:
    """The page and the place on it that a row names."""
    address = urlsplit(row["Address of the page"])
    return f"{address.path}#{address.fragment}"


# The same everywhere --------------------------------------------------------------------------------------------------
def test_page_api_csv_and_xlsx_list_the_same_milestones(client, record):
    page = client.get(f"/overdue/?{ASKED}").content.decode()
    on_page = {re.sub(r"\?as_of=[\d-]+", "", link) for link in re.findall(r'href="([^"]+#milestone-\d+)"', page)}
    in_api = client.get(f"/api/v1/milestones/?overdue=true&{ASKED}&page_size=200").json()["results"]
    in_csv, in_xlsx = csv_rows(client.get(f"/overdue.csv?{ASKED}")), xlsx_rows(client.get(f"/overdue.xlsx?{ASKED}"))
    assert len(in_api) == len(in_csv) == len(in_xlsx) == 20
    assert on_page == {row["page"] for row in in_api} == {place(row) for row in in_csv}
    assert [place(row) for row in in_csv] == [place(row) for row in in_xlsx], "and in the same order"


def test_files_and_command_say_the_same_of_each_milestone(client, record):
    out = io.StringIO()
    call_command("flag_overdue", date=DAY, dry_run=True, stdout=out)
    found = [LATE_LINE.fullmatch(line) for line in out.getvalue().splitlines()[:-2]]
    said = sorted((line["number"], date.fromisoformat(line["due"]), int(line["days"]), line["title"]) for line in found)
    assert said == sorted(map(facts, csv_rows(client.get(f"/overdue.csv?{ASKED}"))))
    assert said == sorted(map(facts, xlsx_rows(client.get(f"/overdue.xlsx?{ASKED}"))))


def test_files_say_what_was_read_by_hand_from_the_plan(client, record):
    rows = [facts(row) for row in csv_rows(client.get(f"/overdue.csv?{ASKED}"))]
    assert sorted(row[:2] for row in rows) == sorted(LATE_ON_15_NOVEMBER_2021)
    assert all(days == (date(2021, 11, 15) - due).days for _number, due, days, _title in rows)


def test_a_row_says_all_that_the_page_says(client, record):
    rows = csv_rows(client.get(f"/overdue.csv?{ASKED}"))
    (row,) = [row for row in rows if row["Commitment number"] == "5"]
    milestone = record.plans.get(number=5).commitments.get(number="5").milestones.get(position=1)
    assert row == {
        "Member": "Republic of Korea",
        "Plan": "kr-5",
        "Commitment number": "5",
        "OGP id": f"{milestone.commitment.ogp_id} (inferred)",
        "Commitment title": milestone.commitment.title,
        "Milestone position": "1",
        "Milestone title": milestone.title,
        "Lead institutions": row["Lead institutions"],
        "Start as published": milestone.published_start,
        "End as published": milestone.published_end,
        "Due date": "2021-04-30",
        "Precision of the due date": "day",
        "Days late": "199",
        "Status reported": "Not reported",
        "Status date": "",
        "As of": DAY,
        "Address of the page": f"http://testserver/plans/kr-5/commitments/5/?as_of={DAY}#milestone-1",
    }
    assert row["Lead institutions"].endswith("Ministry of Science and ICT")


def test_several_leads_stand_in_one_cell(client, db):
    plan, *_others = make_world(1)
    commitment = plan.commitments.get()
    second = make_institution(plan.member)
    commitment.involvements.create(institution=second, role="lead", position=2)
    (row,) = csv_rows(client.get(f"/overdue.csv?plan={plan.slug}&as_of={DAY}"))
    assert row["Lead institutions"].endswith(f"; {second.name}")
    assert row["Status reported"] == "Limited"
    assert row["Status date"] == "2021-07-01"


@pytest.mark.parametrize("asked", ["institution=msit", "q=budget", "commitment=4-1", "status=completed", ""])
def test_other_filters_are_carried_into_the_files(client, record, asked):
    expected = client.get(f"/api/v1/milestones/?overdue=true&as_of={DAY}&{asked}&page_size=200").json()
    for rows in (
        csv_rows(client.get(f"/overdue.csv?as_of={DAY}&{asked}")),
        xlsx_rows(client.get(f"/overdue.xlsx?as_of={DAY}&{asked}")),
    ):
        assert {place(row) for row in rows} == {row["page"] for row in expected["results"]}
        assert len(rows) == expected["count"]


def test_the_page_links_to_its_files_with_its_filters_and_without_its_page(client, record):
    page = client.get(f"/overdue/?{ASKED}&page=1").content.decode()
    for address in (
        f"/overdue.csv?as_of={DAY}&amp;plan=kr-5",
        f"/overdue.xlsx?as_of={DAY}&amp;plan=kr-5",
        f"/api/v1/milestones/?overdue=true&amp;as_of={DAY}&amp;plan=kr-5",
    ):
        assert f'href="{address}"' in page
        assert client.get(address.replace("&amp;", "&")).getvalue()
    assert 'href="/overdue.csv"' in client.get("/overdue/?utm=elsewhere").content.decode()


def test_a_file_is_about_its_list_whatever_the_address_says(client, record):
    assert len(csv_rows(client.get(f"/overdue.csv?overdue=false&{ASKED}"))) == 20


def test_the_fictional_member_is_left_out_unless_it_is_named(client, db):
    plan, *_others = make_world(1, fictional=True)
    assert plan.slug not in {row["Plan"] for row in csv_rows(client.get(f"/overdue.csv?as_of={DAY}"))}
    assert len(csv_rows(client.get(f"/overdue.csv?as_of={DAY}&plan={plan.slug}"))) == 1


def test_nothing_late_is_a_file_with_its_titles_alone(client, record):
    assert csv_rows(client.get("/overdue.csv?as_of=2001-01-01")) == []
    assert xlsx_rows(client.get("/overdue.xlsx?as_of=2001-01-01")) == []


# The form of the files ------------------------------------------------------------------------------------------------
def test_a_file_is_named_after_what_and_when_and_is_kept_not_shown(client, record):
    for ending, kind in (("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats")):
        response = client.get(f"/overdue.{ending}?as_of={DAY}")
        assert response["Content-Disposition"] == f'attachment; filename="overdue-{DAY}.{ending}"'
        assert response["Content-Type"].startswith(kind)
        content(response)


def test_korean_files_have_korean_titles_and_words(client, record):
    in_csv, in_xlsx = (
        csv_rows(client.get(f"/ko/overdue.csv?{ASKED}")),
        xlsx_rows(client.get(f"/ko/overdue.xlsx?{ASKED}")),
    )
    assert list(in_csv[0]) == list(in_xlsx[0])
    assert [title for title in in_csv[0] if not HANGUL.search(title)] == []
    row = next(row for row in in_csv if row["공약 번호"] == "5")
    assert row["회원 정부"] == "대한민국"
    assert "보고 없음" in row.values()
    assert f"http://testserver/ko/plans/kr-5/commitments/5/?as_of={DAY}#milestone-1" in row.values()


def test_a_file_keeps_its_language_while_its_writer_turns_to_another_reader(client, record):
    response = client.get(f"/ko/overdue.csv?{ASKED}")
    with translation.override("en"):
        assert csv_rows(response)[0]["회원 정부"] == "대한민국"


def test_dates_and_numbers_are_such_in_xlsx(client, record):
    sheet = workbook(client.get(f"/overdue.xlsx?{ASKED}")).worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    first = dict(zip(titles, sheet[2], strict=True))
    for title in ("Due date", "As of"):
        assert first[title].is_date and first[title].number_format == "yyyy-mm-dd"
    assert first["Days late"].data_type == "n"
    numbers = {row[titles.index("Commitment number")].value for row in sheet.iter_rows(min_row=2)}
    assert "4-1" in numbers, "a commitment's number is text, else a spreadsheet takes it for the first of April"


def test_a_second_sheet_says_what_the_file_is_about(client, record):
    sheet = workbook(client.get(f"/overdue.xlsx?{ASKED}&q=budget")).worksheets[1]
    said = dict(sheet.iter_rows(values_only=True))
    assert sheet.title == "About"
    assert said["What"] == "Overdue milestones"
    assert said["As of"] == datetime(2021, 11, 15)
    assert said["Filters"] == "Plan: kr-5; Words: budget"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", said["Exported at"])
    assert said["Address of the list"] == f"http://testserver/overdue/?as_of={DAY}&plan=kr-5&q=budget"
    assert "OGP tracker" in said["Source"]


# Safe to open ---------------------------------------------------------------------------------------------------------
HOSTILE = [
    '=HYPERLINK("http://x.example")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "#REF!",
    "plain, “quoted”",
]


@pytest.fixture
def hostile(db):
    plan, *_others = make_world(len(HOSTILE))
    for milestone, title in zip(Milestone.objects.filter(commitment__plan=plan), HOSTILE, strict=True):
        Milestone.objects.filter(pk=milestone.pk).update(title=title, published_end=title)
    return f"plan={plan.slug}&as_of={DAY}"


def test_text_that_would_run_as_a_formula_stays_text_in_csv(client, hostile):
    rows = csv_rows(client.get(f"/overdue.csv?{hostile}"))
    assert {row["Milestone title"] for row in rows} == {title if title[0] in "#p" else f"'{title}" for title in HOSTILE}
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_text_that_would_run_as_a_formula_stays_text_in_xlsx(client, hostile):
    sheet = workbook(client.get(f"/overdue.xlsx?{hostile}")).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    found = {cell.value for cell in cells}
    assert {title for title in HOSTILE if "\r" not in title} <= found, "and it is what it was"
    assert all(cell.quotePrefix for cell in cells if cell.value[0] in "=+-@"), "even after somebody has edited it"


def test_what_a_spreadsheet_cannot_hold_is_left_out_and_breaks_nothing(client, db):
    plan, *_others = make_world(1)
    Milestone.objects.filter(commitment__plan=plan).update(title="A bell\x07 and words")
    (row,) = xlsx_rows(client.get(f"/overdue.xlsx?plan={plan.slug}&as_of={DAY}"))
    assert row["Milestone title"] == "A bell and words"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "asked", ["as_of=soon", "as_of=2021-02-30", "plan=nowhere", "institution=%27--", "status=late"]
)
def test_a_filter_that_cannot_be_read_is_answered_with_a_form_and_no_file(client, record, ending, asked):
    response = client.get(f"/overdue.{ending}?{asked}")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")
    assert "Content-Disposition" not in response
    assert 'class="error"' in response.content.decode()


@pytest.mark.parametrize(
    "address", ["/overdue/", "/overdue.csv", "/overdue.xlsx", "/stale/", "/stale.csv", "/stale.xlsx"]
)
def test_lists_and_their_files_are_for_reading(client, record, address):
    for method in (client.post, client.put, client.delete, client.patch):
        assert method(address).status_code == 405


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_head_is_answered_without_reading_a_row(client, record, ending):
    with CaptureQueriesContext(connection) as queries:
        response = client.head(f"/overdue.{ending}?{ASKED}")
    assert response["Content-Disposition"] == f'attachment; filename="overdue-{DAY}.{ending}"'
    assert content(response) == b""
    assert not [query for query in queries if 'FROM "milestones_milestone"' in query["sql"]]


# Any length -----------------------------------------------------------------------------------------------------------
def queries_of(client, address: str) -> int:
    content(client.get(address))  # what is read once a process is not the file's
    with CaptureQueriesContext(connection) as queries:
        content(client.get(address))
    return len(queries)


@pytest.mark.once
@pytest.mark.parametrize("name", ["overdue.csv", "overdue.xlsx", "stale.csv", "stale.xlsx"])
def test_a_file_costs_the_same_for_1_and_for_100_rows(client, db, name):
    counts = [queries_of(client, f"/{name}?plan={make_world(size)[0].slug}&as_of=2022-11-15") for size in (1, 100)]
    assert counts[0] == counts[1]


def many_late_milestones(count: int) -> str:
    """Their plan, as a filter."""
    member = make_member()
    plan = make_plan(member)
    commitment = make_commitment(plan, make_institution(member))
    make_milestone(commitment, date(2021, 6, 30), position=9999)
    first = Deadline.objects.get(milestone__commitment=commitment)
    Milestone.objects.bulk_create(
        Milestone(commitment=commitment, position=n, title=f"No. {n}") for n in range(1, count)
    )
    milestones = Milestone.objects.filter(commitment=commitment).exclude(pk=first.milestone_id)
    Deadline.objects.bulk_create(
        Deadline(milestone=milestone, position=1, due_on=first.due_on, precision="day") for milestone in milestones
    )
    periods.refresh(milestones)
    return f"plan={plan.slug}&as_of={DAY}"


def test_a_long_file_is_read_and_sent_piece_by_piece(db):
    """The first piece is there after one chunk; each further chunk costs the same few queries."""
    asked = many_late_milestones(3 * CHUNK)
    request = RequestFactory().get(f"/overdue.csv?{asked}")
    response = overdue_file(request, ending="csv")
    with CaptureQueriesContext(connection) as queries:
        pieces = iter(response.streaming_content)
        next(pieces)
        at_first = len(queries)
        rest = list(pieces)
    assert len(rest) > 3
    assert len(queries) - at_first >= 2, "the rest was not read yet"
    assert len(queries) == 1 + 2 * 3, "the rows, and two for each chunk"
