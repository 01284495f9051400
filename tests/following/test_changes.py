"""What changed between two days: the facts of the period, both days included, and the states that they lead to."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import IRMReview, SelfAssessment
from commitments.models import Commitment
from following.index import Newest, index, newest
from following.periods import Period
from following.scopes import everything, of_commitment, of_institution, of_member
from following.states import numbers_on
from milestones.models import Milestone
from milestones.services import amend_deadline, correct_reading
from milestones.states import tally
from tests.assessments.irm_rows import make_review
from tests.files import content, csv_rows, xlsx_rows
from tests.following.worlds import LEVELS, World
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_world

pytestmark = pytest.mark.django_db


def page(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content
    return response.content.decode()


def changes(client, world, since: str, until: str) -> list[tuple[str, str]]:
    """``(day, what)`` of the plan's changes."""
    response = client.get(f"/plans/{world.plan.slug}/changes.json?since={since}&until={until}")
    found = json.loads(content(response))
    assert found["count"] == len(found["changes"])
    return [(row["day"], row["what"]) for row in found["changes"]]


# Which days -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("prefix", ["", "/ko"])
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_its_page_and_its_files_in_both_languages(client, record, level, prefix):
    days = "?since=2021-10-01&until=2021-11-15"
    text = page(client, f"{prefix}{level}changes/{days}")
    assert f'<html lang="{"ko" if prefix else "en"}">' in text
    rows = json.loads(content(client.get(f"{prefix}{level}changes.json{days}")))["changes"]
    assert rows and len(csv_rows(client.get(f"{prefix}{level}changes.csv{days}"))) == len(rows)
    assert all(row["url"].replace("http://testserver", "").split("?")[0] in text for row in rows)


def test_both_days_are_included_and_no_others(client):
    world = World()
    world.report(date(2021, 5, 3))
    assert changes(client, world, "2021-05-03", "2021-05-03") == [("2021-05-03", "Status reported: Limited")]
    assert changes(client, world, "2021-05-04", "2021-05-31") == []
    assert changes(client, world, "2021-04-01", "2021-05-02") == []


def test_what_is_due_on_a_day_becomes_overdue_on_the_next(client):
    world = World()
    assert changes(client, world, "2021-06-30", "2021-06-30") == []
    assert changes(client, world, "2021-07-01", "2021-07-01") == [("2021-07-01", "Became overdue")]


def test_a_report_is_a_change_on_the_day_on_which_it_became_public(client):
    world = World()
    world.report(date(2021, 5, 1), published_on=date(2021, 5, 20))
    assert changes(client, world, "2021-05-01", "2021-05-19") == []
    assert len(changes(client, world, "2021-05-20", "2021-05-20")) == 1


def test_what_ends_a_delay_is_said(client):
    met, ended, moved = World(), World(), World()
    met.report(date(2021, 8, 1), status="completed")
    (row,) = rows_of(client, met, "2021-08-01", "2021-08-01", "ceased")
    assert row["detail"] == "reported: Completed"
    (row,) = rows_of(client, ended, "2023-01-01", "2023-01-01", "ceased")
    assert row["what"] == "Unmet when the plan ended"
    amend_deadline(moved.milestone.deadlines.get(), date(2021, 12, 31), "The tender failed.", date(2021, 9, 1))
    (row,) = rows_of(client, moved, "2021-09-01", "2021-09-01", "ceased")
    assert row["detail"] == "its due date was amended or corrected"


def rows_of(client, world, since: str, until: str, kind: str) -> list[dict]:
    response = client.get(f"/plans/{world.plan.slug}/changes.json?since={since}&until={until}")
    return [row for row in json.loads(content(response))["changes"] if row["kind"] == kind]


def test_an_amendment_and_a_correction_are_changes_of_the_day_on_which_they_were_made(client):
    world = World()
    other = make_milestone(world.commitment, date(2022, 6, 30))
    amend_deadline(world.milestone.deadlines.get(), date(2022, 9, 30), "The tender failed.", date(2021, 6, 1))
    correct_reading(other, world.author, "It means July.", due_on=date(2022, 7, 31), precision="month")
    today = timezone.localdate(timezone=ZoneInfo("Asia/Seoul")).isoformat()
    assert sorted(changes(client, world, today, today)) == [(today, "Deadline amended"), (today, "Reading corrected")]


def test_the_thirty_days_to_today_are_shown_when_none_are_asked_for(client):
    world = World()
    today = timezone.localdate(timezone=ZoneInfo("Asia/Seoul"))
    text = page(client, f"/plans/{world.plan.slug}/changes/")
    assert f'name="since" value="{today - timedelta(30)}"' in text and f'name="until" value="{today}"' in text


def test_the_days_are_the_members_own(client, monkeypatch):
    """At 20:00 UTC it is the next day in Seoul already, and not yet in Mexico City."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2021, 6, 30, 20, tzinfo=ZoneInfo("UTC")))
    east, west = World(time_zone="Asia/Seoul"), World(time_zone="America/Mexico_City")
    assert changes(client, east, "2021-06-01", "2021-12-31") == [("2021-07-01", "Became overdue")]
    assert changes(client, west, "2021-06-01", "2021-12-31") == []
    found = json.loads(content(client.get("/changes.json?since=2021-06-01&until=2021-12-31")))
    assert [row["member"] for row in found["changes"] if row["member"].startswith("test-")] == [east.member.slug]


def test_what_has_not_come_yet_is_no_change(client):
    text = page(client, f"/plans/{World().plan.slug}/changes/?since=2021-01-01&until=9999-12-31")
    assert "The last day has not come yet" in text


def test_as_it_stood_on_a_day_nothing_later_is_known(client):
    world = World()
    world.report(date(2021, 5, 3))
    world.report(date(2021, 5, 10), status="substantial")
    text = page(client, f"/plans/{world.plan.slug}/changes/?as_of=2021-05-05")
    assert "Status reported: Limited" in text and "Status reported: Substantial" not in text


@pytest.mark.parametrize(
    "question, words",
    [
        ("since=soon", "This is not a date"),
        ("until=2021-02-30", "This is not a date"),
        ("since=2021-12-01&until=2021-11-01", "The first day lies after the last: 2021-12-01, 2021-11-01."),
        ("since=9999-12-31", "The first day lies after the last"),
        ("since=" + "9" * 5000, "This is not a date"),
        ("since=%3Cscript%3E", "&lt;script&gt;"),
        ("until=%00", "This is not a date"),
    ],
)
def test_days_that_cannot_be_read_are_answered_with_the_form(client, record, question, words):
    text = page(client, f"/plans/kr-5/changes/?{question}", 400)
    assert words in text and 'aria-invalid="true"' in text and "<script>" not in text
    assert client.get(f"/plans/kr-5/changes.csv?{question}").status_code == 400
    problem = client.get(f"/plans/kr-5/changes.json?{question}")
    assert problem.status_code == 400 and problem["Content-Type"] == "application/problem+json"
    assert problem.json()["errors"][0]["field"] in ("since", "until")


def test_the_whole_calendar_is_a_period(client, record):
    assert page(client, "/changes/?since=0001-01-01&until=9999-12-31")
    assert page(client, "/ko/changes/?since=0001-01-01&until=0001-01-01")


# What was said of the state of things ---------------------------------------------------------------------------------
def test_assessments_are_changes_of_the_plan_and_of_each_commitment(client, record):
    assessment = SelfAssessment.objects.get(plan__slug="kr-2")
    day = assessment.published_on.isoformat()
    rows = json.loads(content(client.get(f"/plans/kr-2/changes.json?since={day}&until={day}")))["changes"]
    kinds = [row["kind"] for row in rows]
    assert kinds.count("assessment") == 1 and kinds.count("entry") == assessment.entries.count() == 5
    assert {row["precision"] for row in rows} == {"month"}, "the report is dated to the month"
    assert "September 2016" in page(client, f"/plans/kr-2/changes/?since={day}&until={day}")
    one = json.loads(content(client.get(f"/plans/kr-2/commitments/2-c/changes.json?since={day}&until={day}")))[
        "changes"
    ]
    assert {(row["kind"], row["commitment"]) for row in one} == {("entry", "2-c"), ("coding", "2-c")}


def test_a_review_of_which_the_year_alone_is_stated_is_known_at_its_end(client):
    world = World()
    make_review(world.plan, stage="final", published_on=None, published_wording="2021", title="A review")
    make_review(world.plan, stage="final", published_wording="soon", title="Undated", product="midterm_review")
    assert IRMReview.objects.filter(plan=world.plan).count() == 2
    (row,) = rows_of(client, world, "2011-01-01", "2023-12-31", "review")
    assert (row["day"], row["precision"], row["title"]) == ("2021-12-31", "year", "A review")


def test_a_draft_review_is_no_change(client):
    world = World()
    make_review(world.plan, stage="draft", published_on=date(2021, 5, 1))
    assert changes(client, world, "2021-01-01", "2021-06-30") == []


# States ---------------------------------------------------------------------------------------------------------------
def test_the_changes_explain_the_difference_of_the_states(client):
    world = World()
    make_milestone(world.commitment, date(2021, 8, 31))
    world.report(date(2021, 7, 15), status="completed")
    found = json.loads(content(client.get(f"/plans/{world.plan.slug}/changes.json?since=2021-07-01&until=2021-09-01")))
    assert found["before"] == "2021-06-30"
    states = {row["state"]: (row["before"], row["after"]) for row in found["states"]}
    assert states == {"completed": (0, 1), "not_reported": (2, 1), "late": (0, 1)}
    kinds = [row["kind"] for row in found["changes"]]
    assert kinds.count("overdue") - kinds.count("ceased") == 1


@pytest.mark.parametrize("on", [date(2021, 10, 31), date(2021, 11, 1), date(2021, 11, 15), date(2024, 1, 1), date.max])
def test_the_database_counts_states_as_pages_do(record, on):
    plan = record.plans.get(slug="kr-5")
    milestones = Milestone.objects.filter(commitment__plan=plan)
    expected = tally(milestones.with_state(on).select_related("commitment"), plan)
    states, late = numbers_on(milestones, on)
    assert states == {mark: number for mark, _label, number in expected.counts} and late == expected.late


def test_a_plan_that_has_not_begun_has_no_milestones_yet(client, record):
    assert numbers_on(Milestone.objects.filter(commitment__plan__slug="kr-5"), date(2016, 1, 1)) == ({}, 0)
    found = json.loads(content(client.get("/members/kr/changes.json?since=2018-01-01&until=2019-01-01")))
    assert [(row["before"], row["after"]) for row in found["states"] if row["state"] == "not_reported"] == [(0, 62)]


def test_a_round_that_is_completed_is_counted_as_such():
    world = World()
    rounds = make_milestone(world.commitment, date(2021, 6, 30), date(2022, 6, 30))
    world.milestone = rounds
    world.report(date(2021, 5, 1), status="completed", deadline=rounds.deadlines.first())
    states, _late = numbers_on(Milestone.objects.filter(pk=rounds.pk), date(2021, 12, 31))
    assert states == {"round_completed": 1}


# Scopes ---------------------------------------------------------------------------------------------------------------
def test_an_institution_is_followed_for_what_it_or_a_division_leads(client):
    world = World()
    division = make_institution(world.member, parent=world.ministry)
    theirs, others = (make_commitment(world.plan, lead) for lead in (division, make_institution(world.member)))
    found = set(of_institution(world.ministry).commitments(date(2021, 1, 1)))
    assert found == {world.commitment, theirs} and others not in found


def test_the_whole_site_leaves_the_training_member_out(record):
    world = World(is_fictional=True)
    assert world.commitment not in everything().commitments(date(2021, 1, 1))
    assert everything().commitments(date(2021, 1, 1)).count() == Commitment.objects.real().count()


def test_a_commitment_is_followed_with_its_parts(record):
    whole = Commitment.objects.get(plan__slug="kr-5", number="4")
    numbers = of_commitment(whole).commitments(date(2021, 1, 1)).values_list("number", flat=True)
    assert set(numbers) == {"4", "4-1", "4-2"}


# Files and pages ------------------------------------------------------------------------------------------------------
def test_a_file_holds_every_page_and_no_formula(client):
    plan, *_people = make_world(120)
    Milestone.objects.filter(commitment__plan=plan).update(title="=1+1")
    days = "?since=2021-07-01&until=2021-07-31"
    rows = csv_rows(client.get(f"/plans/{plan.slug}/changes.csv{days}"))
    assert len(rows) == 240 and {row["Title"] for row in rows} == {"'=1+1"}
    cells = xlsx_rows(client.get(f"/plans/{plan.slug}/changes.xlsx{days}"))
    assert len(cells) == 240 and cells[0]["Day"].date() == date(2021, 7, 30)
    text = page(client, f"/plans/{plan.slug}/changes/{days}")
    assert "240 changes" in text and "Page 1 of 3" in text
    assert client.get(f"/plans/{plan.slug}/changes/{days}&page=4").status_code == 404


def test_a_korean_file_is_korean_to_its_last_row(client, record):
    rows = json.loads(content(client.get("/ko/plans/kr-5/changes.json?since=2021-01-01&until=2021-12-31")))["changes"]
    assert all("/ko/plans/" in row["url"] for row in rows)


def test_facts_are_grouped_by_who_leads_and_by_commitment(client):
    world = World()
    world.report(date(2021, 5, 3))
    text = page(client, f"/members/{world.member.slug}/changes/?since=2021-05-01&until=2021-07-31")
    assert text.count("Ministry of &lt;Tests&gt; &amp; Co") == 2, "as a heading, and as who says it"
    assert text.count(f">{world.commitment.number}. {world.commitment.title}<") == 1
    assert text.index("Became overdue") < text.index("Status reported: Limited"), "the newest first"


def test_an_index_costs_one_query_and_a_page_no_more_for_more_rows(client):
    counts = []
    for size in (1, 3, 300):
        plan, *_people = make_world(size)
        with CaptureQueriesContext(connection) as captured:
            page(client, f"/plans/{plan.slug}/changes/?since=2021-01-01&until=2021-07-31")
        scope, today = of_member(plan.member), date(2021, 7, 31)
        with CaptureQueriesContext(connection) as asked:
            assert len(index(scope, Period(None, today, {today: []}))) == 2 * size
        counts.append(len(captured))
        assert len(asked) == 1
    assert counts[0] == counts[1] >= counts[2], "a page of one kind of fact reads one table less"


def test_a_member_without_a_plan_has_no_changes(client):
    member = make_member()
    make_plan(member)
    assert "Nothing changed in this time" in page(client, f"/members/{member.slug}/changes/")


def test_the_merged_facts_are_those_of_the_one_statement_in_its_order(record, monkeypatch):
    today = date(2026, 6, 15)
    for since in (None, date(2012, 1, 1)):
        period = Period(since, today, {today: ["Asia/Seoul"]}, seen_late=since is not None)
        whole = list(index(everything(), period))
        assert len({kind for _day, kind, _key in whole}) >= 6
        for number in (0, 1, 50, len(whole), len(whole) + 10):
            assert newest(everything(), period, number) == whole[:number]
        rows = Newest(everything(), period)
        assert rows[100:200] == whole[100:200] and rows.count() == len(whole)
        with monkeypatch.context() as deep:
            deep.setattr("following.index.DEEP", 100)
            assert rows[100:200] == whole[100:200]
