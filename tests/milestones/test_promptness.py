"""How long it takes to report on a deadline: from the due date to the first report that answers for it."""

from datetime import date, timedelta

import pytest

from milestones.models import Milestone
from milestones.promptness import Promptness, promptness
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
DUE = date(2021, 6, 30)


@pytest.fixture
def ministry():
    return make_institution(make_member())


@pytest.fixture
def people(ministry):
    return make_user("editor", ministry), make_user("head", ministry)


@pytest.fixture
def commitment(ministry):
    return make_commitment(make_plan(ministry.member), ministry)


@pytest.fixture
def measured(commitment):
    """``measured(on)``: the median of days, the deadlines that it rests on, and those without a report."""

    def facts(on=date(2022, 1, 1)) -> tuple:
        found = promptness(Milestone.objects.filter(commitment=commitment), on)
        return found.days, found.reported, found.waiting

    return facts


def test_nothing_was_due(commitment, measured):
    make_milestone(commitment, DUE)
    assert measured(on=DUE) == (None, 0, 0), "due on the very day has not come due yet"
    assert measured(on=DUE + timedelta(1)) == (None, 0, 1)


def test_the_days_end_when_the_report_became_public(commitment, people, measured):
    milestone = make_milestone(commitment, DUE)
    make_public_report(milestone, *people, DUE + timedelta(3), published_on=DUE + timedelta(10))
    assert measured() == (10, 1, 0)
    assert measured(on=DUE + timedelta(9)) == (None, 0, 1), "it was not public yet"


def test_a_report_on_work_under_way_does_not_answer_for_the_deadline(commitment, people, measured):
    milestone = make_milestone(commitment, DUE)
    make_public_report(milestone, *people, DUE - timedelta(40), status="limited")
    assert measured() == (None, 0, 1)
    make_public_report(milestone, *people, DUE - timedelta(5), status="completed")
    assert measured() == (-5, 1, 0), "but what was completed early was reported early"


def test_the_median_is_over_deadlines_and_says_how_many(commitment, people, measured):
    for days in (2, 4, 30):
        make_public_report(make_milestone(commitment, DUE), *people, DUE + timedelta(days))
    make_milestone(commitment, DUE)
    assert measured() == (4, 3, 1)


def test_a_report_about_one_round_answers_for_that_round_alone(commitment, people, measured):
    milestone = make_milestone(commitment, DUE, DUE + timedelta(90))
    first = milestone.deadlines.order_by("due_on").first()
    make_public_report(milestone, *people, DUE + timedelta(100), deadline=first)
    assert measured() == (100, 1, 1)


def test_what_a_co_owner_says_is_not_the_ministrys_report(commitment, ministry, measured):
    partner = make_institution(ministry.member, kind="cso")
    co_owner, head = make_user("co_owner", partner), make_user("coordinator", ministry)
    make_public_report(make_milestone(commitment, DUE), co_owner, head, DUE + timedelta(1))
    assert measured() == (None, 0, 1)


def test_the_institutions_page_says_it_with_its_base(client, commitment, ministry, people):
    milestone = make_milestone(commitment, DUE)
    page = client.get(f"{ministry.get_absolute_url()}?as_of=2022-01-01").content.decode()
    assert "no report yet" in page
    assert "1 deadline that has passed is without a report" in page
    make_public_report(milestone, *people, DUE + timedelta(10))
    page = client.get(f"{ministry.get_absolute_url()}?as_of=2022-01-01").content.decode()
    assert "10 days after the due date" in page
    assert "median over 1 deadline with a report" in page


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "1 day before the due date"),
        (-2, "2 days before the due date"),
        (0, "on the due date"),
        (1.0, "1 day after the due date"),
        (4.5, "4.5 days after the due date"),
    ],
)
def test_the_median_is_said_in_words(days, words):
    assert Promptness(days, 1, 0).words == words
