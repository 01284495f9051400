"""Freshness: which commitments are stale, since when, and how that is remembered."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from commitments.dates import six_months_before
from commitments.models import Commitment
from milestones import tasks
from milestones.clock import Sweep
from milestones.freshness import check_freshness, first_stale_day, quiet, stale_since
from milestones.models import Milestone, StaleNotice
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
)

pytestmark = pytest.mark.django_db
BEGAN = date(2021, 1, 1)
STALE = date(2021, 7, 1)  # six months later
DAY = timedelta(days=1)


class World:
    def __init__(self, plan=None, **member):
        self.member = make_member(**member)
        self.ministry = make_institution(self.member)
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.plan = make_plan(self.member, **({"starts_on": BEGAN, "ends_on": date(2022, 12, 31)} | (plan or {})))
        self.commitment = make_commitment(self.plan, self.ministry)
        self.milestone = make_milestone(self.commitment)

    def reported(self, on, published=None):
        return make_public_report(self.milestone, self.editor, self.head, on, published_on=published)

    def is_stale(self, on):
        return quiet(on).filter(pk=self.commitment.pk).exists()

    def notices(self):
        rows = self.commitment.stale_notices.order_by("pk")
        return list(rows.values_list("stale_since", "noticed_on", "cleared_on"))


@pytest.fixture
def world():
    return World()


# What is stale --------------------------------------------------------------------------------------------------------
@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)))
def test_the_first_stale_day_is_the_first_on_which_six_months_have_passed(heard):
    first = first_stale_day(heard)
    assert six_months_before(first) >= heard
    assert six_months_before(first - DAY) < heard


@pytest.mark.parametrize(
    "heard, first",
    [
        (date(2021, 1, 1), date(2021, 7, 1)),
        (date(2021, 8, 31), date(2022, 3, 1)),  # there is no 31 February
        (date(2021, 2, 28), date(2021, 8, 28)),
    ],
)
def test_six_months_end_on_the_same_day_of_the_month_or_the_next_there_is(heard, first):
    assert first_stale_day(heard) == first


def test_without_a_report_it_is_stale_six_months_after_the_plan_began(world):
    assert not world.is_stale(STALE - DAY)
    assert world.is_stale(STALE)
    assert stale_since(quiet(date(2021, 12, 24)).get(pk=world.commitment.pk)) == STALE


def test_a_report_counts_from_the_day_on_which_it_became_public(world):
    world.reported(date(2021, 2, 1), published=date(2021, 5, 10))
    assert not world.is_stale(date(2021, 11, 9))
    assert world.is_stale(date(2021, 11, 10))
    found = quiet(date(2021, 12, 24)).get(pk=world.commitment.pk)
    assert (found.last_report_on, stale_since(found)) == (date(2021, 5, 10), date(2021, 11, 10))


def test_a_report_that_nobody_approved_counts_for_nothing(world):
    make_report(world.milestone, world.editor, date(2021, 6, 1), review="submitted")
    assert world.is_stale(STALE)


@pytest.mark.parametrize(
    "plan",
    [
        {"stage": "withdrawn"},
        {"stage": "in_preparation"},
        {"ends_on": STALE - DAY},
        {"starts_on": None, "ends_on": None},
    ],
)
def test_nothing_is_stale_outside_a_plans_implementation(plan):
    assert not World(plan).is_stale(STALE)


# What is remembered ---------------------------------------------------------------------------------------------------
def test_a_silence_is_remembered_once_and_ends_with_a_report(world):
    check_freshness(STALE - DAY)
    assert world.notices() == []
    for n in range(3):
        check_freshness(STALE + n * DAY)
    world.reported(date(2021, 7, 10))
    check_freshness(date(2021, 7, 12))
    assert world.notices() == [(STALE, STALE, date(2021, 7, 12))]


def test_missed_days_are_caught_up_with_the_right_date(world):
    check_freshness(STALE + 40 * DAY)
    assert world.notices() == [(STALE, STALE + 40 * DAY, None)]


def test_a_silence_that_comes_back_is_remembered_apart(world):
    check_freshness(STALE)
    world.reported(date(2021, 7, 10))
    check_freshness(date(2021, 7, 10))
    check_freshness(date(2022, 1, 10))
    assert world.notices() == [
        (STALE, STALE, date(2021, 7, 10)),
        (date(2022, 1, 10), date(2022, 1, 10), None),
    ]


def test_a_notice_ends_with_the_plan(world):
    check_freshness(date(2022, 12, 31))
    check_freshness(date(2023, 1, 1))
    assert world.notices() == [(STALE, date(2022, 12, 31), date(2023, 1, 1))]


def test_a_sweep_of_an_earlier_day_leaves_alone_what_later_days_found(world):
    check_freshness(STALE + 10 * DAY)
    check_freshness(STALE - DAY)
    assert world.notices() == [(STALE, STALE + 10 * DAY, None)]
    world.reported(STALE + 20 * DAY)
    check_freshness(STALE + 20 * DAY)
    check_freshness(STALE + 15 * DAY)
    assert world.notices() == [(STALE, STALE + 10 * DAY, STALE + 20 * DAY)]


def test_the_database_keeps_one_open_notice_a_commitment(world):
    rows = [StaleNotice(commitment=world.commitment, stale_since=STALE, noticed_on=STALE) for _ in range(2)]
    for row in rows:
        StaleNotice.objects.bulk_create([row], ignore_conflicts=True)
    assert len(world.notices()) == 1


def test_each_member_counts_its_own_days(monkeypatch):
    seoul, lima = World(time_zone="Asia/Seoul"), World(time_zone="America/Lima")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2021, 7, 1, 2, 0, tzinfo=UTC))  # still 30 June in Lima
    tasks.check_freshness.apply(throw=True)
    assert (seoul.notices(), lima.notices()) == ([(STALE, STALE, None)], [])


def test_a_day_that_has_begun_nowhere_is_refused(world, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2021, 6, 29, 9, 59, tzinfo=UTC))
    with pytest.raises(ValueError, match="2021-07-01 lies in the future"):
        check_freshness(STALE)
    assert check_freshness(STALE, dry_run=True).flagged >= 1
    assert world.notices() == []


def test_a_commitment_without_milestones_cannot_be_reported_on_and_is_never_stale(world):
    world.milestone.deadlines.all().delete()
    world.milestone.delete()
    assert not world.is_stale(STALE)


@pytest.mark.parametrize("size", [1, 3, 300])
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_sweep_takes_the_same_queries_however_many_commitments(world, size, dry_run):
    met = World()
    Commitment.objects.bulk_create(
        Commitment(plan=plan, position=n, number=f"n{n}", title="One of many")
        for plan in (world.plan, met.plan)
        for n in range(1000, 1000 + size)
    )
    Milestone.objects.bulk_create(
        Milestone(commitment=commitment, position=1, title="Something")
        for commitment in Commitment.objects.filter(title="One of many")
    )
    StaleNotice.objects.bulk_create(
        StaleNotice(commitment=commitment, stale_since=STALE, noticed_on=STALE)
        for commitment in met.plan.commitments.all()
    )
    met.plan.stage = "withdrawn"
    met.plan.save()
    with CaptureQueriesContext(connection) as queries:
        sweep = check_freshness(STALE, dry_run)
    assert sweep.cleared == size + 1
    assert sweep.flagged >= size + 1
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    inserts = [sql for sql in statements if sql.startswith("INSERT")]
    assert len(inserts) <= 2, "many rows a statement"
    assert len(statements) - len(inserts) == 3, "\n".join(sql[:100] for sql in statements)


# The command ----------------------------------------------------------------------------------------------------------
def command(**options):
    out = io.StringIO()
    call_command("check_freshness", stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_command_lists_what_is_stale_since_when_and_records_it_unless_it_is_dry(record):
    dry = command(date="2021-11-15", dry_run=True)
    assert len(dry) == 16 + 2, "plan 5 has 16 forms, and no report on any"
    assert all("stale since 2021-07-01, no report received" in line for line in dry[:16])
    assert dry[16:] == [
        "Stale on 2021-11-15: 16 commitments.",
        "Dry run, nothing recorded. It would be: 16 notices recorded, 0 notices cleared.",
    ]
    assert not StaleNotice.objects.exists()
    assert command(date="2021-11-15")[-1] == "All members: 16 notices recorded, 0 notices cleared."
    assert command(date="2021-11-15")[-1] == "All members: 0 notices recorded, 0 notices cleared."


def test_the_training_member_is_swept_but_listed_only_when_asked_for():
    world = World(is_fictional=True)
    plan = world.plan.slug
    assert not any(plan in line for line in command(date="2021-07-01"))
    assert any(plan in line for line in command(date="2021-07-01", include_training=True))
    assert world.notices() == [(STALE, STALE, None)]


def test_a_sweep_says_what_it_did(world):
    check_freshness(STALE)
    world.reported(STALE)
    other = World()
    assert check_freshness(STALE + DAY) == Sweep(flagged=1, cleared=1)
    assert len(other.notices()) == 1
