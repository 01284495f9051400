"""Writing reports by programs: tokens, rights, drafts, editions, evidence, keys that make a request once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import idempotency, tasks, tokens
from accounts.models import KeptAnswer, User
from milestones import services
from milestones.models import Event, Evidence, StatusUpdate
from tests.world import END, START, make_institution, make_member, make_report, make_user, make_world

API = "/api/v1/status-updates/"
WRITE, READ = "report:write", "read"
PDF = b"%PDF-1.7\n%..."


def token_of(user, *scopes) -> str:
    now = timezone.now()
    return tokens.make(user, "tests", list(scopes or (READ, WRITE)), now + timedelta(days=1), now)[1]


def ask(method, address, token="", body=None, status=200, **headers):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    response = getattr(Client(enforce_csrf_checks=True), method)(address, headers=headers, **sent)
    assert response.status_code == status, response.content
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
    return response


def fields_at_fault(response) -> list[str]:
    return [error["field"] for error in response.json()["errors"]]


@pytest.fixture
def world(db):
    """A plan under way, its editor, and a head who reviews."""
    plan, editor, head = make_world(1)
    plan.starts_on, plan.ends_on = START, END.replace(year=END.year + 10)
    plan.save()
    return plan, editor, head


@pytest.fixture
def milestone(world):
    return world[0].commitments.get().milestones.get()


@pytest.fixture
def token(world):
    return token_of(world[1])


@pytest.fixture
def body(milestone):
    facts = {"milestone": milestone.pk, "on_date": "2021-08-01", "status": "completed", "what_was_done": "It is done."}
    return facts | {"links": [{"title": "The page", "url": "https://example.org/done"}]}


# From nothing to a public report --------------------------------------------------------------------------------------
def test_a_report_is_begun_mended_and_handed_in_and_a_person_approves_it(world, token, body):
    _plan, editor, head = world
    made = ask("post", API, token, body, 201, **{"X-Request-Id": "11111111-2222-4333-8444-555555555555"})
    row = made.json()
    assert made["Location"] == row["url"] and made["ETag"] == f'"{row["id"]}-1"'
    assert (row["review"], row["is_own"], row["evidence"][0]["address"]) == ("draft", True, "https://example.org/done")
    changed = ask("patch", row["url"], token, {"what_was_done": "Done, in July."}, **{"If-Match": made["ETag"]})
    assert changed["ETag"] == f'"{row["id"]}-2"'
    request_id = "99999999-2222-4333-8444-555555555555"
    handed_in = ask("post", f"{row['url']}submit/", token, {}, **{"X-Request-Id": request_id})
    assert handed_in.json()["review"] == "submitted"
    event = Event.objects.get(action="submitted")
    assert (event.actor, event.institution, str(event.request_id)) == (editor, editor.institution, request_id)
    services.approve(StatusUpdate.objects.get(pk=row["id"]), head)
    assert ask("get", row["url"], token).json()["review"] == "approved"


def test_what_is_missing_is_named_at_its_field_when_it_is_handed_in(token, body):
    row = ask("post", API, token, body | {"what_was_done": "", "links": []}, 201).json()
    problem = ask("post", f"{row['url']}submit/", token, {}, 400)
    assert set(fields_at_fault(problem)) == {"what_was_done", "status"}
    assert StatusUpdate.objects.get(pk=row["id"]).review == "draft"


WRONG = [
    ({"milestone": 10**15}, "milestone"),
    ({"milestone": "first"}, "milestone"),
    ({"status": "done"}, "status"),
    ({"on_date": "soon"}, "on_date"),
    ({"review": "approved"}, "review"),
    ({"author": 1}, "author"),
    ({"as_co_owner": True}, "as_co_owner"),
    ({"deadline": 10**15}, "deadline"),
    ({"links": [{"title": "A"}]}, "links.0.url"),
    ({"links": [{"title": "A", "url": "javascript:alert(1)"}]}, "links.0.url"),
    ({"what_was_done": "a\x00b"}, "what_was_done"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG, ids=[field for _w, field in WRONG])
def test_what_is_wrong_is_named_and_nothing_is_saved(token, body, wrong, field):
    before = StatusUpdate.objects.count()
    assert fields_at_fault(ask("post", API, token, body | wrong, 400)) == [field]
    assert (StatusUpdate.objects.count(), Evidence.objects.filter(title="A").count()) == (before, 0)


@pytest.mark.parametrize("sent", ["[]", "null", '"text"', "{", "7"])
def test_a_body_that_is_none_is_a_problem(token, sent):
    headers = {"Authorization": f"Bearer {token}"}
    response = Client().post(API, sent, content_type="application/json", headers=headers)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_a_deadline_of_another_milestone_is_refused(token, body):
    other, *_rest = make_world(1)
    deadline = other.commitments.get().milestones.get().deadlines.first()
    assert fields_at_fault(ask("post", API, token, body | {"deadline": deadline.pk}, 400)) == ["deadline"]


# Who may --------------------------------------------------------------------------------------------------------------
def test_without_a_token_nothing_is_seen_and_a_session_is_none(world, body):
    client = Client()
    client.force_login(world[1])
    for response in (client.get(API), client.post(API, body, content_type="application/json")):
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == 'Bearer realm="OGP tracker"'
    assert not StatusUpdate.objects.filter(review="draft").exists()


def test_a_token_without_the_scope_writes_nothing(world, body):
    reading, writing = token_of(world[1], READ), token_of(world[1], WRITE)
    ask("get", API, reading)
    ask("get", API, writing)
    assert "report:write" in ask("post", API, reading, body, 403).json()["detail"]
    ask("get", API, token_of(world[1], *[]), status=200)


@pytest.mark.parametrize("role", ["viewer", "irm"])
def test_roles_that_do_not_report_have_no_scope_to_give(db, role):
    user = make_user(role)
    with pytest.raises(ValueError):
        token_of(user, READ)
    now = timezone.now()
    bare = tokens.make(user, "tests", [], now + timedelta(days=1), now)[1]
    ask("get", API, bare, status=403)
    ask("get", "/api/v1/plans/", bare)


def test_a_change_of_role_holds_at_once(world, token, body):
    User.objects.filter(pk=world[1].pk).update(role="viewer")
    ask("post", API, token, body, 403)


def test_another_ministry_does_not_see_that_there_is_a_draft(world, token, body):
    plan, _editor, _head = world
    row = ask("post", API, token, body, 201).json()
    other = token_of(make_user("editor", make_institution(plan.member)))
    abroad = token_of(make_user("coordinator", make_institution(make_member())))
    for stranger in (other, abroad):
        assert ask("get", API, stranger).json()["count"] == 0
        ask("get", row["url"], stranger, status=404)
        ask("patch", row["url"], stranger, {"status": "limited"}, 404, **{"If-Match": "*"})
        ask("post", f"{row['url']}submit/", stranger, {}, 404)
        ask("post", f"{row['url']}evidence/", stranger, {"url": "https://example.org/"}, 404)
        assert fields_at_fault(ask("post", API, stranger, body, 400)) == ["milestone"]


def test_a_colleague_sees_a_draft_and_does_not_change_it(world, token, body):
    _plan, editor, _head = world
    row = ask("post", API, token, body, 201).json()
    colleague = token_of(make_user("editor", editor.institution))
    assert ask("get", row["url"], colleague).json()["is_own"] is False
    ask("patch", row["url"], colleague, {"status": "limited"}, 403, **{"If-Match": "*"})
    ask("post", f"{row['url']}submit/", colleague, {}, 403)
    ask("delete", f"{row['url']}evidence/{row['evidence'][0]['id']}/", colleague, status=403)


def test_a_ministry_does_not_see_what_a_co_owner_drafts(world, token, body, milestone):
    society = make_institution(world[0].member, kind="cso")
    milestone.commitment.involvements.create(institution=society, role="co_owner")
    row = ask("post", API, token_of(make_user("co_owner", society)), body, 201).json()
    assert row["as_co_owner"] is True
    ask("get", row["url"], token, status=404)


def test_what_was_handed_in_stays_as_it_is(world, token, body):
    row = ask("post", API, token, body, 201).json()
    ask("post", f"{row['url']}submit/", token, {})
    ask("patch", row["url"], token, {"status": "limited"}, 409, **{"If-Match": "*"})
    ask("post", f"{row['url']}submit/", token, {}, 409)
    ask("delete", f"{row['url']}evidence/{row['evidence'][0]['id']}/", token, status=409)


def test_answers_of_an_account_are_kept_by_no_cache_and_go_to_no_other_site(token):
    answer = ask("get", API, token, Origin="https://example.org")
    assert answer["Cache-Control"] == "private, no-store"
    preflight = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    allowed = Client().options(API, headers=preflight)["Access-Control-Allow-Headers"]
    assert "authorization" not in allowed.lower()


# Editions -------------------------------------------------------------------------------------------------------------
def test_nothing_is_overwritten_unseen(token, body):
    made = ask("post", API, token, body, 201)
    row = made.json()
    ask("patch", row["url"], token, {"status": "limited"}, 428)
    ask("patch", row["url"], token, {"status": "limited"}, **{"If-Match": made["ETag"]})
    ask("patch", row["url"], token, {"status": "substantial"}, 412, **{"If-Match": made["ETag"]})
    for stale in ("nonsense", '"1-1"', f'"{row["id"]}-99"'):
        ask("patch", row["url"], token, {"status": "substantial"}, 412, **{"If-Match": stale})
    assert StatusUpdate.objects.get(pk=row["id"]).status == "limited"
    ask("patch", row["url"], token, {"status": "substantial"}, **{"If-Match": f'W/"{row["id"]}-2", "x"'})
    ask("post", f"{row['url']}submit/", token, {}, 412, **{"If-Match": made["ETag"]})


def test_evidence_is_a_change_like_any_other(token, body):
    row = ask("post", API, token, body, 201).json()
    added = ask("post", f"{row['url']}evidence/", token, {"url": "https://example.org/more"}, 201)
    assert added["ETag"] == f'"{row["id"]}-2"'
    ask("delete", f"{row['url']}evidence/{added.json()['id']}/", token, status=412, **{"If-Match": f'"{row["id"]}-1"'})
    ask("delete", f"{row['url']}evidence/{added.json()['id']}/", token, status=204)
    assert ask("get", row["url"], token)["ETag"] == f'"{row["id"]}-3"'


# Files ----------------------------------------------------------------------------------------------------------------
def upload(address, token, name, data, status=201, **more):
    file = SimpleUploadedFile(name, data)
    headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
    response = Client(enforce_csrf_checks=True).post(address, {"file": file} | more, headers=headers)
    assert response.status_code == status, response.content
    return response


@pytest.fixture
def draft(token, body):
    return ask("post", API, token, body | {"links": []}, 201).json()


def test_a_file_is_kept_with_its_digest_and_is_public_only_with_its_report(world, token, draft):
    evidence = upload(f"{draft['url']}evidence/", token, "minutes.pdf", PDF).json()
    assert (evidence["title"], evidence["content_type"], evidence["size"]) == (
        "minutes.pdf",
        "application/pdf",
        len(PDF),
    )
    assert len(evidence["sha256"]) == 64 and evidence["address"] is None
    ask("post", f"{draft['url']}submit/", token, {})
    services.approve(StatusUpdate.objects.get(pk=draft["id"]), world[2])
    address = ask("get", draft["url"], token).json()["evidence"][0]["address"]
    assert b"".join(Client().get(address).streaming_content) == PDF


def test_a_file_is_looked_at_as_in_the_form(token, draft, settings):
    address = f"{draft['url']}evidence/"
    for name, data in (("minutes.pdf", b"<html>"), ("run.exe", b"MZ"), ("empty.pdf", b"")):
        response = upload(address, token, name, data, 400)
        assert fields_at_fault(response) == ["file"]
    assert fields_at_fault(upload(address, token, "a.pdf", PDF, 400, review="approved")) == ["review"]
    settings.EVIDENCE_MAX_BYTES = 100
    assert fields_at_fault(upload(address, token, "long.pdf", PDF + b"x" * 200, 400)) == ["file"]
    upload(address, token, "huge.pdf", PDF + b"x" * 70_000, 413)
    assert not Evidence.objects.filter(update=draft["id"]).exists()


def test_what_is_neither_json_nor_a_form_is_refused(token, draft):
    headers = {"Authorization": f"Bearer {token}"}
    for address in (API, f"{draft['url']}evidence/"):
        response = Client().post(address, "a", content_type="text/plain", headers=headers)
        assert (response.status_code, response["Content-Type"]) == (415, "application/problem+json")


# Keys -----------------------------------------------------------------------------------------------------------------
def test_a_request_with_a_key_is_done_once(token, body):
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first, second = ask("post", API, token, body, 201, **key), ask("post", API, token, body, 201, **key)
    assert second.json() == first.json()
    assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
    assert "Idempotency-Replayed" not in first and second["Idempotency-Replayed"] == "true"
    ask("post", API, token, body | {"status": "limited"}, 422, **key)
    ask("post", API, token, body, 201)
    assert StatusUpdate.objects.filter(review="draft").count() == 2


def test_a_change_that_comes_again_is_answered_as_the_first_time(token, draft):
    headers = {"Idempotency-Key": "k", "If-Match": f'"{draft["id"]}-1"'}
    first = ask("patch", draft["url"], token, {"status": "limited"}, **headers)
    assert ask("patch", draft["url"], token, {"status": "limited"}, **headers).json() == first.json()
    assert StatusUpdate.objects.get(pk=draft["id"]).version == 2


def test_a_file_that_comes_again_is_kept_once(token, draft):
    key = {"headers": {"Idempotency-Key": "file"}}
    ids = {upload(f"{draft['url']}evidence/", token, "a.pdf", PDF, **key).json()["id"] for _n in range(2)}
    assert len(ids) == 1
    upload(f"{draft['url']}evidence/", token, "a.pdf", PDF + b"other", 422, **key)


def test_what_failed_used_up_no_key(token, body):
    ask("post", API, token, body | {"status": "done"}, 400, **{"Idempotency-Key": "k"})
    ask("post", API, token, body, 201, **{"Idempotency-Key": "k"})


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 201, "é"])
def test_what_is_no_key_is_refused(token, body, key):
    headers = {"HTTP_IDEMPOTENCY_KEY": key, "HTTP_AUTHORIZATION": f"Bearer {token}"}
    response = Client().post(API, json.dumps(body), content_type="application/json", **headers)
    assert response.status_code == 400 and fields_at_fault(response) == ["Idempotency-Key"]


def test_a_key_is_the_tokens_own_and_holds_for_a_day(world, token, body):
    key = {"Idempotency-Key": "k"}
    first = ask("post", API, token, body, 201, **key).json()
    assert ask("post", API, token_of(world[1]), body, 201, **key).json()["id"] != first["id"]
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=24))
    assert ask("post", API, token, body, 201, **key).json()["id"] != first["id"]
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=24))
    tasks.tidy()
    assert not KeptAnswer.objects.exists()


def test_if_the_answer_cannot_be_kept_nothing_was_done(token, body, monkeypatch):
    monkeypatch.setattr(idempotency, "keep", lambda *_args: 1 / 0)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    quiet = Client(raise_request_exception=False)
    assert quiet.post(API, json.dumps(body), content_type="application/json", headers=headers).status_code == 500
    assert not StatusUpdate.objects.filter(review="draft").exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_with_one_key_make_one_report(world, token, body):
    def send(_n):
        try:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "same"}
            return Client().post(API, json.dumps(body), content_type="application/json", headers=headers)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(12)))
    statuses = {answer.status_code for answer in answers}
    assert 201 in statuses and statuses <= {201, 409}, statuses
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert StatusUpdate.objects.filter(review="draft").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_changes_of_one_edition_at_once_one_of_which_is_told(world, token, body):
    row = ask("post", API, token, body, 201).json()

    def send(status):
        try:
            headers = {"Authorization": f"Bearer {token}", "If-Match": f'"{row["id"]}-1"'}
            sent = json.dumps({"status": status})
            return Client().patch(row["url"], sent, content_type="application/json", headers=headers).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(send, ["limited", "substantial"] * 3))
    assert answers == [200, 412, 412, 412, 412, 412]
    assert StatusUpdate.objects.get(pk=row["id"]).version == 2


# Lists ----------------------------------------------------------------------------------------------------------------
def test_a_list_is_filtered_paged_and_costs_the_same_for_many_rows(world, token, milestone):
    counts = []
    ask("get", API, token)  # the first use of a day is noted
    for size in (1, 3, 30):
        for _n in range(size):
            make_report(milestone, world[1], date(2021, 8, 1))
        with CaptureQueriesContext(connection) as captured:
            ask("get", f"{API}?page_size=50", token)
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts
    assert ask("get", f"{API}?review=draft&milestone={milestone.pk}", token).json()["count"] == 34
    assert ask("get", f"{API}?plan=none", token, status=400)
    assert ask("get", f"{API}?cursor=&page_size=5&fields=id", token).json()["count"] is None
