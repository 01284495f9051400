"""The public list of stale commitments: what it says, where it is linked, and that command and files say the same."""

import io
import re
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.files import csv_rows, workbook, xlsx_rows
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGAN, STALE = date(2021, 1, 1), date(2021, 7, 1)  # six months apart
COMMAND_LINE = re.compile(r"(?P<plan>\S+) (?P<number>\S+): stale since (?P<since>[\d-]+), .*?: (?P<title>.*)")


class World:
    def __init__(self, **member):
        self.member = make_member(**member)
        self.ministry = make_institution(self.member)
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.plan = make_plan(self.member, starts_on=BEGAN, ends_on=date(2022, 12, 31))
        self.commitment = make_commitment(self.plan, self.ministry, title="Publish the register")
        self.milestone = make_milestone(self.commitment)

    def reported(self, on, published=None):
        return make_public_report(self.milestone, self.editor, self.head, on, published_on=published)

    def address(self, on, name="/stale/"):
        return f"{name}?plan={self.plan.slug}&as_of={on:%Y-%m-%d}"


@pytest.fixture
def world():
    return World()


def text_of(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def words_of(page: str) -> str:
    """The page without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# Which day ------------------------------------------------------------------------------------------------------------
def test_exactly_six_months_after_the_plan_began_is_the_first_stale_day(client, world):
    assert "No commitment is stale on this day." in text_of(client, world.address(STALE - DAY))
    page = text_of(client, world.address(STALE))
    assert "Publish the register" in page
    assert "1 commitment form without a report for six months" in page


def test_exactly_six_months_after_a_report_became_public_is_the_first_stale_day(client, world):
    world.reported(date(2021, 2, 1), published=date(2021, 5, 10))
    assert "Publish the register" not in text_of(client, world.address(date(2021, 11, 9)))
    words = words_of(text_of(client, world.address(date(2021, 11, 10))))
    assert "made public on 10 May 2021" in words
    assert "10 November 2021" in words


def test_a_report_that_nobody_approved_leaves_it_on_the_list(client, world):
    make_report(world.milestone, world.editor, STALE - DAY, review="submitted")
    assert "Publish the register" in text_of(client, world.address(STALE))


def test_a_past_day_keeps_its_answer_when_a_report_comes_later(client, world):
    world.reported(STALE, published=STALE + DAY)
    assert "Publish the register" in text_of(client, world.address(STALE))
    assert "Publish the register" not in text_of(client, world.address(STALE + DAY))


def test_without_a_day_it_is_about_today(client, record):
    words = words_of(text_of(client, "/stale/"))
    assert "Without a report for six months on" in words
    assert "No commitment is stale on this day." in words, "every plan of the record has ended"


# What it says ---------------------------------------------------------------------------------------------------------
def test_it_says_since_when_what_was_heard_last_the_rule_and_its_source(client, world):
    words = words_of(text_of(client, world.address(date(2021, 12, 24))))
    assert "Without a report for six months on 24 December 2021" in words
    assert "no report received" in words
    assert "1 July 2021" in words
    assert "OGP's minimum requirement 2.2" in words.replace("&#x27;", "'")
    assert "A missing report says nothing about whether the work was done." in words


def test_commitments_stand_under_each_topmost_body_that_leads(client, world):
    second = make_institution(world.member)
    division = make_institution(world.member, parent=second)
    world.commitment.involvements.create(institution=division, role="lead", position=2)
    page = text_of(client, world.address(STALE))
    assert f"{world.ministry.name} <small>1 commitment form</small>" in page
    assert f"{second.name} <small>1 commitment form</small>" in page
    assert "1 commitment form without a report" in page, "and counts once"


def test_filtered_by_an_institution_it_shows_what_that_one_leads(client, record):
    page = text_of(client, "/stale/?as_of=2021-11-15&institution=msit")
    assert re.findall(r"<h2>(?:<[^>]+>)?([^<]+?) ?(?:</span> )?<small>", page) == ["Ministry of Science and ICT"]
    assert "Provide an online system for public institutions" in page
    assert "Protect whistleblowers" not in page


def test_a_commitment_without_a_stated_lead_is_listed_too(client, world):
    world.commitment.involvements.all().delete()
    page = text_of(client, world.address(STALE))
    assert "Lead institution not stated" in page
    assert "Publish the register" in page


def test_the_longest_silent_stands_first(client, world):
    other = make_commitment(world.plan, world.ministry, title="Hold the forum", position=0)
    make_public_report(make_milestone(other), world.editor, world.head, date(2021, 2, 1))
    page = text_of(client, world.address(date(2021, 12, 24)))
    assert page.index("Publish the register") < page.index("Hold the forum")


def test_the_fictional_member_is_left_out_unless_it_is_named(client, db):
    world = World(is_fictional=True)
    assert "Publish the register" not in text_of(client, f"/stale/?as_of={STALE}")
    assert "Publish the register" in text_of(client, world.address(STALE))
    assert world.plan.slug not in {row["Plan"] for row in csv_rows(client.get(f"/stale.csv?as_of={STALE}"))}


def test_what_was_written_as_markup_is_shown_as_text(client, world):
    type(world.commitment).objects.update(title="<script>alert(1)</script>")
    assert "<script>alert" not in text_of(client, world.address(STALE))


@pytest.mark.parametrize("ending", ["/", ".csv", ".xlsx"])
@pytest.mark.parametrize("asked", ["as_of=soon", "plan=nowhere", "institution=nobody", "theme=x"])
def test_a_filter_that_cannot_be_read_is_answered_with_a_form(client, record, ending, asked):
    assert 'class="error"' in text_of(client, f"/stale{ending}?{asked}", status=400)


@pytest.mark.parametrize("day", ["0001-01-01", "0001-06-30", "9999-12-31"])
def test_the_first_and_last_days_of_the_calendar_are_days(client, record, day):
    text_of(client, f"/stale/?as_of={day}")


def test_a_long_list_has_pages_that_keep_the_question(client, world):
    for _n in range(100):
        make_milestone(make_commitment(world.plan, world.ministry))
    first = text_of(client, world.address(STALE))
    assert "101 commitment forms without a report for six months" in first
    assert f'href="?plan={world.plan.slug}&amp;as_of=2021-07-01&amp;page=2"' in first
    assert "This list has 2 pages" in text_of(client, f"{world.address(STALE)}&page=3", status=404)


def test_in_korean_it_stands_under_its_own_address(client, record):
    page = text_of(client, "/ko/stale/?as_of=2021-11-15")
    assert 'lang="ko"' in page
    assert "6개월 동안 보고가 없는 공약" in page
    assert "행정안전부" in page
    assert 'href="/stale/?as_of=2021-11-15" hreflang="en"' in page


# The same elsewhere ---------------------------------------------------------------------------------------------------
def test_page_files_and_command_list_the_same_commitments(client, record):
    out = io.StringIO()
    call_command("check_freshness", date="2021-11-15", dry_run=True, stdout=out)
    found = [COMMAND_LINE.fullmatch(line) for line in out.getvalue().splitlines()[:-2]]
    said = {(line["plan"], line["number"], line["since"], line["title"]) for line in found}
    assert len(said) == 16
    in_csv = csv_rows(client.get("/stale.csv?as_of=2021-11-15"))
    in_xlsx = xlsx_rows(client.get("/stale.xlsx?as_of=2021-11-15"))
    names = "Plan", "Commitment number", "Stale since", "Commitment title"
    assert len(in_csv) == 16 and {tuple(row[name] for name in names) for row in in_csv} == said
    in_xlsx = [row | {"Stale since": f"{row['Stale since']:%Y-%m-%d}"} for row in in_xlsx]
    assert len(in_xlsx) == 16 and {tuple(row[name] for name in names) for row in in_xlsx} == said
    page = text_of(client, "/stale/?as_of=2021-11-15")
    on_page = set(re.findall(r'<th scope="row"><a href="([^"]+)"', page))
    assert on_page == {row["Address of the page"].removeprefix("http://testserver") for row in in_csv}
    assert "16 commitment forms without a report for six months" in page


def test_its_files_are_named_and_say_what_they_are(client, world):
    world.reported(date(2021, 2, 1))
    asked = world.address(date(2021, 12, 24), "/stale.xlsx")
    response = client.get(asked)
    assert response["Content-Disposition"] == 'attachment; filename="stale-2021-12-24.xlsx"'
    rows, about = workbook(response).worksheets
    (cells,) = list(rows.iter_rows(min_row=2))
    heard = cells[[cell.value for cell in rows[1]].index("Latest report made public on")]
    assert heard.is_date and heard.value.date() == date(2021, 2, 1)
    said = dict(about.iter_rows(values_only=True))
    assert said["What"] == "Commitments without a report for six months"
    assert said["Filters"] == f"Plan: {world.plan.slug}"


def test_the_plan_page_the_overdue_page_and_every_footer_link_to_it(client, record):
    plan = text_of(client, "/plans/kr-5/?as_of=2021-11-15")
    assert 'href="/stale/?plan=kr-5&amp;as_of=2021-11-15"' in plan
    count = re.search(r"(\d+) commitment forms without a report", plan)[1]
    assert f"{count} commitment forms without" in text_of(client, "/stale/?plan=kr-5&as_of=2021-11-15")
    assert 'href="/stale/?as_of=2021-11-15"' in text_of(client, "/overdue/?as_of=2021-11-15")
    assert 'href="/stale/"' in text_of(client, "/documents/")


# Any length -----------------------------------------------------------------------------------------------------------
def test_the_page_costs_the_same_for_1_3_and_100_commitments(client, db):
    counts = []
    for size in (1, 3, 100):
        plan, *_others = make_world(size)
        address = f"/stale/?plan={plan.slug}&as_of=2022-06-15"
        assert "for six months" in text_of(client, address)
        with CaptureQueriesContext(connection) as queries:
            page = text_of(client, address)
        assert f"{size} commitment form" in page
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts
