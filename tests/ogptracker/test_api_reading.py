"""Reading by programs: cursors, chosen fields, conditional answers, whole lists, other sites, problems."""

import csv
import gc
import io
import json
import tracemalloc
from datetime import date, timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commitments import conditional
from commitments.change_models import FEW
from commitments.conditional import SETTLED
from commitments.exports import BYTE_ORDER_MARK
from commitments.models import Commitment, Member, RecordChange
from milestones.api import CommitmentSerializer
from search.triggers import RECORD
from tests.files import content
from tests.world import make_commitment, make_institution, make_world

API = "/api/v1/"
AS_OF = "as_of=2021-11-15"


def get(client, address: str, status: int = 200, **headers):
    response = client.get(f"{API}{address}", headers=headers)
    assert response.status_code == status, response.content
    return response


# Cursors --------------------------------------------------------------------------------------------------------------
def by_cursor(client, address: str, between=lambda: None) -> list[dict]:
    """All rows of a list, page by page; *between* happens after each page."""
    found, page = [], get(client, address).json()
    while True:
        assert page["count"] is None
        found += page["results"]
        between()
        if not page["next"]:
            return found
        page = client.get(page["next"]).json()


def test_a_cursor_gives_every_row_once_and_counts_nothing(client, record):
    with CaptureQueriesContext(connection) as captured:
        found = by_cursor(client, f"milestones/?plan=kr-5&page_size=10&cursor=&{AS_OF}")
    assert not any("COUNT(*)" in query["sql"] and "__count" in query["sql"] for query in captured)
    numbered = get(client, f"milestones/?plan=kr-5&page_size=200&{AS_OF}").json()["results"]
    ids = [row["id"] for row in found]
    assert len(ids) == 77 and ids == sorted(ids)
    assert {row["id"] for row in numbered} == set(ids)


def test_rows_added_and_deleted_meanwhile_move_no_page(client, db):
    plan, editor, _reviewer = make_world(12)
    first = plan.commitments.order_by("pk").first()
    before = set(plan.commitments.values_list("pk", flat=True))

    def between():
        # Above all others in the order of the numbered list, which would push a row onto the next page.
        make_commitment(plan, editor.institution, position=0)
        plan.commitments.filter(pk=first.pk).update(position=999)

    found = [row["id"] for row in by_cursor(client, f"commitments/?plan={plan.slug}&page_size=5&cursor=", between)]
    assert len(found) == len(set(found))
    assert before <= set(found)


def test_a_cursor_goes_back_to_where_it_came_from(client, db):
    plan, *_others = make_world(5)
    first = get(client, f"commitments/?plan={plan.slug}&page_size=2&cursor=").json()
    second = client.get(first["next"]).json()
    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert first["previous"] is None


@pytest.mark.parametrize(
    "cursor", ["x", "cD1hYmM=", "cD0lMDA=", "bz01", "%00", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "ü"]
)
def test_what_is_no_cursor_is_a_problem_of_that_parameter(client, record, cursor):
    problem = get(client, f"milestones/?cursor={cursor}", 400).json()
    assert [error["field"] for error in problem["errors"]] == ["cursor"]


def test_pages_by_a_cursor_have_no_numbers(client, record):
    problem = get(client, "milestones/?cursor=&page=2", 400).json()
    assert [error["field"] for error in problem["errors"]] == ["page"]


# Fields ---------------------------------------------------------------------------------------------------------------
LISTS = ["members", "institutions", "documents", "plans", "commitments", "milestones", "self-assessments"]
LISTS += ["irm-codings", "codebooks", "reports"]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_and_every_row_gives_the_fields_that_are_asked_for(client, record, name):
    whole = get(client, f"{name}/?page_size=1").json()["results"]
    for field in whole[0] if whole else []:
        assert get(client, f"{name}/?page_size=1&fields={field}").json()["results"] == [{field: whole[0][field]}]
    if whole:
        row = client.get(f"{whole[0]['url']}?fields=url,id").json()
        assert row == {"id": whole[0]["id"], "url": whole[0]["url"]}


def test_an_unknown_field_is_a_problem_that_names_those_there_are(client, record):
    for address in ("commitments/?fields=number,colour", "plans/kr-5/?fields=colour", "codebooks/?fields=colour"):
        (error,) = get(client, address, 400).json()["errors"]
        assert error["field"] == "fields" and "colour" in error["detail"]


# Answers that need not be made again ----------------------------------------------------------------------------------
@pytest.fixture
def settled(monkeypatch):
    """As if the last change were some time ago, so that answers bear its moment."""
    monkeypatch.setattr(conditional, "SETTLED", -3600)


