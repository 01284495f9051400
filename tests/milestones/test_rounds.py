"""A milestone in rounds: what is reported of one round is not said of the whole."""

from datetime import date

import pytest

from milestones.models import Milestone
from milestones.states import state_of
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
FIRST, SECOND = date(2021, 6, 30), date(2022, 6, 30)


@pytest.fixture
def milestone():
    member = make_member()
    return make_milestone(make_commitment(make_plan(member), make_institution(member)), FIRST, SECOND)


def report(milestone, on, status, due_on=None):
    deadline = milestone.deadlines.get(due_on=due_on) if due_on else None
    return make_public_report(milestone, make_user("viewer"), make_user("viewer"), on, status=status, deadline=deadline)


def state(milestone, on):
    found = Milestone.objects.filter(pk=milestone.pk).with_state(on).get()
    return state_of(found, found.commitment.plan)


def test_one_round_done_is_not_the_milestone_completed(milestone):
    report(milestone, FIRST, "completed", due_on=FIRST)
    before, after = state(milestone, date(2022, 1, 1)), state(milestone, date(2022, 7, 31))
    assert (before.mark, before.late_days) == ("round_completed", 0)
    assert (after.mark, after.late_days) == ("round_completed", 31)
    assert after.label == "Round completed, others open"


def test_the_last_open_round_done_completes_the_milestone(milestone):
    report(milestone, FIRST, "completed", due_on=FIRST)
    report(milestone, SECOND, "completed", due_on=SECOND)
    assert state(milestone, date(2022, 6, 29)).mark == "round_completed"
    assert state(milestone, SECOND).mark == "completed"


def test_a_round_withdrawn_leaves_the_others_open(milestone):
    report(milestone, date(2021, 6, 1), "withdrawn", due_on=FIRST)
    assert state(milestone, date(2022, 1, 1)).mark == "round_withdrawn"
    report(milestone, SECOND, "completed", due_on=SECOND)
    assert state(milestone, SECOND).mark == "completed"


def test_a_report_on_the_whole_milestone_speaks_for_every_round(milestone):
    report(milestone, FIRST, "completed")
    assert (state(milestone, date(2022, 7, 31)).mark, state(milestone, date(2022, 7, 31)).late_days) == ("completed", 0)


def test_what_is_not_done_is_said_as_it_was_reported(milestone):
    report(milestone, FIRST, "limited", due_on=FIRST)
    assert state(milestone, date(2021, 7, 30)).mark == "limited"


def test_a_round_completed_late_in_the_plan_counts_as_unfinished_at_its_end(milestone):
    report(milestone, FIRST, "completed", due_on=FIRST)
    assert state(milestone, date(2023, 1, 1)).unfinished_at_end


def test_page_and_api_say_the_same(client, milestone):
    report(milestone, FIRST, "completed", due_on=FIRST)
    plan = milestone.commitment.plan
    row = client.get(f"/api/v1/milestones/?plan={plan.slug}&as_of=2022-07-31").json()["results"][0]
    assert (row["status"], row["overdue"], row["days_overdue"]) == ("round_completed", True, 31)
    only = client.get(f"/api/v1/milestones/?plan={plan.slug}&as_of=2022-07-31&status=completed").json()
    assert only["count"] == 0
    page = client.get(f"{milestone.commitment.get_absolute_url()}?as_of=2022-07-31").content.decode()
    assert "Round completed, others open" in page
    assert "late by 31 days" in page
    assert "Completed <b>" not in page
    whole = client.get(f"{plan.get_absolute_url()}?as_of=2022-07-31").content.decode()
    assert "Round completed, others open <b>1</b>" in whole
