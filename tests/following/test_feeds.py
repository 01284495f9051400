"""Atom feeds at every level: valid, in one language, one entry a fact, the same bytes for the same facts."""

from datetime import UTC, date, datetime

import pytest

from milestones.services import amend_deadline
from tests.following.reading import atom, author, entries_of, said
from tests.following.worlds import LEVELS, World
from tests.world import make_member, make_milestone, make_plan, make_world, refresh

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("prefix", ["", "/ko"])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("ending", ["updates.atom", "overdue.atom"])
def test_every_level_has_valid_feeds_in_both_languages(client, record, level, ending, prefix):
    feed = atom(client.get(f"{prefix}{level}{ending}", {"as_of": "2021-11-15"}), "ko" if prefix else "en")
    assert entries_of(feed), "Korea's fifth plan had overdue milestones by then"
    assert said(feed, "id") == f"http://testserver{prefix}{level}{ending}?as_of=2021-11-15"


def test_the_overdue_feed_has_each_milestone_that_became_overdue_once(client, record):
    entries = entries_of(atom(client.get("/plans/kr-5/overdue.atom?as_of=2021-11-15"), "en"))
    rows = client.get("/api/v1/milestones/?plan=kr-5&overdue=true&as_of=2021-11-15").json()
    assert len(entries) == rows["count"] == 20, "nothing was reported, so none ceased to be overdue"


def test_a_milestone_in_rounds_becomes_overdue_once_while_rounds_follow_each_other(client):
    world = World()
    rounds = make_milestone(world.commitment, date(2021, 3, 31), date(2021, 4, 30), title="Meet monthly")
    world.report(date(2021, 6, 30), status="completed")
    entries = entries_of(world.feed(client, "overdue.atom", as_of="2021-12-31"))
    assert [said(entry, "id") for entry in entries] == [f"tag:testserver,2026:en/overdue/{rounds.pk}/2021-04-01"]


def test_an_entry_says_the_day_what_and_who(client):
    world = World()
    world.report(date(2021, 5, 1), published_on=date(2021, 5, 3))
    report, *others = entries_of(world.feed(client, as_of="2021-05-31"))
    assert not others
    assert said(report, "title") == "Status reported: Limited: Publish a < b & c"
    assert author(report) == "Ministry of <Tests> & Co"
    assert said(report, "updated") == "2021-05-02T15:00:00Z", "3 May begins in Seoul at 15:00 UTC of the day before"
    assert "Publish a &lt; b &amp; c" in said(report, "content"), "what is text stays text in HTML"


def test_the_moment_of_a_review_is_told_where_it_is_known(client):
    world = World()
    world.report(date(2021, 5, 3), reviewed_at=datetime(2021, 5, 3, 9, 30, tzinfo=UTC))
    (report,) = entries_of(world.feed(client, as_of="2021-05-31"))
    assert said(report, "updated") == "2021-05-03T09:30:00Z"


def test_a_report_that_ends_a_delay_is_followed_by_that(client):
    world = World()
    world.report(date(2021, 7, 10), status="completed")
    entries = entries_of(world.feed(client, as_of="2021-07-31"))
    titles = [said(entry, "title").split(": Publish")[0] for entry in entries]
    assert sorted(titles[:2]) == ["No longer overdue", "Status reported: Completed"]
    assert titles[2:] == ["Became overdue"]
    assert not entries_of(world.feed(client, "overdue.atom", as_of="2021-06-30")), "due today is not overdue"
    assert len(entries_of(world.feed(client, "overdue.atom", as_of="2021-07-01"))) == 1


def test_an_amended_deadline_says_from_when_to_when_and_why(client):
    world = World()
    amend_deadline(world.milestone.deadlines.get(), date(2021, 9, 30), "The tender failed.", date(2021, 6, 1))
    (entry,) = [e for e in entries_of(world.feed(client)) if "amended" in said(e, "title")]
    assert "30 June 2021 → 30 September 2021" in said(entry, "content")
    assert "The tender failed." in said(entry, "content")


def test_what_is_not_public_is_in_no_feed(client):
    world = World()
    world.report(date(2021, 5, 1))
    draft = world.milestone.updates.get()
    draft.pk, draft.review, draft.status = None, "submitted", "substantial"
    draft.published_on = draft.reviewed_by = None
    draft.save()
    assert len(entries_of(world.feed(client, as_of="2021-05-31"))) == 1


def test_the_future_is_in_no_feed(client):
    world = World()
    world.plan.starts_on, world.plan.ends_on = date(2021, 1, 1), date(9999, 12, 31)
    world.plan.save()
    make_milestone(world.commitment, date(2999, 6, 30))
    refresh(world.milestone)
    assert len(entries_of(world.feed(client, "overdue.atom", as_of="9999-12-31"))) == 1


