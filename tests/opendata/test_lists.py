"""Every list of the record as a file: the rows of the API with the same filters, told of their day, safe and steady."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commitments.models import SourceDocument
from opendata.lists import LISTS
from tests.files import csv_rows, xlsx_rows
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_world

pytestmark = pytest.mark.django_db
DAY = "2021-11-15"

ASKED = [
    ("plans", ""),
    ("plans", f"member=kr&as_of={DAY}"),
    ("commitments", f"plan=kr-5&as_of={DAY}"),
    ("commitments", f"plan=kr-5&overdue=true&as_of={DAY}"),
    ("commitments", "q=budget&institution=moef"),
    ("milestones", f"plan=kr-5&overdue=true&as_of={DAY}"),
    ("milestones", "plan=kr-4&status=not_reported&cadence=once"),
    ("institutions", "member=kr&leads=true&kind=state_body"),
    ("institutions", "q=ministry"),
    ("members", "kind=national"),
    ("documents", "kind=action_plan"),
]


def ids(rows) -> list[int]:
    return [int(row["Id"]) for row in rows]


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_csv_xlsx_and_api_have_the_same_rows_for_the_same_filters(client, record, name, asked):
    in_api = client.get(f"/api/v1/{name}/?{asked}&page_size=200").json()
    in_csv = csv_rows(client.get(f"/{name}.csv?{asked}"))
    assert in_csv, "the question has an answer"
    assert ids(in_csv) == ids(xlsx_rows(client.get(f"/{name}.xlsx?{asked}")))
    assert sorted(ids(in_csv)) == sorted(row["id"] for row in in_api["results"])
    assert in_api["count"] == len(in_csv)


def test_a_plans_row_counts_each_thing_in_its_unit_and_on_its_day(client, record):
    (row,) = csv_rows(client.get(f"/plans.csv?plan=kr-5&as_of={DAY}"))
    assert row["Commitments, parts not counted"] == "14" and row["Commitment forms"] == "16"
    assert row["Milestones"] == "77" and row["Milestones overdue"] == "20"
    assert row["As of"] == DAY and row["Starts on"] == "2021-01-01" and row["Source"] == "kr-5-plan"
    assert row["Address of the page"] == f"http://testserver/plans/kr-5/?as_of={DAY}"


def test_a_plan_that_no_source_itemises_has_no_counts_of_its_own(client, record):
    (row,) = csv_rows(client.get("/plans.csv?plan=kr-3"))
    assert row["Commitments, parts not counted"] == "13" and row["Commitments are itemised"] == "false"
    assert row["Commitment forms"] == row["Milestones"] == row["Milestones overdue"] == ""


def test_a_milestones_row_has_the_plans_words_beside_what_they_mean(client, record):
    rows = csv_rows(client.get(f"/milestones.csv?plan=kr-5&commitment=5&as_of={DAY}"))
    first = rows[0]
    stored = record.plans.get(slug="kr-5").commitments.get(number="5").milestones.get(position=1)
    assert (first["Start as published"], first["End as published"]) == (stored.published_start, stored.published_end)
    assert first["Last due date"] == "2021-04-30" and first["Overdue"] == "true" and first["Days late"] == "199"
    assert first["Address of the page"].endswith(f"/plans/kr-5/commitments/5/?as_of={DAY}#milestone-1")


def test_the_file_of_a_past_day_says_what_the_page_of_that_day_says(client, db):
    plan = make_plan(make_member())
    commitment = make_commitment(plan, make_institution(plan.member))
    make_milestone(commitment, date(2021, 6, 30))
    for day, overdue in (("2021-06-30", "0"), ("2021-07-01", "1"), ("2023-01-01", "0")):
        (row,) = csv_rows(client.get(f"/commitments.csv?plan={plan.slug}&as_of={day}"))
        assert row["Milestones overdue"] == overdue, day


@pytest.mark.parametrize("name", LISTS)
def test_titles_are_in_the_readers_language(client, record, name):
    korean, english = (csv_rows(client.get(f"{prefix}/{name}.csv"))[0] for prefix in ("/ko", ""))
    assert len(korean) == len(english)
    assert "페이지 주소" in korean and "Address of the page" in english
    assert korean["페이지 주소"] == english["Address of the page"].replace("testserver/", "testserver/ko/")


@pytest.mark.parametrize("name", LISTS)
def test_the_training_member_is_left_out_until_it_is_named(client, db, name):
    before = csv_rows(client.get(f"/{name}.csv"))
    plan, *_others = make_world(2, fictional=True)
    assert csv_rows(client.get(f"/{name}.csv")) == before
    if name in ("commitments", "milestones", "institutions"):
        named = csv_rows(client.get(f"/{name}.csv?member={plan.member.slug}"))
        assert len(named) == (3 if name == "institutions" else 2)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/commitments.csv?plan=nowhere", "plan"),
        ("/ko/plans.xlsx?as_of=soon", "as_of"),
        ("/milestones.csv?status=splendid&overdue=perhaps", "overdue"),
        ("/institutions.csv?kind=%00%ff", "kind"),
        ("/members.xlsx?region='; drop table members", "region"),
        ("/commitments.csv?theme=1e999", "theme"),
        ("/milestones.csv?institution=%00", "institution"),
        ("/institutions.csv?q=%00", "q"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(client, record, address, told):
    answer = client.get(address)
    assert answer.status_code == 400
    assert f"<code>{told}</code>" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/commitments.csv?ogp_id=ZZ9999&number=%F0%9F%A6%84", "/plans.csv?number=-1&page=9"]
)
def test_a_filter_that_nothing_matches_gives_titles_alone(client, record, address):
    answer = client.get(address)
    assert answer.status_code == 200 and csv_rows(answer) == []


def test_a_formula_in_a_name_stays_a_text(client, db):
    institution = make_institution(make_member(), name='=HYPERLINK("http://evil.example")')
    (row,) = csv_rows(client.get(f"/institutions.csv?member={institution.member.slug}"))
    assert row["Name"] == "'" + institution.name


def test_files_are_only_read(client, record):
    for name in LISTS:
        assert client.post(f"/{name}.csv").status_code == 405
        head = client.head(f"/{name}.csv")
        assert head.status_code == 200 and not b"".join(head.streaming_content)


@pytest.mark.once
def test_a_file_costs_the_same_number_of_queries_for_1_3_and_300_rows(client, db):
    counts = {name: [] for name in LISTS}
    for size in (1, 3, 300):
        member = make_world(size)[0].member
        keys = [f"{member.slug}-{n}" for n in range(size)]
        SourceDocument.objects.bulk_create(
            SourceDocument(member=member, key=key, title=key, kind="background") for key in keys
        )
        for name, found in counts.items():
            asked = f"member={member.slug}" if name != "members" else ""
            csv_rows(client.get(f"/{name}.csv?{asked}"))
            with CaptureQueriesContext(connection) as captured:
                assert csv_rows(client.get(f"/{name}.csv?{asked}"))
            found.append(len(captured))
    assert {name: len(set(found)) for name, found in counts.items()} == dict.fromkeys(LISTS, 1), counts


@pytest.mark.parametrize(
    ("page", "name", "asked"),
    [
        (f"/commitments/?plan=kr-5&as_of={DAY}&page=1&utm_source=letter", "commitments", f"as_of={DAY}&amp;plan=kr-5"),
        ("/institutions/", "institutions", "leads=true"),
    ],
)
def test_a_lists_page_shows_its_files_with_its_filters(client, record, page, name, asked):
    shown = client.get(page).content.decode()
    for address in (f"/{name}.csv?{asked}", f"/{name}.xlsx?{asked}", f"/api/v1/{name}/?{asked}"):
        assert f'href="{address}"' in shown
        assert client.head(address.replace("&amp;", "&")).status_code == 200


def test_every_list_page_shows_its_files(client, record):
    for name in ("plans", "documents"):
        shown = client.get(f"/{name}/").content.decode()
        assert f'href="/{name}.csv"' in shown and f'href="/api/v1/{name}/"' in shown
    plan = client.get(f"/plans/kr-5/?as_of={DAY}").content.decode()
    assert f'href="/milestones.csv?as_of={DAY}&amp;plan=kr-5"' in plan