CONDITIONAL = [*(f"{name}/" for name in LISTS), "search/?q=budget", "plans/kr-5/", f"commitments/?{AS_OF}"]
CONDITIONAL += ["commitments/?format=ndjson", "commitments.csv"]


@pytest.mark.parametrize("address", CONDITIONAL)
def test_an_answer_that_the_reader_has_is_not_made_again(client, record, settled, address):
    first = get(client, address)
    assert first["ETag"] and first["Last-Modified"]
    assert first["Cache-Control"] == "public, max-age=60"
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        with CaptureQueriesContext(connection) as captured:
            again = get(client, address, 304, **headers)
        assert len(captured) == 2, "the state of the record, and the members' days"
        assert (again.content, again["ETag"]) == (b"", first["ETag"])
    assert get(client, address, 304, **{"If-None-Match": "*"})
    assert get(client, address, 200, **{"If-None-Match": '"other"'})


def test_each_address_and_form_has_its_own_etag(client, record):
    addresses = [f"plans/?{AS_OF}", "plans/", "plans/kr-5/", "plans/?fields=slug", "plans/?format=csv", "plans.csv"]
    assert len({get(client, address)["ETag"] for address in addresses}) == len(addresses)
    by_accept = client.get(f"{API}plans/", headers={"Accept": "text/csv"})
    assert by_accept["ETag"] != get(client, "plans/")["ETag"]
    assert "Accept" in by_accept["Vary"]


def test_a_wrong_question_is_a_problem_whatever_the_reader_has(client, record):
    for headers in ({"If-None-Match": "*"}, {"If-None-Match": get(client, "plans/")["ETag"]}):
        assert "ETag" not in get(client, "plans/?number=five", 400, **headers)


def test_any_change_of_the_record_makes_another_etag(client, record):
    first = get(client, "commitments/")
    Commitment.objects.filter(ogp_id="KR0053").update(title="Another title")
    second = get(client, "commitments/", 200, **{"If-None-Match": first["ETag"]})
    assert second["ETag"] != first["ETag"]


def test_a_day_that_ends_somewhere_makes_another_etag(client, record, settled):
    """Nothing was written, but what is overdue today is not what was overdue yesterday."""
    first = get(client, "milestones/")
    later = timezone.now() + timedelta(days=1)
    with mock.patch("django.utils.timezone.now", return_value=later):
        second = get(client, "milestones/", 200, **{"If-None-Match": first["ETag"]})
        get(client, "milestones/", 200, **{"If-Modified-Since": first["Last-Modified"]})
        assert second["ETag"] != first["ETag"] and second["Last-Modified"] != first["Last-Modified"]


def test_days_are_those_of_the_members_not_of_the_server(client, record):
    """Seoul's day ends at 15:00 UTC."""
    etags = []
    for hour, minute in ((14, 59), (15, 0), (15, 1)):
        now = timezone.now().replace(hour=hour, minute=minute, second=0)
        with mock.patch("django.utils.timezone.now", return_value=now):
            etags.append(get(client, "plans/kr-5/")["ETag"])
    assert etags[0] != etags[1] == etags[2]


def test_a_change_of_the_code_makes_another_etag(client, record, monkeypatch):
    first = get(client, "plans/")["ETag"]
    monkeypatch.setattr(conditional, "code", lambda: ("another", 0.0))
    assert get(client, "plans/")["ETag"] != first


def test_a_fresh_change_bears_no_moment_as_a_second_one_might_bear_the_same(client, record):
    Member.objects.filter(code="KR").update(name="Korea")
    RecordChange.objects.update(at=timezone.now())
    assert "Last-Modified" not in get(client, "plans/")
    RecordChange.objects.update(at=timezone.now() - timedelta(seconds=SETTLED + 1))
    assert "Last-Modified" in get(client, "plans/")


# What was written -----------------------------------------------------------------------------------------------------
def tables_read(client) -> set[str]:
    with CaptureQueriesContext(connection) as captured:
        for name in LISTS:
            for row in get(client, f"{name}/").json()["results"][:1]:
                client.get(row["url"])
        get(client, f"search/?q=budget&{AS_OF}")
        get(client, f"milestones/?overdue=true&{AS_OF}&policy_area=open-data", 200 if has_policy_area() else 400)
        statements = [query["sql"] for query in captured]
    if connection.vendor == "postgresql":  # of those that are prepared the log has the name alone
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements")
            statements += [text for (text,) in cursor.fetchall()]
    tables = connection.introspection.table_names()
    return {table for table in tables for statement in statements if f'"{table}"' in statement}


def has_policy_area() -> bool:
    return Commitment.policy_areas.through.objects.filter(policyarea__slug="open-data").exists()


def test_whatever_the_api_reads_is_watched(client, record):
    read = tables_read(client) - {RecordChange._meta.db_table}
    assert len(read) > 12
    assert read - set(RECORD) == set()


