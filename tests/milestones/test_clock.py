"""The clock: what is flagged, when, how often, and by how many queries."""

import io
import itertools
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commitments.models import ActionPlan, Commitment, Institution, Member
from milestones import clock, periods, tasks
from milestones.clock import Sweep, flag_overdue
from milestones.models import Deadline, Milestone, OverdueNotice, OverduePeriod, StatusUpdate
from milestones.services import amend_deadline
from ogptracker.celery import app
from tests.world import refresh

pytestmark = pytest.mark.django_db

# Plan 5 on 15 November 2021, read by hand from its tables: (commitment, due date), one line a commitment.
LATE_ON_15_NOVEMBER_2021 = [
    *[("1", date(2020, 10, 31)), ("1", date(2021, 9, 30)), ("1", date(2020, 12, 31))],
    *[("2-1", date(2021, 3, 31)), ("2-1", date(2021, 9, 30)), ("2-1", date(2021, 9, 30))],
    *[("3", date(2021, 10, 31))],
    *[("4-1", date(2021, 7, 31)), ("4-1", date(2021, 4, 30)), ("4-1", date(2021, 4, 30))],
    *[("4-1", date(2021, 4, 30)), ("4-1", date(2021, 7, 31)), ("4-1", date(2021, 8, 31))],
    *[("5", date(2021, 4, 30))],
    *[("11", date(2020, 9, 30)), ("11", date(2021, 1, 31)), ("11", date(2021, 4, 30)), ("11", date(2021, 9, 30))],
    *[("14", date(2020, 12, 31)), ("14", date(2021, 7, 31))],
]
DUE = date(2021, 11, 15)
NEXT_DAY = date(2021, 11, 16)
serial = itertools.count(1)


# What the tests are about ---------------------------------------------------------------------------------------------
def a_member(zone="Asia/Seoul", fictional=False):
    number = next(serial)
    return Member.objects.create(
        code=f"T{number}", slug=f"t{number}", name=f"Test member {number}", time_zone=zone, is_fictional=fictional
    )


def a_milestone(member=None, starts=date(2021, 1, 1), ends=date(2023, 12, 31), stage="adopted"):
    member, number = member or a_member(), next(serial)
    plan = ActionPlan.objects.create(
        member=member, number=number, slug=f"t-{number}", title="A plan", starts_on=starts, ends_on=ends, stage=stage
    )
    commitment = Commitment.objects.create(plan=plan, position=1, number="1", title="A commitment")
    return Milestone.objects.create(
        commitment=commitment, position=1, title="A milestone", published_end="mid-November"
    )


def a_deadline(due_on=DUE, milestone=None, **plan):
    milestone = milestone or a_milestone(**plan)
    position = milestone.deadlines.count() + 1
    deadline = Deadline.objects.create(milestone=milestone, position=position, due_on=due_on, precision="day")
    refresh(milestone)
    return deadline


def reported(deadline, status, on, published=None, about_it_alone=False):
    """An approved report on the deadline's milestone, about the day *on*, public from *published* (the same day)."""
    member = deadline.milestone.commitment.plan.member
    ministry, _ = Institution.objects.get_or_create(member=member, key="ministry", defaults={"name": "Ministry"})
    author, reviewer = (
        get_user_model().objects.get_or_create(
            username=f"{role}.{member.code}", defaults={"role": role, "institution": ministry}
        )[0]
        for role in ("editor", "head")
    )
    update = StatusUpdate.objects.create(
        milestone=deadline.milestone,
        deadline=deadline if about_it_alone else None,
        on_date=on,
        status=status,
        what_was_done="Something was done.",
        author=author,
        institution=ministry,
        review="approved",
        reviewed_by=reviewer,
        reviewed_at=timezone.now(),
        published_on=published or on,
    )
    refresh(deadline.milestone)
    return update


def notices(deadline):
    """The deadline's notices as (overdue since, flagged on, cleared on), the oldest first."""
    return list(deadline.notices.order_by("pk").values_list("overdue_since", "flagged_on", "cleared_on"))


def is_flagged(deadline):
    return deadline.notices.filter(cleared_on=None).exists()


