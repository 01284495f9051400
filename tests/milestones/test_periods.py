"""The stored overdue periods: they follow every change of the facts, hold for every day, and mend what was changed by
hand."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from milestones import periods, tasks
from milestones.models import Deadline, Milestone, OverduePeriod, StatusUpdate
from milestones.services import amend_deadline, approve
from tests.world import (
    END,
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
DUE = date(2021, 6, 30)
NEXT_DAY = date(2021, 7, 1)
AFTER_PLAN = END + timedelta(days=1)


@pytest.fixture
def ministry():
    return make_institution(make_member())


@pytest.fixture
def milestone(ministry):
    return make_milestone(make_commitment(make_plan(ministry.member), ministry), DUE)


def stored(milestone):
    """``(first day, day after the last, due date, earliest)`` of each period, in order of time."""
    rows = milestone.overdue_periods.order_by("first_on", "deadline__due_on")
    return list(rows.values_list("first_on", "until", "deadline__due_on", "earliest"))


def public(milestone, on, published_on=None, **facts):
    return make_public_report(milestone, make_user("viewer"), make_user("viewer"), on, published_on, **facts)


# What follows from the facts ------------------------------------------------------------------------------------------
def test_without_a_report_it_is_overdue_from_the_day_after_to_the_last_day_of_the_plan(milestone):
    assert stored(milestone) == [(NEXT_DAY, AFTER_PLAN, DUE, True)]


def test_a_report_that_it_was_met_ends_it_on_the_day_it_became_public(milestone):
    public(milestone, DUE, published_on=date(2021, 8, 1), status="completed")
    assert stored(milestone) == [(NEXT_DAY, date(2021, 8, 1), DUE, True)]


def test_a_later_report_that_it_is_not_done_after_all_begins_a_second_period(milestone):
    public(milestone, date(2021, 8, 1), status="completed")
    public(milestone, date(2021, 9, 1), status="limited")
    assert stored(milestone) == [(NEXT_DAY, date(2021, 8, 1), DUE, True), (date(2021, 9, 1), AFTER_PLAN, DUE, True)]


def test_reports_that_change_nothing_do_not_cut_a_period_up(milestone):
    for month in (8, 9, 10):
        public(milestone, date(2021, month, 1), status="limited")
    assert stored(milestone) == [(NEXT_DAY, AFTER_PLAN, DUE, True)]


def test_of_two_overdue_deadlines_the_earliest_is_marked_on_each_day(ministry):
    second = date(2021, 9, 30)
    milestone = make_milestone(make_commitment(make_plan(ministry.member), ministry), DUE, second)
    met = date(2021, 12, 1)
    public(milestone, met, status="completed", deadline=milestone.deadlines.get(due_on=DUE))
    assert stored(milestone) == [
        (NEXT_DAY, met, DUE, True),
        (date(2021, 10, 1), met, second, False),
        (met, AFTER_PLAN, second, True),
    ]


# Whatever changes the facts -------------------------------------------------------------------------------------------
def test_approving_a_report_changes_what_is_overdue_at_once(ministry, milestone):
    report = make_report(milestone, make_user("editor", ministry), DUE, "completed", review="submitted")
    approve(report, make_user("head", ministry))
    assert stored(milestone) == [(NEXT_DAY, min(report.published_on, AFTER_PLAN), DUE, True)]


def test_amending_a_deadline_moves_what_is_overdue(milestone):
    amend_deadline(milestone.deadlines.get(), date(2021, 12, 31), "The law came late.", date(2021, 10, 1))
    assert stored(milestone) == [
        (NEXT_DAY, date(2021, 10, 1), DUE, True),
        (date(2022, 1, 1), AFTER_PLAN, date(2021, 12, 31), True),
    ]


def test_a_plan_mended_in_the_admin_changes_what_is_overdue_under_it(admin_client, milestone):
    plan = milestone.commitment.plan
    address = f"/admin/commitments/actionplan/{plan.pk}/change/"
    form = admin_client.get(address).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {"ends_on": "2021-12-31"}
    for inline in admin_client.get(address).context["inline_admin_formsets"]:
        data |= {f"{inline.formset.prefix}-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    response = admin_client.post(address, data)
    assert response.status_code == 302, response.context["errors"]
    assert stored(milestone) == [(NEXT_DAY, date(2022, 1, 1), DUE, True)]


def test_the_record_as_loaded_agrees_with_the_rule_on_every_first_of_a_month(record):
    for month in range(1, 37):
        on = date(2020 + (month + 6) // 12, (month + 6) % 12 + 1, 1)
        assert not periods.disagreeing(on).exists(), on
    assert OverduePeriod.objects.exists()


# What was changed by hand ---------------------------------------------------------------------------------------------
def changed_by_hand(milestone):
    """A report written past the services, which says that all was done in time."""
    report = public(milestone, DUE, status="limited")
    StatusUpdate.objects.filter(pk=report.pk).update(status="completed")


def test_the_check_of_a_day_mends_what_the_rule_says_otherwise(milestone):
    changed_by_hand(milestone)
    assert list(periods.disagreeing(NEXT_DAY)) == [milestone]
    assert periods.check(NEXT_DAY) == 1
    assert stored(milestone) == []
    assert periods.check(NEXT_DAY) == 0


def test_the_check_also_finds_what_is_missing(milestone):
    milestone.overdue_periods.all().delete()
    assert periods.check(DUE) == 0, "not overdue yet"
    assert periods.check(NEXT_DAY) == 1
    assert stored(milestone) == [(NEXT_DAY, AFTER_PLAN, DUE, True)]


def test_the_daily_job_mends_and_says_so(caplog, ministry):
    today = date.today()
    plan = make_plan(ministry.member, starts_on=today - timedelta(days=90), ends_on=today + timedelta(days=90))
    milestone = make_milestone(make_commitment(plan, ministry), today - timedelta(days=30))
    milestone.overdue_periods.all().delete()
    tasks.check_periods()
    assert Deadline.objects.overdue(today).filter(milestone=milestone).exists()
    assert "1 milestone" in caplog.text
    caplog.clear()
    tasks.check_periods()
    assert not caplog.text


def test_the_command_looks_at_every_day(milestone):
    untouched = stored(milestone)
    milestone.overdue_periods.update(until=date(2021, 8, 1))
    out = io.StringIO()
    call_command("refresh_overdue", stdout=out)
    assert out.getvalue() == f"{Milestone.objects.count()} milestones looked at, 1 mended.\n"
    assert stored(milestone) == untouched
    call_command("refresh_overdue", stdout=out)
    assert "looked at, 0 mended." in out.getvalue()


# Cost -----------------------------------------------------------------------------------------------------------------
def test_refreshing_takes_as_many_queries_for_thirty_milestones_as_for_three():
    counts = []
    for size in (3, 30):
        plan, *_ = make_world(size)
        OverduePeriod.objects.filter(plan=plan).delete()
        with CaptureQueriesContext(connection) as captured:
            assert periods.refresh(Milestone.objects.filter(commitment__plan=plan)) == size
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_refresh_in_steps_loses_none(monkeypatch):
    monkeypatch.setattr(periods, "CHUNK", 4)
    plan, *_ = make_world(10)
    OverduePeriod.objects.filter(plan=plan).delete()
    steps = list(periods.refresh_in_steps(Milestone.objects.filter(commitment__plan=plan)))
    assert steps == [(4, 4), (4, 4), (2, 2)]
    assert not periods.disagreeing(date(2021, 8, 15)).exists()


def test_the_overdue_list_is_counted_by_the_index_alone(client):
    address = "/api/v1/milestones/?overdue=true&as_of=2022-07-15&page_size=200"
    before = client.get(address).json()["count"]
    make_world(3)
    make_world(2, fictional=True)
    with CaptureQueriesContext(connection) as captured:
        body = client.get(address).json()
    assert body["count"] == len(body["results"]) == before + 3, "the fictional member's are not listed"
    (count,) = [query["sql"] for query in captured if "COUNT(*)" in query["sql"] and "recordchange" not in query["sql"]]
    assert "milestones_overdueperiod" in count
    assert "milestones_milestone" not in count


def test_with_a_further_filter_the_rows_themselves_are_counted(client):
    plan, *_ = make_world(3)
    address = f"/api/v1/milestones/?overdue=true&as_of=2022-07-15&plan={plan.slug}"
    number = plan.commitments.first().number
    assert client.get(address).json()["count"] == 3
    assert client.get(f"{address}&commitment={number}").json()["count"] == 1