def test_characters_that_xml_cannot_hold_are_left_out(client):
    world = World()
    world.milestone.title = "A\x00 bell\x07 and \ufffe, then 한국어 \U0001f600".replace("\x00", "")
    world.milestone.save()
    (entry,) = entries_of(world.feed(client, as_of="2021-07-31"))
    assert said(entry, "title") == "Became overdue: A bell and , then 한국어 \U0001f600"


def test_the_same_facts_make_the_same_bytes_and_are_not_sent_twice(client):
    world = World()
    world.report(date(2021, 5, 1))
    address = f"/plans/{world.plan.slug}/updates.atom"
    first, second = client.get(address), client.get(address)
    assert first.content == second.content
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    world.report(date(2021, 5, 4), status="substantial")
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]


def test_ids_are_the_same_in_every_feed_and_after_a_refresh(client):
    world = World()
    address = f"/members/{world.member.slug}/overdue.atom"
    ids = [said(entry, "id") for entry in entries_of(world.feed(client, "overdue.atom"))]
    world.milestone.overdue_periods.all().delete()
    refresh(world.milestone)
    assert ids == [said(entry, "id") for entry in entries_of(atom(client.get(address), "en"))] != []


def test_ids_carry_the_name_of_the_site_however_it_was_asked(client, settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://tracker.example.org", ["testserver", "other.example.org"]
    world = World()
    for host in ("testserver", "other.example.org"):
        answer = client.get(f"/plans/{world.plan.slug}/overdue.atom", headers={"host": host})
        assert b"<id>tag:tracker.example.org,2026:en/overdue/" in answer.content


def test_a_long_feed_comes_in_pages_of_fifty(client):
    plan, *_people = make_world(60)
    first = atom(client.get(f"/plans/{plan.slug}/updates.atom?as_of=2021-07-31"), "en")
    assert len(entries_of(first)) == 50
    links = {link.get("rel"): link.get("href") for link in first.findall("{*}link")}
    assert links["next"] == links["self"] + "&page=2" and "previous" not in links
    ids = [said(entry, "id") for entry in entries_of(first)]
    while "next" in links:
        page = atom(client.get(links["next"]), "en")
        ids += [said(entry, "id") for entry in entries_of(page)]
        links = {link.get("rel"): link.get("href") for link in page.findall("{*}link")}
        assert said(page, "id") == said(first, "id"), "all pages are one feed"
    assert links["self"].endswith("&page=3") and links["first"] + "&page=2" == links["previous"]
    assert len(ids) == len(set(ids)) == 120, "60 reports, and 60 milestones that became overdue"


@pytest.mark.parametrize("question", ["page=0", "page=9", "page=x", "page=%F0%9F%98%80", "page=" + "9" * 5000])
def test_a_page_that_does_not_exist_is_not_found(client, record, question):
    assert client.get(f"/plans/kr-5/overdue.atom?{question}").status_code == 404


@pytest.mark.parametrize("address", ["/plans/none/updates.atom", "/plans/kr-5/themes/none/overdue.atom"])
def test_what_does_not_exist_has_no_feed(client, record, address):
    assert client.get(address).status_code == 404


def test_a_day_that_cannot_be_read_is_answered_with_the_form(client, record):
    assert client.get("/plans/kr-5/updates.atom?as_of=soon").status_code == 400


def test_a_feed_of_nothing_is_a_feed(client):
    plan = make_plan(make_member())
    feed = atom(client.get(f"/plans/{plan.slug}/updates.atom"), "en")
    assert entries_of(feed) == [] and said(feed, "updated") == "2011-09-20T00:00:00Z"


def test_the_training_member_is_followed_by_name_alone(client):
    world = World(is_fictional=True)
    world.report(date(2021, 5, 1))
    feed = world.feed(client)
    assert entries_of(feed) and said(feed, "title").startswith("Fictional, for training: ")
    assert world.plan.title not in client.get("/updates.atom?as_of=2021-05-01").content.decode()


def test_pages_name_their_feeds_in_their_heads(client, record):
    page = client.get("/plans/kr-5/commitments/3/").content.decode()
    assert '<link rel="alternate" type="application/atom+xml"' in page
    assert 'href="/plans/kr-5/commitments/3/updates.atom"' in page
    assert 'href="/ko/plans/kr-5/overdue.atom"' in client.get("/ko/plans/kr-5/").content.decode()
    assert 'href="/updates.atom"' in client.get("/plans/").content.decode()
