"""What is kept of one state of the record is made anew after every change, and is never older than the record."""

import pytest
from django.db import transaction

from commitments.kept import KEPT, MOST, kept
from commitments.models import Member
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
    monkeypatch.setattr("commitments.kept.zones_by_day", lambda: {})
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
