"""What was met after its due date keeps saying so: on pages, in lists, in the API and in files, on any day."""

import csv
import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_user,
)

pytestmark = pytest.mark.django_db
DUE, DONE, AFTER = date(2021, 10, 31), date(2021, 11, 8), "2021-12-31"


@pytest.fixture
def commitment():
    member = make_member(time_zone="Asia/Seoul")
    return make_commitment(make_plan(member), make_institution(member))


def report(milestone, on, status="completed", published_on=None, due_on=None):
    deadline = milestone.deadlines.get(due_on=due_on) if due_on else None
    facts = {"status": status, "deadline": deadline}
    return make_public_report(milestone, make_user("viewer"), make_user("viewer"), on, published_on, **facts)


@pytest.fixture
def late(commitment):
    """Due on 31 October, reported completed as of 8 November, which became public on 20 November."""
    milestone = make_milestone(commitment, DUE)
    report(milestone, DONE, published_on=date(2021, 11, 20))
    return milestone


@pytest.fixture
def in_time(commitment):
    """Reported late, but as of its due date."""
    milestone = make_milestone(commitment, DUE)
    report(milestone, DUE, published_on=date(2021, 11, 20))
    return milestone


def words(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    page = html.fromstring(response.content.decode().replace("<br>", " "))
    return " ".join(page.xpath("string(//main)").split())


def rows(client, milestone, as_of: str, **asked) -> list[dict]:
    asked = {"plan": milestone.commitment.plan.slug, "as_of": as_of} | asked
    return client.get("/api/v1/milestones/", asked).json()["results"]


def test_the_pages_say_by_how_much_and_from_which_days(client, late):
    plan, commitment = late.commitment.plan, late.commitment
    said = "met 8 days after it was due due 31 October 2021, reported completed as of 8 November 2021"
    for page in (commitment.get_absolute_url(), late.get_page_url(), f"/milestones/?plan={plan.slug}"):
        address = f"{page}{'&' if '?' in page else '?'}as_of="
        assert said in words(client, address + AFTER)
        assert "after it was due" not in words(client, f"{address}2021-11-19"), "not public yet"
    assert "1 milestone, 1 met late." in words(client, f"{commitment.get_absolute_url()}?as_of={AFTER}")
    in_korean = words(client, f"/ko{late.get_page_url()}?as_of={AFTER}")
    assert "기한 8일 후 이행" in in_korean and "2021년 11월 8일 기준 완료 보고" in in_korean


def test_the_plan_says_how_many_and_opens_them(client, late, in_time):
    plan = late.commitment.plan
    page = client.get(f"{plan.get_absolute_url()}?as_of={AFTER}")
    (link,) = html.fromstring(page.content.decode()).xpath("//main//a[contains(., '1 milestone met late')]")
    opened = client.get(link.get("href"))
    assert [row.pk for row in opened.context["rows"]] == [late.pk]
    before = words(client, f"{plan.get_absolute_url()}?as_of=2021-11-19")
    assert "milestone met late" not in before and "Met late" not in before


def test_the_api_says_it_of_the_milestone_and_of_each_deadline(client, late, in_time):
    one, other = rows(client, late, AFTER)
    assert (one["met_late"], one["days_late_when_met"], one["overdue"]) == (True, 8, False)
    assert [(row["due_on"], row["met_on"]) for row in one["deadlines"]] == [("2021-10-31", "2021-11-08")]
    assert (other["met_late"], other["days_late_when_met"]) == (False, 0)
    assert [row["met_on"] for row in other["deadlines"]] == ["2021-10-31"]
    (before, _other) = rows(client, late, "2021-11-19")
    assert (before["met_late"], before["days_late_when_met"], before["overdue"]) == (False, 0, True)
    assert [row["met_on"] for row in before["deadlines"]] == [None]
    assert client.get(f"{one['url']}?as_of={AFTER}").json() == one


def test_the_filter_finds_them_and_the_others(client, late, in_time):
    assert [row["id"] for row in rows(client, late, AFTER, met_late="true")] == [late.pk]
    assert [row["id"] for row in rows(client, late, AFTER, met_late="false")] == [in_time.pk]
    assert rows(client, late, "2021-11-19", met_late="true") == []
    answer = client.get("/api/v1/milestones/?met_late=late")
    assert answer.status_code == 400 and "met_late" in answer.content.decode()


def test_today_each_row_has_its_members_own_day(client, late):
    make_member(
        time_zone="Pacific/Kiritimati"
    )  # on another day than Seoul for most hours, so that no one day serves all
    make_member(time_zone="Pacific/Pago_Pago")  # and these two are never on the same
    plan = late.commitment.plan.slug
    assert [row["id"] for row in client.get(f"/api/v1/milestones/?plan={plan}&met_late=true").json()["results"]] == [
        late.pk
    ]
    assert [row["id"] for row in client.get("/api/v1/milestones/?met_late=true").json()["results"]] == [late.pk]
    assert "met 8 days after it was due" in words(client, "/milestones/?met_late=true")


def test_the_file_has_its_columns(client, late, in_time):
    answer = client.get(f"/milestones.csv?plan={late.commitment.plan.slug}&as_of={AFTER}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    found = {int(row["Id"]): (row["Met late"], row["Days late when met"]) for row in csv.DictReader(io.StringIO(text))}
    assert found == {late.pk: ("true", "8"), in_time.pk: ("false", "0")}


def test_of_several_deadlines_each_is_said_and_one_is_enough(client, commitment):
    milestone = make_milestone(commitment, date(2021, 3, 31), date(2021, 6, 30), date(2021, 9, 30))
    report(milestone, date(2021, 4, 10), due_on=date(2021, 3, 31))
    report(milestone, date(2021, 6, 30), due_on=date(2021, 6, 30))
    (row,) = rows(client, milestone, AFTER, met_late="true")
    assert (row["status"], row["overdue"], row["days_late_when_met"]) == ("round_completed", True, 10)
    assert [deadline["met_on"] for deadline in row["deadlines"]] == ["2021-04-10", "2021-06-30", None]
    page = client.get(f"{milestone.get_page_url()}?as_of={AFTER}")
    table = html.fromstring(page.content.decode()).xpath("//section[@aria-labelledby='deadlines']//tbody/tr/td[3]")
    clock = [" ".join(cell.text_content().split()) for cell in table]
    assert clock[0].startswith("met 10 days after it was due") and "10 April 2021" in clock[0]
    assert clock[1:] == ["closed by a report", "late by 92 days"]
    report(milestone, date(2021, 12, 1))  # of the whole milestone
    said = words(client, f"{commitment.get_absolute_url()}?as_of={AFTER}")
    assert "2 deadlines met late by up to 62 days: due 30 September 2021, reported completed as of 1 December" in said


def test_an_amended_deadline_counts_as_it_stands_on_the_day(client, late):
    old = late.deadlines.get()
    new = date(2021, 11, 30)
    facts = {"set_on": date(2021, 12, 1), "reason": "Moved.", "precision": "day"}
    late.deadlines.create(position=1, due_on=new, amends=old, **facts)
    late.deadlines.filter(pk=old.pk).update(withdrawn_on=date(2021, 12, 1))
    assert rows(client, late, "2021-11-30", met_late="true") != []
    assert rows(client, late, "2021-12-01", met_late="true") == []


def test_what_a_co_owner_says_counts_for_nothing_here(client, commitment):
    milestone = make_milestone(commitment, DUE)
    facts = {"status": "completed", "as_co_owner": True, "institution": make_institution(commitment.plan.member)}
    update = make_public_report(milestone, make_user("viewer"), make_user("viewer"), DONE)
    type(update).objects.filter(pk=update.pk).update(**{**facts, "institution": facts["institution"].pk})
    assert rows(client, milestone, AFTER, met_late="true") == []


def test_one_and_thirty_cost_the_same_number_of_queries(client, commitment):
    plan = commitment.plan
    pages = [commitment.get_absolute_url(), plan.get_absolute_url()]
    pages += [f"{path}?plan={plan.slug}&met_late=true" for path in ("/milestones/", "/api/v1/milestones/")]
    counts = []
    for size in (1, 30):
        while plan.commitments.get().milestones.count() < size:
            report(make_milestone(commitment, DUE, date(2021, 6, 30)), DONE)
        counts.append([queries(client, f"{page}{'&' if '?' in page else '?'}as_of={AFTER}") for page in pages])
    assert len(rows(client, commitment.milestones.first(), AFTER, met_late="true")) == 30
    assert counts[0] == counts[1]


def queries(client, address: str) -> int:
    client.get(address)  # what is read once a process is not the page's
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
