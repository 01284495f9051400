"""Deadlines as a calendar at every level: valid, one event a deadline in force, the same UID however often amended."""

from datetime import date

import pytest

from following import calendars
from milestones.services import amend_deadline
from tests.following.reading import calendar, events_of
from tests.following.worlds import LEVELS, World
from tests.world import make_milestone

pytestmark = pytest.mark.django_db


def events(client, world, **question):
    return events_of(calendar(client.get(f"/plans/{world.plan.slug}/deadlines.ics", question)))


@pytest.mark.parametrize("prefix", ["", "/ko"])
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_a_valid_calendar_in_both_languages(client, record, level, prefix):
    found = calendar(client.get(f"{prefix}{level}deadlines.ics"))
    assert events_of(found)
    assert found.prodid.value.endswith("//KO" if prefix else "//EN")
    assert all(event.summary.params["LANGUAGE"] == ["ko" if prefix else "en"] for event in events_of(found))


def test_a_plans_calendar_has_the_deadlines_of_its_record(client, record):
    deadlines = [row for m in plan_5(record) for row in m.deadlines.all()]
    undated = [m for m in plan_5(record) if not m.deadlines.all()]
    found = calendar(client.get("/plans/kr-5/deadlines.ics"))
    assert sorted(e.dtstart.value for e in events_of(found)) == sorted(row.due_on for row in deadlines)
    assert f"{len(undated)} milestones are not in it" in found.x_wr_caldesc.value and len(undated) == 9


def plan_5(record):
    commitments = record.plans.get(number=5).commitments.all()
    return [m for commitment in commitments for m in commitment.milestones.prefetch_related("deadlines")]


def test_a_quarter_is_said_as_a_quarter_and_stands_on_its_last_day(client, record):
    found = calendar(client.get("/plans/kr-5/commitments/1/deadlines.ics"))
    quarter = next(e for e in events_of(found) if "4th quarter of 2021" in e.summary.value)
    assert quarter.summary.value.endswith("– due 4th quarter of 2021 (by 31 December)")
    assert quarter.dtstart.value == date(2021, 12, 31)
    assert "The plan does not name the day." in quarter.description.value


def test_rounds_are_events_of_their_own(client):
    world = World()
    make_milestone(world.commitment, date(2021, 3, 31), date(2022, 3, 31))
    assert len(events(client, world)) == 3


def test_an_amended_deadline_is_the_same_event_on_another_day(client):
    world = World()
    (before,) = events(client, world)
    amend_deadline(world.milestone.deadlines.get(), date(2021, 9, 30), "The tender failed.", date(2021, 6, 1))
    (after,) = events(client, world)
    assert after.uid.value == before.uid.value
    assert after.dtstart.value == date(2021, 9, 30)
    assert after.sequence.value == "1" and not hasattr(before, "sequence")
    assert after.last_modified.value.isoformat() == "2021-05-31T15:00:00+00:00", "1 June begins in Seoul"
    assert "Amended: The tender failed." in after.description.value
    (as_it_stood,) = events(client, world, as_of="2021-05-31")
    assert as_it_stood.serialize() == before.serialize()


def test_the_calendar_is_the_same_whenever_it_is_asked_for(client):
    world = World()
    address = f"/plans/{world.plan.slug}/deadlines.ics"
    first, second = client.get(address), client.get(address)
    assert first.content == second.content
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    amend_deadline(world.milestone.deadlines.get(), date(2021, 9, 30), "The tender failed.", date(2021, 6, 1))
    since = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})
    assert since.status_code == 200, "the amendment is newer than the plan"


def test_the_last_day_of_the_calendar_is_a_day_like_others(client):
    world = World()
    make_milestone(world.commitment, date.max, title="For ever")
    response = client.get(f"/plans/{world.plan.slug}/deadlines.ics")
    assert b"DTSTART;VALUE=DATE:99991231" in response.content and response.status_code == 200


def test_hostile_words_stay_words(client):
    world = World()
    world.milestone.title = "End;\r\nEND:VEVENT\r\nBEGIN:VALARM, \\ \x07 한국어 " + "긴" * 200
    world.milestone.save()
    (event,) = events(client, world)
    assert event.summary.value.startswith("End;\nEND:VEVENT\nBEGIN:VALARM, \\  한국어 긴긴")


def test_an_empty_calendar_is_a_calendar(client):
    world = World()
    world.milestone.deadlines.all().delete()
    assert events(client, world) == []


def test_a_calendar_that_is_too_long_keeps_what_is_due_last_and_says_so(client, monkeypatch):
    world = World()
    make_milestone(world.commitment, date(2022, 3, 31), date(2022, 6, 30))
    monkeypatch.setattr(calendars, "LONGEST", 2)
    found = calendar(client.get(f"/plans/{world.plan.slug}/deadlines.ics"))
    assert [event.dtstart.value for event in events_of(found)] == [date(2022, 6, 30), date(2022, 3, 31)]
    assert "1 earlier deadline is left out" in found.x_wr_caldesc.value
