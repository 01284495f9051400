"""One definition of overdue in two forms: SQL for many rows and Python for one, which agree on every case."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from commitments.dates import local_date, local_dates
from milestones.models import Deadline, Milestone, OverduePeriod
from milestones.querysets import ZONE_OF_DEADLINE
from milestones.states import state_of
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
    refresh,
)

DAYS = st.dates(date(2021, 1, 1), date(2021, 2, 10))
MAYBE_A_DAY = st.none() | DAYS
STATUSES = st.sampled_from(["not_started", "limited", "substantial", "completed", "withdrawn"])
REPORTS = st.lists(st.tuples(STATUSES, DAYS, DAYS, st.booleans(), st.booleans()), max_size=4)


def day_met(deadline: Deadline, on: date) -> date | None:
    """The rule of ``met_on`` read one report after another: what takes "completed" back begins anew."""
    known = [
        update
        for update in deadline.milestone.updates.order_by("on_date", "pk")
        if update.known(on) and not update.as_co_owner and update.deadline_id in (None, deadline.pk)
    ]
    day = None
    for update in known:
        day = (day or update.on_date) if update.status == "completed" else None
    return day if deadline.in_force(on) else None


class TheTwoFormsAgree(TestCase):
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        period=st.tuples(MAYBE_A_DAY, MAYBE_A_DAY),
        stage=st.sampled_from(["adopted", "adopted", "in_preparation", "withdrawn"]),
        dues=st.lists(st.tuples(DAYS, MAYBE_A_DAY, MAYBE_A_DAY), min_size=1, max_size=3),
        reports=REPORTS,
        on=DAYS,
    )
    def test_for_any_plan_deadlines_reports_and_day(self, period, stage, dues, reports, on):
        starts_on, ends_on = sorted(period) if all(period) else period
        member = make_member()
        plan = make_plan(member, starts_on=starts_on, ends_on=ends_on, stage=stage)
        commitment = make_commitment(plan, make_institution(member))
        author, reviewer = make_user("viewer"), make_user("viewer")
        milestone = make_milestone(commitment)
        deadlines = [
            Deadline.objects.create(
                milestone=milestone, position=n, due_on=due, precision="day", set_on=set_on, withdrawn_on=withdrawn_on
            )
            for n, (due, set_on, withdrawn_on) in enumerate(dues)
        ]
        for status, about, published_on, approved, named in reports:
            facts = {"status": status, "deadline": deadlines[0] if named else None}
            if approved:
                make_public_report(milestone, author, reviewer, about, published_on, **facts)
            else:
                make_report(milestone, author, about, review="submitted", **facts)
        refresh(milestone)
        in_python = {d.pk for d in Deadline.objects.filter(milestone=milestone) if d.is_overdue(on)}
        by_facts = Deadline.objects.filter(milestone=milestone).overdue_by_facts(on)
        assert set(by_facts.values_list("pk", flat=True)) == in_python
        stored = Deadline.objects.filter(milestone=milestone).overdue(on)
        assert sorted(stored.values_list("pk", flat=True)) == sorted(in_python), "each at most once"
        earliest = OverduePeriod.objects.of_milestones(on).filter(milestone=milestone)
        late = sorted((d for d in deadlines if d.pk in in_python), key=lambda d: (d.due_on, d.pk))
        assert [period.deadline_id for period in earliest] == [d.pk for d in late[:1]]
        unmet = {d.pk for d in Deadline.objects.filter(milestone=milestone) if d.is_unmet(on)}
        assert set(Deadline.objects.filter(milestone=milestone).unmet(on).values_list("pk", flat=True)) == unmet
        days = {d.pk: day_met(d, on) for d in Deadline.objects.filter(milestone=milestone)}
        met = {key: day for key, day in days.items() if day}
        assert dict(Deadline.objects.filter(milestone=milestone).met(on).values_list("pk", "met_on")) == met
        met_late = {d.pk for d in deadlines if d.pk in met and met[d.pk] > d.due_on}
        assert set(Deadline.objects.filter(milestone=milestone).met_late(on).values_list("pk", flat=True)) == met_late
        with_state = Milestone.objects.filter(pk=milestone.pk).with_state(on).with_met(on)
        assert with_state.met_late().exists() is bool(met_late)
        state = state_of(with_state.get(), plan)
        assert sorted(row.due_on for row in state.met_late) == sorted(d.due_on for d in deadlines if d.pk in met_late)
        assert with_state.unmet_after_end().exists() is state.unfinished_at_end
        after = bool(ends_on and ends_on < on)
        open_after = (
            Deadline.objects.filter(milestone=milestone).unfinished_at_plan_end(on).values_list("pk", flat=True)
        )
        silent_after = Deadline.objects.filter(milestone=milestone).not_reported(on).values_list("pk", flat=True)
        assert set(open_after) | set(silent_after) == (unmet if after else set())
        assert not set(open_after) & set(silent_after)


@pytest.fixture
def milestone(db):
    member = make_member()
    return make_milestone(make_commitment(make_plan(member), make_institution(member)), date(2021, 6, 30))


def report(milestone, about, published_on=None, status="completed"):
    return make_public_report(
        milestone, make_user("viewer"), make_user("viewer"), about, published_on or about, status=status
    )


@pytest.mark.parametrize(
    ("zone", "moment", "overdue"),
    [
        # Due on 30 June: the day ends at 15:00 UTC in Seoul, at 04:00 UTC of 1 July in Washington (summer time).
        ("Asia/Seoul", datetime(2021, 6, 30, 14, 59), False),
        ("Asia/Seoul", datetime(2021, 6, 30, 15, 0), True),
        ("America/New_York", datetime(2021, 7, 1, 3, 59), False),
        ("America/New_York", datetime(2021, 7, 1, 4, 0), True),
    ],
)
def test_a_day_ends_where_the_promise_was_made(db, zone, moment, overdue):
    make_member(time_zone="Pacific/Kiritimati")  # another member on another day, so that each row needs its own
    member = make_member(time_zone=zone)
    milestone = make_milestone(make_commitment(make_plan(member), make_institution(member)), date(2021, 6, 30))
    now = moment.replace(tzinfo=ZoneInfo("UTC"))
    rows = Deadline.objects.filter(milestone=milestone).overdue(local_dates(ZONE_OF_DEADLINE, now))
    assert rows.exists() is overdue
    assert milestone.deadlines.get().is_overdue(local_date(zone, now)) is overdue


def test_a_report_that_came_late_does_not_change_what_was_known_before(milestone):
    report(milestone, about=date(2021, 6, 20), published_on=date(2021, 9, 1))
    assert Deadline.objects.overdue(date(2021, 8, 31)).filter(milestone=milestone).exists()
    assert not Deadline.objects.overdue(date(2021, 9, 1)).filter(milestone=milestone).exists()


def test_met_late_says_by_how_many_days(milestone):
    report(milestone, about=date(2021, 7, 10))
    report(milestone, about=date(2021, 8, 10))
    met = Deadline.objects.met_late(date(2021, 12, 1)).get(milestone=milestone)
    assert met.met_on - met.due_on == timedelta(days=10)
    assert not Deadline.objects.met_late(date(2021, 7, 9)).filter(milestone=milestone).exists()


def test_what_was_taken_back_was_not_met_yet(milestone):
    report(milestone, about=date(2021, 6, 20))
    report(milestone, about=date(2021, 8, 1), status="substantial")
    assert not Deadline.objects.met(date(2021, 8, 31)).filter(milestone=milestone).exists()
    report(milestone, about=date(2021, 9, 1))
    assert not Deadline.objects.met_late(date(2021, 7, 31)).filter(milestone=milestone).exists()
    assert Deadline.objects.met_late(date(2021, 9, 1)).get(milestone=milestone).met_on == date(2021, 9, 1)


def test_met_in_time_is_not_met_late(milestone):
    report(milestone, about=date(2021, 6, 30), published_on=date(2021, 7, 20))
    assert Deadline.objects.met(date(2021, 12, 1)).filter(milestone=milestone).exists()
    assert not Deadline.objects.met_late(date(2021, 12, 1)).filter(milestone=milestone).exists()


def test_after_the_plan_an_unmet_deadline_is_unfinished_or_not_reported(milestone):
    after = date(2023, 1, 1)
    assert Deadline.objects.not_reported(after).filter(milestone=milestone).exists()
    report(milestone, about=date(2022, 1, 1), status="limited")
    assert Deadline.objects.unfinished_at_plan_end(after).filter(milestone=milestone).exists()
    assert not Deadline.objects.not_reported(after).filter(milestone=milestone).exists()
    assert not Deadline.objects.not_reported(date(2022, 12, 31)).filter(milestone=milestone).exists(), "its last day"


def test_a_plan_that_is_extended_makes_its_deadlines_overdue_again(milestone):
    plan = milestone.commitment.plan
    day_after = plan.ends_on + timedelta(days=1)
    assert not Deadline.objects.overdue(day_after).filter(milestone=milestone).exists()
    plan.ends_on += timedelta(days=90)
    plan.save()
    refresh(milestone)
    assert Deadline.objects.overdue(day_after).filter(milestone=milestone).exists()