def at(monkeypatch, *moment):
    """Stops the server's clock at a moment in UTC."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(*moment, tzinfo=UTC))


def command(**options):
    out = io.StringIO()
    call_command("flag_overdue", stdout=out, **options)
    return out.getvalue().splitlines()


# The record -----------------------------------------------------------------------------------------------------------
def test_on_15_november_2021_plan_5_has_20_overdue_deadlines_of_20_milestones(record):
    overdue = Deadline.objects.overdue(DUE).real()
    assert sorted(overdue.values_list("milestone__commitment__number", "due_on")) == sorted(LATE_ON_15_NOVEMBER_2021)
    assert set(overdue.values_list("milestone__commitment__plan__slug", flat=True)) == {"kr-5"}
    assert overdue.values("milestone").distinct().count() == len(LATE_ON_15_NOVEMBER_2021) == 20


def test_each_of_them_is_remembered_once_and_a_second_sweep_finds_nothing(record):
    assert flag_overdue(DUE) == Sweep(flagged=20, cleared=0)
    first = list(OverdueNotice.objects.order_by("pk").values())
    assert flag_overdue(DUE) == Sweep(flagged=0, cleared=0)
    assert list(OverdueNotice.objects.order_by("pk").values()) == first
    remembered = OverdueNotice.objects.values_list("deadline__milestone__commitment__number", "deadline__due_on")
    assert sorted(remembered) == sorted(LATE_ON_15_NOVEMBER_2021)


def test_a_deadline_from_before_the_plan_is_overdue_since_the_plan_began(record):
    flag_overdue(DUE)
    since = dict(OverdueNotice.objects.values_list("deadline__due_on", "overdue_since"))
    assert since[date(2020, 9, 30)] == since[date(2020, 12, 31)] == date(2021, 1, 1)
    assert since[date(2021, 1, 31)] == date(2021, 2, 1)


# The day --------------------------------------------------------------------------------------------------------------
def test_due_today_is_not_overdue_and_the_day_after_is():
    deadline = a_deadline()
    flag_overdue(DUE)
    assert notices(deadline) == []
    flag_overdue(NEXT_DAY)
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, None)]


@pytest.mark.parametrize(
    "zone, last_minute, midnight",
    [
        ("Asia/Seoul", (2021, 11, 15, 14, 59), (2021, 11, 15, 15, 0)),
        ("UTC", (2021, 11, 15, 23, 59), (2021, 11, 16, 0, 0)),
        ("America/Lima", (2021, 11, 16, 4, 59), (2021, 11, 16, 5, 0)),
    ],
)
def test_the_day_ends_at_midnight_where_the_promise_was_made(monkeypatch, zone, last_minute, midnight):
    deadline = a_deadline(member=a_member(zone))
    at(monkeypatch, *last_minute)
    flag_overdue()
    assert not is_flagged(deadline)
    at(monkeypatch, *midnight)
    flag_overdue()
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, None)]


def test_one_sweep_uses_each_members_own_day(monkeypatch):
    seoul, lima = a_deadline(member=a_member("Asia/Seoul")), a_deadline(member=a_member("America/Lima"))
    at(monkeypatch, 2021, 11, 16, 2, 0)  # the 16th, 11:00, in Seoul; still the 15th, 21:00, in Lima
    flag_overdue()
    assert notices(seoul) == [(NEXT_DAY, NEXT_DAY, None)]
    assert notices(lima) == []


def test_one_sweep_clears_on_each_members_own_day(monkeypatch):
    early = date(2021, 11, 1)
    seoul, lima = a_deadline(early, member=a_member("Asia/Seoul")), a_deadline(early, member=a_member("America/Lima"))
    flag_overdue(date(2021, 11, 10))
    for deadline in (seoul, lima):
        reported(deadline, "completed", on=date(2021, 11, 12))
    at(monkeypatch, 2021, 11, 16, 2, 0)
    flag_overdue()
    assert notices(seoul) == [(date(2021, 11, 2), date(2021, 11, 10), NEXT_DAY)]
    assert notices(lima) == [(date(2021, 11, 2), date(2021, 11, 10), DUE)]


def test_days_on_which_the_job_did_not_run_are_caught_up():
    deadline = a_deadline()
    flag_overdue(DUE + timedelta(days=90))
    assert notices(deadline) == [(NEXT_DAY, DUE + timedelta(days=90), None)]


def test_a_day_that_has_begun_nowhere_is_refused(monkeypatch):
    deadline = a_deadline()
    at(monkeypatch, 2021, 11, 15, 9, 59)  # the last minute of the 15th where days begin first
    with pytest.raises(ValueError, match="2021-11-16 lies in the future"):
        flag_overdue(NEXT_DAY)
    assert flag_overdue(NEXT_DAY, dry_run=True).flagged >= 1
    assert notices(deadline) == []


# The plan -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "plan",
    [
        {"starts": date(2021, 11, 17)},
        {"ends": DUE},
        {"stage": "in_preparation"},
        {"stage": "withdrawn"},
        {"starts": None, "ends": None},
    ],
    ids=["not begun", "ended", "in preparation", "withdrawn", "period not stated"],
)
def test_nothing_is_overdue_outside_a_plans_implementation(plan):
    deadline = a_deadline(**plan)
    flag_overdue(NEXT_DAY)
    assert notices(deadline) == []


def test_a_notice_ends_with_the_plan():
    deadline = a_deadline(ends=date(2021, 11, 20))
    flag_overdue(date(2021, 11, 20))
    assert is_flagged(deadline)
    flag_overdue(date(2021, 11, 21))
    assert notices(deadline) == [(NEXT_DAY, date(2021, 11, 20), date(2021, 11, 21))]


# Reports --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status, late", [("completed", False), ("withdrawn", False), ("substantial", True)])
def test_only_a_report_of_completion_or_withdrawal_keeps_a_deadline_from_being_overdue(status, late):
    deadline = a_deadline()
    reported(deadline, status, on=date(2021, 11, 10))
    flag_overdue(NEXT_DAY)
    assert is_flagged(deadline) is late


def test_a_report_that_comes_later_clears_the_notice():
    deadline = a_deadline()
    flag_overdue(NEXT_DAY)
    reported(deadline, "completed", on=date(2021, 11, 18))
    assert flag_overdue(date(2021, 11, 20)).cleared >= 1
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, date(2021, 11, 20))]
    flag_overdue(date(2021, 11, 21))
    assert len(notices(deadline)) == 1


def test_a_report_counts_from_the_day_on_which_it_became_public():
    deadline = a_deadline()
    reported(deadline, "completed", on=date(2021, 11, 10), published=date(2021, 12, 1))
    flag_overdue(date(2021, 11, 30))
    assert is_flagged(deadline)
    flag_overdue(date(2021, 12, 1))
    assert notices(deadline) == [(NEXT_DAY, date(2021, 11, 30), date(2021, 12, 1))]


def test_a_report_that_is_not_approved_counts_for_nothing():
    deadline = a_deadline()
    update = reported(deadline, "completed", on=date(2021, 11, 10))
    StatusUpdate.objects.filter(pk=update.pk).update(review="submitted", reviewed_by=None, published_on=None)
    refresh(deadline.milestone)
    flag_overdue(NEXT_DAY)
    assert is_flagged(deadline)


def test_a_report_about_one_round_leaves_the_other_rounds_overdue():
    first = a_deadline(date(2021, 10, 31))
    second = a_deadline(milestone=first.milestone)
    reported(first, "completed", on=date(2021, 10, 30), about_it_alone=True)
    flag_overdue(NEXT_DAY)
    assert (is_flagged(first), is_flagged(second)) == (False, True)


def test_a_delay_that_comes_back_is_remembered_apart():
    deadline = a_deadline()
    flag_overdue(NEXT_DAY)
    reported(deadline, "completed", on=date(2021, 11, 18))
    flag_overdue(date(2021, 11, 18))
    reported(deadline, "limited", on=date(2021, 11, 25))
    flag_overdue(date(2021, 11, 26))
    assert notices(deadline) == [
        (NEXT_DAY, NEXT_DAY, date(2021, 11, 18)),
        (NEXT_DAY, date(2021, 11, 26), None),
    ]


# Amendments -----------------------------------------------------------------------------------------------------------
def test_an_amendment_clears_the_notice_and_the_new_date_has_its_own():
    deadline = a_deadline()
    flag_overdue(NEXT_DAY)
    amended = amend_deadline(deadline, date(2021, 12, 31), "The law came later.", set_on=date(2021, 11, 20))
    flag_overdue(date(2021, 11, 19))
    assert is_flagged(deadline)
    flag_overdue(date(2021, 11, 20))
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, date(2021, 11, 20))]
    assert notices(amended) == []
    flag_overdue(date(2022, 1, 1))
    assert notices(amended) == [(date(2022, 1, 1), date(2022, 1, 1), None)]


def test_a_deadline_set_after_its_own_due_date_is_overdue_since_it_was_set():
    deadline = a_deadline()
    amended = amend_deadline(deadline, date(2021, 11, 17), "A mistake in the plan.", set_on=date(2021, 11, 25))
    flag_overdue(date(2021, 11, 30))
    assert notices(amended) == [(date(2021, 11, 25), date(2021, 11, 30), None)]


# Sweeps of days gone by -----------------------------------------------------------------------------------------------
def test_a_sweep_of_an_earlier_day_does_not_clear_what_later_days_flagged():
    deadline = a_deadline()
    flag_overdue(date(2021, 11, 30))
    flag_overdue(date(2021, 11, 10))
    assert notices(deadline) == [(NEXT_DAY, date(2021, 11, 30), None)]


def test_a_sweep_of_an_earlier_day_does_not_flag_again_what_was_flagged_later():
    deadline = a_deadline()
    flag_overdue(date(2021, 11, 30))
    flag_overdue(date(2021, 11, 20))
    assert notices(deadline) == [(NEXT_DAY, date(2021, 11, 30), None)]


def test_a_sweep_of_an_earlier_day_does_not_reopen_what_was_cleared_since():
    deadline = a_deadline()
    flag_overdue(NEXT_DAY)
    reported(deadline, "completed", on=date(2021, 11, 25))
    flag_overdue(date(2021, 11, 25))
    assert flag_overdue(date(2021, 11, 20), dry_run=True) == flag_overdue(date(2021, 11, 20))
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, date(2021, 11, 25))]


# Two at once ----------------------------------------------------------------------------------------------------------
def test_the_database_drops_a_notice_that_another_sweep_was_quicker_to_record():
    deadline = a_deadline()
    seen_by_both = OverduePeriod.objects.on(NEXT_DAY).filter(deadline=deadline).annotate(overdue_since=F("as_of"))
    assert clock.insert_notices(seen_by_both) == 1
    assert clock.insert_notices(seen_by_both) == 0
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, None)]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_record_each_delay_once(record):
    together, sweeps, faults = threading.Barrier(2), [], []

    def sweep():
        try:
            together.wait(10)
            sweeps.append(flag_overdue(DUE))
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert sum(sweep.flagged for sweep in sweeps) == OverdueNotice.objects.count() == 20


# Cost -----------------------------------------------------------------------------------------------------------------
def late_deadlines(count):
    """That many overdue deadlines of one member; for each a second one that has been flagged and met since."""
    milestone = a_milestone()
    plan = milestone.commitment
    for number in range(2):
        milestones = Milestone.objects.bulk_create(
            Milestone(commitment=plan, position=10 + number * 1000 + i, title="One of many") for i in range(count)
        )
        deadlines = Deadline.objects.bulk_create(
            Deadline(milestone=each, position=1, due_on=DUE, precision="day") for each in milestones
        )
    OverdueNotice.objects.bulk_create(
        OverdueNotice(deadline=each, overdue_since=NEXT_DAY, flagged_on=NEXT_DAY) for each in deadlines
    )
    template = reported(deadlines[0], "completed", on=NEXT_DAY)
    for each in deadlines[1:]:
        template.pk, template.milestone = None, each.milestone
        template.save()
    periods.refresh(Milestone.objects.filter(commitment=plan))


@pytest.mark.parametrize("count", [1, 3, 300])
@pytest.mark.parametrize(
    "dry_run, statements", [(False, ["SELECT", "UPDATE", "SELECT", "INSERT"]), (True, ["SELECT"] * 4)]
)
def test_a_sweep_takes_four_statements_however_many_deadlines(monkeypatch, count, dry_run, statements):
    a_deadline(member=a_member("America/Lima"))  # a second time zone, so that each row has its own day
    late_deadlines(count)
    at(monkeypatch, 2021, 11, 17, 3, 0)
    with CaptureQueriesContext(connection) as queries:
        sweep = flag_overdue(dry_run=dry_run)
    own = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"] and "pg_advisory" not in query["sql"]]
    assert [sql.split()[0] for sql in own] == statements, "zones, clearing, zones, flagging"
    assert sweep.cleared == count
    assert sweep.flagged >= count


# The job and the command ----------------------------------------------------------------------------------------------
def test_the_job_runs_hourly_under_its_name_and_sweeps_today(monkeypatch):
    deadline = a_deadline()
    at(monkeypatch, 2021, 11, 16, 12, 0)
    entry = app.conf.beat_schedule["flag-overdue"]
    assert app.tasks[entry["task"]] is app.tasks[tasks.flag_overdue.name]
    assert entry["schedule"].hour == set(range(24))
    app.tasks[entry["task"]].apply(throw=True)
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, None)]


def test_the_dry_run_shows_one_line_a_deadline_and_records_nothing(record):
    *lines, overdue, recorded = command(date="2021-11-15", dry_run=True)
    assert len(lines) == 20
    assert overdue == "Overdue on 2021-11-15: 20 deadlines of 20 milestones."
    assert recorded == "Dry run, nothing recorded. It would be: 20 notices recorded, 0 notices cleared."
    assert not OverdueNotice.objects.exists()


@pytest.mark.parametrize(
    "expected",
    [
        "kr-5 1: due “October 2020” (2020-10-31), 380 days late: Host International Youth Summit",
        "kr-5 1: due “September 30, 2021” (2021-09-30), 46 days late: Establish and implement OGP co-chair vision",
        "kr-5 2-1: due “Every July to September” (2021-09-30), 46 days late: "
        "Research and disclose information on the gender makeup of listed corporations' executives",
    ],
)
def test_a_line_says_plan_commitment_due_date_in_words_and_figures_days_late_and_title(record, expected):
    assert expected in command(date="2021-11-15", dry_run=True)


def test_the_command_records_what_the_job_would(record):
    assert command(date="2021-11-15")[-1] == "All members: 20 notices recorded, 0 notices cleared."
    assert command(date="2021-11-15")[-1] == "All members: 0 notices recorded, 0 notices cleared."
    assert OverdueNotice.objects.count() == 20


def test_one_is_counted_in_the_singular_and_an_amended_date_is_named_as_such():
    member = a_member()
    deadline = a_deadline(date(2010, 6, 1), member=member, starts=date(2010, 1, 1), ends=date(2011, 12, 31))
    amend_deadline(deadline, date(2010, 6, 30), "Later.", set_on=date(2010, 5, 1))
    plan = deadline.milestone.commitment.plan.slug
    assert command(date="2010-07-01") == [
        f"{plan} 1: due amended to 2010-06-30, 1 day late: A milestone",
        "Overdue on 2010-07-01: 1 deadline of 1 milestone.",
        "All members: 1 notice recorded, 0 notices cleared.",
    ]


def test_the_training_member_is_swept_but_listed_only_when_asked_for():
    deadline = a_deadline(date(2010, 6, 30), member=a_member(fictional=True), starts=date(2010, 1, 1))
    assert command(date="2010-07-01") == [
        "Overdue on 2010-07-01: 0 deadlines of 0 milestones.",
        "All members: 1 notice recorded, 0 notices cleared.",
    ]
    assert is_flagged(deadline)
    assert command(date="2010-07-01", include_training=True)[0].endswith(
        "1: due “mid-November” (2010-06-30), 1 day late: A milestone"
    )


def test_without_a_date_the_command_is_about_today(monkeypatch):
    deadline = a_deadline()
    at(monkeypatch, 2021, 11, 16, 12, 0)
    assert command()[-2].startswith("Overdue today: ")
    assert notices(deadline) == [(NEXT_DAY, NEXT_DAY, None)]


@pytest.mark.parametrize("text", ["2021-13-15", "yesterday", "15.11.2021", "2021-02-30"])
def test_a_date_that_is_none_is_refused_with_an_example(text):
    with pytest.raises(CommandError, match=f"“{text}” is no date: write it as YYYY-MM-DD, for example 2021-11-15."):
        command(date=text)


def test_the_command_records_nothing_for_the_future(monkeypatch):
    at(monkeypatch, 2021, 11, 15, 9, 0)
    with pytest.raises(CommandError, match="2021-11-16 lies in the future"):
        command(date="2021-11-16")
    assert command(date="2021-11-16", dry_run=True)[-2].startswith("Overdue on 2021-11-16: ")
