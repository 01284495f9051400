"""What is kept of one state of the record is made anew after every change, and is never older than the record."""

import re

import pytest
from django.db import connection, transaction

from commitments.kept import KEPT, MOST, kept
from commitments.models import Member
from search.triggers import RECORD
from tests.ogptracker.pages import ASSESSMENTS, LISTS
from tests.ogptracker.pages import RECORD as RECORD_PAGES
from tests.world import make_member


@pytest.fixture
def made():
    """How often an answer was made."""
    KEPT.state = None
    return []


def ask(made, key="names"):
    return kept(key, lambda: made.append(key) or set(Member.objects.values_list("name", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_made_once_until_the_record_changes(made):
    ask(made)
    assert ask(made) == ask(made) and made == ["names"]
    member = make_member(name="New")
    assert "New" in ask(made) and made == ["names"] * 2
    Member.objects.filter(pk=member.pk).update(name="Newer")
    assert "Newer" in ask(made) and "New" not in ask(made)


@pytest.mark.django_db(transaction=True)
def test_a_day_that_ends_makes_every_answer_anew(made, monkeypatch):
    ask(made)
    monkeypatch.setattr("commitments.moments.by_day", lambda zones, now: {})
    ask(made)
    assert made == ["names"] * 2


def test_inside_of_a_transaction_nothing_is_kept(made, db):
    with transaction.atomic():
        ask(made)
        make_member(name="Within")
        assert "Within" in ask(made) and made == ["names"] * 2


@pytest.mark.django_db(transaction=True)
def test_no_more_than_so_many_answers_are_kept(made):
    for number in range(MOST + 10):
        ask(made, number)
    assert len(KEPT.answers) == MOST and 0 not in KEPT.answers


@pytest.mark.django_db
def test_whatever_is_kept_is_of_tables_that_are_watched(record, client, monkeypatch):
    """A list of anything else would stay as it was until something else is written."""
    asked = []
    monkeypatch.setattr("commitments.kept.kept", lambda key, make: asked.append(key) or make())
    for place in [*RECORD_PAGES, *LISTS, *ASSESSMENTS]:
        client.get(place[0] if isinstance(place, tuple) else place)
    tables = set(connection.introspection.table_names())
    named = {name for _what, (statement, _values) in asked for name in re.findall(r'"(\w+)"', statement)} & tables
    assert {"commitments_commitment", "milestones_event", "assessments_publiccomment"} <= named
    assert named - set(RECORD) == set()
