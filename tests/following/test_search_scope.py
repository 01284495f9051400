"""The results of a search are something to follow, at addresses of the same endings."""

import pytest
from django.test import override_settings

from following.models import Subscription
from tests.following.reading import atom, calendar, entries_of, events_of, said

pytestmark = pytest.mark.django_db
DAY = "as_of=2021-11-15"


@pytest.mark.parametrize(("prefix", "language"), [("", "en"), ("/ko", "ko")])
def test_what_became_overdue_among_the_results_is_a_feed(client, record, prefix, language):
    feed = atom(client.get(f"{prefix}/search/overdue.atom?q=diversity&{DAY}"), language)
    titles = [said(entry, "title") for entry in entries_of(feed)]
    assert len(titles) == 3  # of commitment 2-1, by the plan's own dates
    assert not entries_of(atom(client.get(f"{prefix}/search/overdue.atom?q=xylophone&{DAY}"), language))


def test_deadlines_of_the_results_are_a_calendar(client, record):
    events = events_of(calendar(client.get(f"/search/deadlines.ics?q=whistleblower&{DAY}")))
    milestones = record.plans.get(number=5).commitments.get(number="6").milestones
    assert len(events) == sum(milestone.deadlines.count() for milestone in milestones.all())


def test_changes_of_the_results_are_a_page(client, record):
    shown = client.get("/search/changes/?q=diversity&since=2021-06-01&until=2021-11-15").content.decode()
    assert "Enhance gender diversity" in shown
    assert "Engage youth" not in shown


@override_settings(SITE_URL="https://tracker.example.org")
def test_a_search_can_be_followed_by_mail(client, record):
    form = client.get("/search/follow/?q=diversity")
    assert form.status_code == 200
    assert "diversity" in form.content.decode()
    assert not Subscription.objects.exists()


def test_the_page_of_results_offers_it_with_its_question(client, record):
    shown = client.get("/search/?q=diversity&plan=kr-5").content.decode()
    assert "/search/updates.atom?plan=kr-5&amp;q=diversity" in shown
    assert "/search/follow/?plan=kr-5&amp;q=diversity" in shown


def test_everything_is_no_search(client, record):
    assert client.get("/search/updates.atom").status_code == 404
