"""The desk: what each role sees first, with figures that agree with the public lists."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commitments.dates import local_date
from milestones.models import Evidence, Link
from ogptracker.desk import at_a_glance
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


@pytest.fixture
def member():
    return make_member()


def plan_under_way(member):
    today = local_date(member.time_zone)
    return make_plan(member, starts_on=today - timedelta(days=300), ends_on=today + timedelta(days=300))


def late_commitment(plan, ministry, days=30, **facts):
    due = local_date(plan.member.time_zone) - timedelta(days=days)
    commitment = make_commitment(plan, ministry, **facts)
    return commitment, make_milestone(commitment, due)


def section(page, name: str) -> str:
    return re.search(rf'<section aria-labelledby="{name}">.*?</section>', page.content.decode(), re.S)[0]


def test_an_editor_sees_what_is_late_quiet_and_cannot_be_reached(client, member):
    ministry, plan = make_institution(member), plan_under_way(member)
    editor, head = make_user("editor", ministry), make_user("head", ministry)
    quiet, _late = late_commitment(plan, ministry, title="Open the register")
    fresh, milestone = late_commitment(plan, ministry, title="Hold the forum")
    report = make_public_report(milestone, editor, head, local_date(member.time_zone))
    link = Link.objects.create(
        url="https://example.org/", state="broken", problem="not_found", failures=2, next_check_at=timezone.now()
    )
    Evidence.objects.create(update=report, title="The minutes", url=link.url, link=link)
    client.force_login(editor)
    page = client.get("/admin/")
    assert "2 milestones" in section(page, "late")
    assert "Open the register" in section(page, "stale") and "Hold the forum" not in section(page, "stale")
    assert "1 commitment form" in section(page, "stale")
    assert "The minutes" in section(page, "broken") and "The page does not exist any more." in section(page, "broken")
    assert 'aria-labelledby="institutions"' not in page.content.decode()


def test_another_ministry_sees_nothing_of_it(client, member):
    late_commitment(plan_under_way(member), make_institution(member), title="Open the register")
    client.force_login(make_user("editor", make_institution(member)))
    assert "Open the register" not in client.get("/admin/").content.decode()


def test_the_coordinating_ministry_sees_every_institution_the_most_behind_first(client, member):
    plan = plan_under_way(member)
    tidy, behind = make_institution(member), make_institution(member)
    editor, head = make_user("editor", tidy), make_user("head", tidy)
    _commitment, milestone = late_commitment(plan, tidy)
    today = local_date(member.time_zone)
    make_public_report(milestone, editor, head, today, status="completed")
    make_report(milestone, editor, today, review="submitted")
    for _ in range(2):
        late_commitment(plan, make_institution(member, parent=behind))
    late_commitment(plan_under_way(make_member()), make_institution(member))  # another member's plan
    first, second = at_a_glance(member)
    assert (first.institution, first.forms, first.overdue, first.stale, first.waiting) == (behind, 2, 2, 2, 0)
    assert (second.institution, second.forms, second.overdue, second.stale, second.waiting) == (tidy, 1, 0, 0, 1)
    assert (first.last_report_on, second.last_report_on) == (None, today)
    client.force_login(make_user("coordinator", make_institution(member)))
    shown = section(client.get("/admin/"), "institutions")
    assert shown.index(behind.name) < shown.index(tidy.name)
    listed = client.get(f"/api/v1/milestones/?plan={plan.slug}&overdue=true").json()["count"]
    assert listed == first.overdue + second.overdue


def test_the_record_of_korea_at_a_glance_counts_what_the_overdue_page_lists(record, monkeypatch):
    monkeypatch.setattr("ogptracker.desk.local_date", lambda zone: timezone.datetime(2021, 11, 15).date())
    rows = at_a_glance(record)
    assert sum(row.overdue for row in rows) >= 20, "a commitment with several leads counts for each"
    assert {row.last_report_on for row in rows} == {None}


@pytest.mark.parametrize("role", ["editor", "coordinator"])
def test_the_desk_costs_as_many_queries_for_nine_commitments_as_for_two(client, role):
    counts = []
    for size in (2, 9):
        member = make_member()
        ministry, plan = make_institution(member), plan_under_way(member)
        for _ in range(size):
            late_commitment(plan, make_institution(member, parent=ministry))
        client.force_login(make_user(role, ministry))
        client.get("/admin/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/admin/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
