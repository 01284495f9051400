"""Answers made from compiled statements: the same as the serializers', never older than the record, few queries."""

import json
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commitments.kept import KEPT
from commitments.models import Commitment, Member
from commitments.record_api import DocumentViewSet, InstitutionViewSet
from commitments.statements import PREPARED, Among, Slot, Statement
from milestones.api import CommitmentViewSet, MemberViewSet, PlanViewSet
from tests.files import content
from tests.world import make_commitment, make_world

API = "/api/v1/"
QUICK = {
    "members": MemberViewSet,
    "institutions": InstitutionViewSet,
    "documents": DocumentViewSet,
    "plans": PlanViewSet,
    "commitments": CommitmentViewSet,
}
KOREA = "plan=kr-5&as_of=2021-11-15"


def asked(client, address: str) -> tuple[dict, list[str]]:
    """The answer, and the statements that it took."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(f"{API}{address}")
    assert response.status_code == 200, response.content
    return response.json(), [query["sql"] for query in captured]


# The same as the serializers describe ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", QUICK)
def test_every_row_is_written_as_its_serializer_writes_it(client, record, name):
    """Whole lists are written by the serializers, from instances."""
    lines = content(client.get(f"{API}{name}.ndjson")).decode().splitlines()
    by_serializer = [json.loads(line) for line in lines]
    rows, page = [], f"{API}{name}/?page_size=200"
    while page:
        found = client.get(page).json()
        rows, page = rows + found["results"], found["next"]
    assert rows and rows == by_serializer and found["count"] == len(rows)
    assert all(list(row) == list(QUICK[name].serializer_class().fields) for row in rows)
    for row in (rows[0], rows[-1]):
        assert client.get(row["url"]).json() == row


@pytest.mark.parametrize("query", [KOREA, "plan=kr-4&as_of=2019-06-30", "unit=commitments", "overdue=true&page_size=3"])
def test_filters_and_the_day_are_those_of_the_serializers_rows(client, record, query):
    lines = content(client.get(f"{API}commitments.ndjson?{query.removesuffix('&page_size=3')}")).decode().splitlines()
    found = client.get(f"{API}commitments/?{query}").json()
    assert found["results"] == [json.loads(line) for line in lines][: len(found["results"])]
    assert found["count"] == len(lines)


def test_a_question_that_no_row_can_answer_has_no_rows(client, record):
    """A number that no column holds; Django makes no statement of it."""
    for query in ("number=-9007199254740993", "number=9223372036854775808&plan=kr-5"):
        assert asked(client, f"plans/?{query}")[0] == {"count": 0, "next": None, "previous": None, "results": []}
    pk = asked(client, "plans/kr-5/")[0]["id"]
    assert client.get(f"{API}plans/{pk}/?number=9223372036854775808").status_code == 404


def test_every_page_of_a_list_has_its_own_rows(client, db):
    for _member in range(3):
        make_world(7)
    whole = asked(client, "commitments/?page_size=200&fields=id")[0]
    pages = [
        asked(client, f"commitments/?page_size=5&fields=id&page={n + 1}")[0] for n in range(-(-whole["count"] // 5))
    ]
    assert [row for page in pages for row in page["results"]] == whole["results"]


def test_who_leads_is_named_with_what_it_belongs_to_in_order(client, db):
    plan, *_others = make_world(1)
    row = plan.commitments.get()
    lead = row.involvements.get(role="lead").institution
    row.involvements.create(institution=lead.parent, role="lead", position=9)
    found = asked(client, f"commitments/{row.pk}/")[0]
    assert found["lead_institutions"] == [f"{lead.name}, {lead.parent.name}", lead.parent.name]


# Never older than the record ------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_statements_are_kept_and_rows_are_not(client, record):
    KEPT.state = None
    first, _statements = asked(client, f"commitments/?{KOREA}")
    for _time in range(2):  # the state of the record, then the rows
        assert len(asked(client, f"commitments/?{KOREA}")[1]) == 2
    pk, another = [row["id"] for row in first["results"][:2]]
    asked(client, f"commitments/{pk}/")
    assert len(asked(client, f"commitments/{another}/")[1]) == 2
    Commitment.objects.filter(pk=pk).update(title="Another title")
    assert asked(client, f"commitments/?{KOREA}")[0]["results"][0]["title"] == "Another title"
    assert asked(client, f"commitments/{pk}/")[0]["title"] == "Another title"
    plan = Commitment.objects.get(pk=pk).plan
    make_commitment(plan, first_institution(plan), number="99")
    assert asked(client, f"commitments/?{KOREA}")[0]["count"] == first["count"] + 1
    plan.commitments.filter(number="99").delete()


def first_institution(plan):
    return plan.member.institutions.order_by("pk").first()


@pytest.mark.django_db(transaction=True)
def test_a_day_that_ends_is_another_day_for_kept_statements(client, record):
    before, _statements = asked(client, "commitments/?page_size=1")
    with mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=2)):
        after, _statements = asked(client, "commitments/?page_size=1")
    days = [found["results"][0]["as_of"] for found in (before, after)]
    assert days[0] < days[1]


@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_stays_wrong_beside_what_is_kept(client, record):
    pk = asked(client, "commitments/?page_size=1")[0]["results"][0]["id"]
    asked(client, f"commitments/{pk}/")
    for address in (
        "commitments/?page=",
        "commitments/?colour=red",
        f"commitments/{pk}/?page=1",
        "commitments/?fields=x",
    ):
        assert client.get(f"{API}{address}").status_code == 400, address
    for address in ("commitments/99999999/", "commitments/9999999999999999999999/", "commitments/x/", "plans/%00/"):
        assert client.get(f"{API}{address}").status_code == 404, address
    Member.objects.filter(slug="korea").update(slug="corea")
    assert client.get(f"{API}commitments/?member=korea").status_code == 400


# Few queries ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [1, 12])
def test_a_list_and_a_row_take_so_many_queries_when_nothing_is_kept(client, db, size):
    """As in a transaction: the state and the zones (ETag), the plan asked for, the zones (the day of the rows), whose
    rows there are and how many, the rows."""
    plan, *_others = make_world(size)
    numbers = {f"commitments/?plan={plan.slug}": 6, "commitments/": 5, f"commitments/{plan.commitments.first().pk}/": 4}
    numbers |= {f"plans/{plan.slug}/": 4, "plans/": 5, "members/": 5, f"members/{plan.member_id}/": 4}
    assert {address: len(asked(client, address)[1]) for address in numbers} == numbers


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares statements by itself")
@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_its_statements_anew(record):
    statement = Statement(Commitment.objects.filter(pk=Slot("key")).values("number"))
    pk = Commitment.objects.first().pk
    rows = statement.ask(key=pk)
    assert statement.name in PREPARED[connection.connection]
    connection.close()
    assert statement.ask(key=pk) == rows and len(rows) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is no server")
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_replaced_before_anybody_notices(client, record):
    asked(client, "plans/kr-5/")
    before = connection.connection
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [before.info.backend_pid])
    finally:
        other.close()
    connection.health_check_done = False  # as at the beginning of a request
    assert asked(client, "plans/kr-5/")[0]["slug"] == "kr-5"
    assert before.closed and connection.connection is not before


@pytest.fixture
def title_of_another_type():
    """``title_of_another_type()``: changes the type of a column as a migration does; changed back at the end."""
    field = Commitment._meta.get_field("title")

    def alter(kind):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE commitments_commitment ALTER COLUMN title TYPE {kind}")

    yield lambda: alter("varchar(5000)")
    alter(field.db_type(connection))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares statements by itself")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", ["the type of a column", "the session"])
def test_what_was_prepared_is_prepared_anew_when_it_holds_no_longer(client, record, title_of_another_type, lost):
    """As while a release is brought in: connections of the servers that go on serving are older than the tables."""
    address = f"commitments/{Commitment.objects.first().pk}/"
    before, _asked = asked(client, address)
    assert PREPARED[connection.connection]
    if lost == "the session":
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
    else:
        title_of_another_type()
    for _ in range(2):
        assert asked(client, address)[0] == before


# Statements -----------------------------------------------------------------------------------------------------------
def test_a_statement_gives_what_its_query_set_gives(record):
    columns = ["id", "number", "values", "ogp_id_inferred", "plan__starts_on"]
    rows = Commitment.objects.order_by("pk").values(*columns)
    keys = [row["id"] for row in rows[1:4]]
    statement = Statement(rows.filter(Among("pk", "keys")), sliced=True)
    assert statement.ask(keys=keys, limit=10, offset=0) == list(rows[1:4])
    assert statement.ask(keys=keys, limit=1, offset=1) == list(rows[2:3])
    assert statement.ask(keys=[], limit=1, offset=0) == []
    percent = Statement(Commitment.objects.filter(title__contains="100%_", pk=Slot("key")).values("id"))
    assert percent.ask(key=keys[0]) == []