@pytest.mark.parametrize("table", RECORD)
def test_writing_to_any_table_of_the_record_is_noted(db, table):
    """An UPDATE that changes nothing in value is a write like any other; each table of the record has a row or gets
    the statement all the same on PostgreSQL, which counts statements."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        if connection.vendor == "sqlite" and not cursor.fetchone()[0]:
            pytest.skip("no row to write to in this table")
        before = RecordChange.objects.state()
        cursor.execute(f"UPDATE {table} SET id = id")
    assert RecordChange.objects.state() != before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
@pytest.mark.django_db(transaction=True)
def test_a_slow_writer_is_noted_though_a_quicker_one_came_before_it(record):
    """The slow one has the lower key and is committed last: the highest key alone would not tell."""
    slow, states = connection.copy(), [RecordChange.objects.state()]
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute("UPDATE commitments_theme SET title = title")
            cursor.execute("UPDATE commitments_actionplan SET title = title")
        Member.objects.filter(code="KR").update(name="Korea")
        states.append(RecordChange.objects.state())
        slow.commit()
        states.append(RecordChange.objects.state())
    finally:
        slow.close()
    assert len(set(states)) == 3
    assert states[2].newest == states[1].newest and states[2].number == states[1].number + 1
    assert states[2].at > states[1].at, "dated when it is committed"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps one row")
@pytest.mark.django_db(transaction=True)
def test_changes_are_folded_unless_somebody_is_writing(record):
    RecordChange.objects.bulk_create([RecordChange(at=timezone.now()) for _n in range(FEW + 1)])
    before, writer = RecordChange.objects.state(), connection.copy()
    try:
        writer.set_autocommit(False)
        with writer.cursor() as cursor:
            cursor.execute("UPDATE commitments_theme SET title = title")
        assert RecordChange.objects.fold() == 0
        writer.rollback()
    finally:
        writer.close()
    assert RecordChange.objects.fold() > FEW
    after = RecordChange.objects.state()
    assert after.number == 1 and after.newest > before.newest
    assert RecordChange.objects.fold() == 0


# Whole lists ----------------------------------------------------------------------------------------------------------
BULK = ["members", "institutions", "documents", "plans", "commitments", "milestones", "self-assessments", "irm-codings"]


@pytest.mark.parametrize("name", BULK)
def test_a_whole_list_is_the_pages_rows(client, record, name):
    rows = get(client, f"{name}/?page_size=200&{AS_OF if name in ('plans', 'commitments') else ''}").json()["results"]
    query = f"?{AS_OF}" if name in ("plans", "commitments") else ""
    response = get(client, f"{name}.ndjson{query}")
    assert response["Content-Type"] == "application/x-ndjson"
    assert response["Content-Disposition"].endswith('.ndjson"')
    lines = content(response).decode().splitlines()
    assert [json.loads(line) for line in lines[: len(rows)]] == rows


def test_csv_has_the_same_values_and_no_formula(client, db):
    plan, editor, _reviewer = make_world(1)
    division = make_institution(plan.member, name="=1+1")
    make_commitment(plan, division, title="-1", number="9-9", description='Two\nlines, "quoted"')
    text = content(get(client, f"commitments.csv?plan={plan.slug}")).decode()
    assert text.startswith(BYTE_ORDER_MARK)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))
    row = next(row for row in rows if row["number"] == "9-9")
    assert (row["title"], row["lead_institutions"]) == ("'-1", "'=1+1")
    assert row["description"] == 'Two\nlines, "quoted"'
    assert (row["ogp_id_inferred"], row["ogp_id"]) == ("false", "")
    assert json.loads(row["source"]) == {"document": None, "section": ""}


def test_a_whole_list_obeys_filters_fields_and_the_day(client, record):
    lines = content(get(client, f"milestones.ndjson?plan=kr-5&overdue=true&fields=id,overdue&{AS_OF}")).splitlines()
    assert len(lines) == 20
    assert all(json.loads(line).keys() == {"id", "overdue"} for line in lines)
    problem = get(client, "milestones/?format=csv&page=2", 400).json()
    assert [error["field"] for error in problem["errors"]] == ["page"]


def test_rows_of_a_whole_list_link_to_json(client, record):
    (line, *_more) = content(get(client, "plans.ndjson")).splitlines()
    assert client.get(json.loads(line)["url"]).json()["id"] == json.loads(line)["id"]


def test_head_reads_no_row_of_a_whole_list(client, record):
    with CaptureQueriesContext(connection) as captured:
        response = client.head(f"{API}milestones.ndjson")
        assert content(response) == b""
    assert not any('FROM "milestones_milestone"' in query["sql"] for query in captured)


def taken(client, address: str) -> tuple[int, int]:
    """Bytes of the answer, and the most memory that making it took."""
    length = 0
    response = get(client, address)
    tracemalloc.start()
    for number, piece in enumerate(response.streaming_content):
        length += len(piece)
        if number % 20 == 0:
            gc.collect()  # rows and what they link to are circles: else it is chance when they go
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return length, most


@pytest.mark.once
def test_a_list_ten_times_as_long_needs_the_same_memory(client, db):
    plan, editor, _reviewer = make_world(1)
    lead, text = editor.institution, "What is promised. " * 100
    rows = [Commitment(plan=plan, position=n + 1000, number=f"x{n}", title="T", description=text) for n in range(6000)]
    Commitment.objects.bulk_create(rows[:600])
    short, memory = taken(client, f"commitments.ndjson?plan={plan.slug}")
    Commitment.objects.bulk_create(rows[600:])
    long, more_memory = taken(client, f"commitments.ndjson?plan={plan.slug}")
    assert long > 9 * short
    assert more_memory < 2 * memory
    assert lead.pk


# Other sites ----------------------------------------------------------------------------------------------------------
def test_any_site_may_read_without_an_account(client, record):
    answer = get(client, "plans/", Origin="https://example.org")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert get(client, "plans/xx/", 404, Origin="https://example.org")["Access-Control-Allow-Origin"] == "*"


def test_a_browser_that_asks_first_is_told_that_other_sites_only_read(client, record):
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    answer = client.options(f"{API}plans/", headers=asked)
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "authorization" not in answer["Access-Control-Allow-Headers"].lower()
    posted = client.post(f"{API}plans/", headers={"Origin": "https://example.org"})
    assert "Access-Control-Allow-Origin" not in posted


def test_pages_are_for_no_other_site(client, record):
    assert "Access-Control-Allow-Origin" not in client.get("/", headers={"Origin": "https://example.org"})


def test_the_api_reads_no_cookie(client, coordinator):
    """Not even that of an account which still has to set up its second factor."""
    client.force_login(coordinator)
    with CaptureQueriesContext(connection) as captured:
        answer = get(client, "plans/")
    assert "Cookie" not in answer.get("Vary", "")
    assert not any("django_session" in query["sql"] for query in captured)


# Problems -------------------------------------------------------------------------------------------------------------
def problem_of(response, status: int) -> dict:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status and problem["title"] and problem["detail"] and problem["type"]
    return problem


def test_every_kind_of_error_is_a_problem(client, record, settings):
    quiet = Client(raise_request_exception=False)
    problem_of(client.get("/api/"), 404)
    problem_of(client.get("/api/v2/plans/"), 404)
    problem_of(client.get(f"{API}plans/kr-5/nothing/"), 404)
    assert problem_of(client.delete(f"{API}plans/"), 405) and client.delete(f"{API}plans/")["Allow"]
    problem_of(client.post(f"{API}schema/docs/"), 405)
    problem_of(client.get(f"{API}plans/", headers={"Accept": "text/html"}), 406)
    problem_of(client.get(f"{API}plans/", headers={"If-Match": '"other"'}), 412)
    problem_of(client.get(f"{API}plans/", headers={"Host": "evil.example"}), 400)
    problem_of(client.get(f"{API}plans.xml"), 404)
    assert problem_of(client.get(f"{API}plans/?format=xml"), 400)["errors"][0]["field"] == "format"
    with mock.patch("milestones.api.PlanViewSet.get_queryset", side_effect=RuntimeError):
        problem_of(quiet.get(f"{API}plans/"), 500)


def test_a_problem_is_kept_by_no_cache(client, record):
    assert "no-store" in get(client, "plans/xx/", 404)["Cache-Control"]


def test_the_day_of_a_plan_is_a_parameter_of_its_row_and_a_page_is_none(client, record):
    assert get(client, f"plans/kr-5/?{AS_OF}").json()["overdue_count"] == 20
    assert [e["field"] for e in get(client, "plans/kr-5/?page=2", 400).json()["errors"]] == ["page"]
    assert date.fromisoformat(get(client, f"commitments/?plan=kr-5&{AS_OF}").json()["results"][0]["as_of"])


def test_a_commitment_is_written_as_its_serializer_describes_it(db):
    """The API's pages are written without DRF's fields; whole lists by them, from instances."""
    client = Client()
    in_bulk = [json.loads(line) for line in content(client.get("/api/v1/commitments.ndjson")).splitlines()]
    paged = client.get("/api/v1/commitments/?page_size=200").json()["results"]
    assert paged and paged == in_bulk
    assert list(paged[0]) == CommitmentSerializer.Meta.fields
    assert client.get(f"/api/v1/commitments/{paged[-1]['id']}/").json() == paged[-1]
