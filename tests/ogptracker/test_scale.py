"""The invented world of any size holds what the software itself would hold, and is always the same."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.db import connection

from accounts.models import User
from commitments.models import Commitment, Member
from milestones.clock import Sweep, flag_overdue
from milestones.freshness import check_freshness
from milestones.models import Milestone, OverdueNotice, OverduePeriod, StaleNotice, StatusUpdate
from milestones.periods import disagreeing, refresh
from milestones.readings import FIELDS, reading_of_words
from ogptracker.scale.maker import MODELS, PARTNERSHIP, Size
from ogptracker.scale.making import make_world, rows_of_member
from ogptracker.scale.stories import story
from search import index
from search.models import Change, Entry

ON = date(2026, 6, 15)
MEMBERS = 2


@pytest.fixture
def empty(db):
    """Takes the record out, until the end of the test."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    kept = {"django_content_type", "django_migrations", "auth_permission"}
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), [name for name in tables if name not in kept]):
            cursor.execute(statement)
    Change.objects.all().delete()  # noted by the triggers
    counted = sequences()
    yield
    with connection.cursor() as cursor:  # no transaction takes back how far a sequence has counted
        for name, number in counted:
            cursor.execute("SELECT setval(quote_ident(%s)::regclass, %s)", [name, number])


def sequences() -> list[tuple[str, int]]:
    """How far each sequence of PostgreSQL has counted."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        return cursor.fetchall()


@pytest.fixture
def world(empty):
    make_world(MEMBERS, ON)


@pytest.mark.parametrize("times", [1, 10])
def test_it_is_as_large_as_the_partnership(times):
    size = Size(PARTNERSHIP["members"] * times)
    assert {name: size.total(name) for name in PARTNERSHIP} == {n: times * rows for n, rows in PARTNERSHIP.items()}
    parts = [size.within("reports", number, "milestones") for number in range(size.total("milestones"))]
    assert sum(map(len, parts)) == size.total("reports")
    assert all(before.stop == after.start for before, after in zip(parts, parts[1:], strict=False))


def test_every_table_has_rows_that_keep_the_rules(world):
    connection.check_constraints()
    for model in MODELS:
        rows = list(model.objects.all()[:50])
        assert rows, model
        for row in rows:
            empty = {field.name for field in model._meta.fields if getattr(row, field.attname) in (None, "", [], {})}
            row.full_clean(exclude=empty, validate_unique=False)
    assert Commitment.objects.count() == Size(MEMBERS).total("commitments")
    assert StatusUpdate.objects.count() == Size(MEMBERS).total("reports")
    assert set(StatusUpdate.objects.values_list("review", flat=True)) == set(StatusUpdate.Review.values)


def test_what_is_overdue_and_stale_is_what_the_rules_say(world):
    assert OverduePeriod.objects.on(ON).exists() and OverdueNotice.objects.exists() and StaleNotice.objects.exists()
    assert refresh(Milestone.objects.all()) == 0
    for on in (ON, date(2023, 6, 1), date(2025, 9, 1)):
        assert not disagreeing(on).exists()
    assert flag_overdue(ON) == Sweep(flagged=0, cleared=0)
    assert check_freshness(ON) == Sweep(flagged=0, cleared=0)


def test_milestones_are_read_as_their_words_are_read(world):
    for milestone in Milestone.objects.select_related("commitment__plan__member").prefetch_related("deadlines"):
        reading = reading_of_words(milestone, milestone.commitment.plan)
        names = ["precision" if name == "due_precision" else name for name in FIELDS[:-1]]
        assert [getattr(milestone, name) for name in FIELDS[:-1]] == [getattr(reading, name) for name in names]
        read = [(row.starts_on, row.due_on) for row in milestone.deadlines.all() if row.amends_id is None]
        assert read == [(due.starts_on, due.due_on) for due in reading.deadlines]


def test_the_search_finds_all_of_it(world):
    assert not Change.objects.exists()
    assert index.rebuild() == 0
    for entry in Entry.objects.all():
        held = entry.title_terms, entry.terms, entry.spelled
        index.with_terms(entry)
        assert held == (entry.title_terms, entry.terms, entry.spelled)


def test_the_same_number_and_day_give_the_same_rows():
    first = rows_of_member(Size(MEMBERS), ON, 1)
    story.cache_clear()
    assert rows_of_member(Size(MEMBERS), ON, 1) == first
    assert rows_of_member(Size(MEMBERS), date(2026, 6, 16), 1) != first


def test_it_goes_on_behind_the_last_key(world):
    assert Member.objects.create(code="ZZ", slug="new", name="New").pk == MEMBERS + 1


def test_a_database_with_anything_of_a_record_is_refused(empty):
    Member.objects.create(code="ZZ", slug="real", name="Real")
    with pytest.raises(CommandError, match="holds members already. Nothing was written"):
        call_command("make_scale_data", members=1)
    assert Member.objects.count() == 1 and not User.objects.exists()


@pytest.mark.parametrize("words", [{"members": 0}, {"on": "yesterday"}, {"processes": 0}])
def test_what_cannot_be_made_is_refused(words, db):
    with pytest.raises(CommandError):
        call_command("make_scale_data", **words)
