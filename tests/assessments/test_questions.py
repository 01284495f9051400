"""Questions on a commitment: without an account, looked at by a person, owed a response by a named office."""

import csv
import io
import time
from datetime import date, timedelta

import pytest
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assessments import comment_forms, comments
from assessments.comment_models import PublicComment
from search import index
from search.models import Entry
from tests.world import make_commitment, make_institution, make_user, make_world

DAY = date(2022, 3, 1)


@pytest.fixture
def today(monkeypatch):
    days = [DAY]
    monkeypatch.setattr(comments, "local_date", lambda _zone: days[-1])
    return days


@pytest.fixture
def world(db, today):
    """A plan whose member has a coordinating ministry in the record."""
    plan, editor, head = make_world(2)
    plan.member.point_of_contact = make_institution(plan.member, name="Coordinating Ministry")
    plan.member.save()
    return plan, editor, head


@pytest.fixture
def commitment(world):
    return world[0].commitments.order_by("position").first()


@pytest.fixture
def coordinator(world):
    return make_user("coordinator", world[0].member.point_of_contact)


def opened(seconds_ago: int = 60) -> str:
    return signing.dumps(int(time.time()) - seconds_ago, salt=comment_forms.OPENED)


def send(client, commitment, **words):
    data = {"text": "When will it open?", "name": "", "website": "", "opened": opened()} | words
    return client.post(f"{commitment.get_absolute_url()}ask/", data)


def ask(commitment, text="When will it open?") -> PublicComment:
    comments.receive(PublicComment(commitment=commitment, text=text))
    return PublicComment.objects.get(commitment=commitment, text=text)


def page(client, commitment, on=None) -> str:
    return client.get(commitment.get_absolute_url(), {"as_of": (on or DAY).isoformat()}).content.decode()


def test_a_question_waits_and_then_a_named_office_owes_a_response_within_30_days(
    client, world, commitment, coordinator
):
    assert send(client, commitment).status_code == 302
    question = PublicComment.objects.get()
    lead = commitment.involvements.get(role="lead").institution
    assert (question.state, question.owed_by, question.respond_by) == ("waiting", lead, DAY + timedelta(30))
    shown = page(client, commitment)
    assert "When will it open?" not in shown
    assert "1 waits to be looked at" in shown

    comments.let_through(question, coordinator)
    shown = page(client, commitment)
    assert "When will it open?" in shown
    assert "1 without a response" in shown
    assert lead.name in shown


def test_without_a_lead_the_coordinating_ministry_owes_the_response(commitment):
    commitment.involvements.all().delete()
    assert ask(commitment).owed_by == commitment.plan.member.point_of_contact


def test_where_nobody_could_look_at_them_no_questions_are_taken(client, db):
    commitment = make_world(1)[0].commitments.get()
    assert client.get(f"{commitment.get_absolute_url()}ask/").status_code == 404
    assert "Questions are not taken here" in page(client, commitment)


def test_the_page_of_an_earlier_day_holds_what_was_public_then(client, commitment, coordinator, today):
    question = ask(commitment)
    today.append(DAY + timedelta(2))
    comments.let_through(question, coordinator)
    today.append(DAY + timedelta(40))
    comments.respond(question, coordinator, "In spring.", "")

    assert "When will it open?" not in page(client, commitment, DAY + timedelta(1))
    then = page(client, commitment, DAY + timedelta(31))
    assert "When will it open?" in then and "In spring." not in then
    assert "1 of them is past its day" in then
    assert "past its day" not in page(client, commitment, DAY + timedelta(30))
    assert "In spring." in page(client, commitment, DAY + timedelta(40))


def test_the_head_of_the_lead_answers_and_others_do_not(world, commitment, coordinator):
    question = ask(commitment)
    head = world[2]
    with pytest.raises(PermissionDenied):
        comments.let_through(question, head)
    comments.let_through(question, coordinator)
    stranger = make_user("head", make_institution(world[0].member))
    with pytest.raises(PermissionDenied):
        comments.respond(question, stranger, "No.", "")
    assert comments.respond(question, head, "In spring.", "").responded_for == head.institution


def test_the_list_counts_in_public_what_each_office_owes(client, world, commitment, coordinator, today):
    late, in_time = ask(commitment, "First?"), ask(commitment, "Second?")
    other = ask(world[0].commitments.order_by("position").last(), "Third?")
    ask(commitment, "Not looked at yet")
    for question in (late, in_time, other):
        comments.let_through(question, coordinator)
    comments.respond(other, coordinator, "Yes.", "")
    PublicComment.objects.filter(pk=in_time.pk).update(respond_by=DAY + timedelta(60))
    asked = {"plan": world[0].slug, "as_of": (DAY + timedelta(31)).isoformat()}

    answer = client.get("/questions/", asked)
    offices = {row["office"].pk: row for row in answer.context["offices"]}
    row = offices[late.owed_by_id]
    assert (row["overdue_count"], row["owed_count"], row["answered_count"]) == (1, 1, 0)
    assert offices[other.owed_by_id]["answered_count"] == 1
    assert "Not looked at yet" not in answer.content.decode()
    assert client.get("/questions/", asked | {"answer": "overdue"}).context["rows"].paginator.count == 1

    lines = b"".join(client.get("/questions.csv", asked).streaming_content).decode()
    assert len(list(csv.reader(io.StringIO(lines)))) == 4


def test_questions_and_responses_are_found(commitment, coordinator):
    question = ask(commitment, "Is the quixotic archive open?")
    comments.let_through(question, coordinator)
    comments.respond(question, coordinator, "The marmalade reading room is.", "")
    index.refresh()
    assert "marmalad" in Entry.objects.get(kind="question").terms.split()
    comments_refused = ask(commitment, "Buy")
    comments.refuse(comments_refused, coordinator, "spam")
    index.refresh()
    assert Entry.objects.filter(kind="question").count() == 1


@pytest.mark.parametrize("moment", [0, 25 * 60 * 60])
def test_a_machine_that_sends_at_once_or_a_day_later_has_to_send_again(client, commitment, moment):
    answer = send(client, commitment, opened=opened(moment))
    assert answer.status_code == 400
    assert "When will it open?" in answer.content.decode()  # nothing that was typed is lost
    assert "Please send it once more" in answer.content.decode()
    assert not PublicComment.objects.exists()


def test_a_moment_that_is_not_ours_is_none(client, commitment):
    for forged in ("", "1700000000", opened() + "x", "x" * 10_000):
        assert send(client, commitment, opened=forged).status_code == 400
    assert not PublicComment.objects.exists()


def test_a_megabyte_is_refused_with_a_word_and_more_than_two_by_the_server(client, commitment):
    answer = send(client, commitment, text="x" * 1_000_000)
    assert answer.status_code == 400
    assert "5000" in answer.content.decode()
    assert send(client, commitment, text="x" * 3_000_000).status_code in (400, 413)
    assert not PublicComment.objects.exists()


def test_a_robot_that_posts_on_and_on_is_stopped(client, commitment):
    answers = [send(client, commitment, text=f"Question {n}").status_code for n in range(7)]
    assert answers == [302] * 5 + [400] * 2


def test_a_comment_is_on_one_thing(commitment):
    question = ask(commitment)
    for wrong in ({"commitment": None}, {"state": "public", "moderated_at": "2022-03-01T00:00Z", "public_on": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PublicComment.objects.filter(pk=question.pk).update(**wrong)


def test_the_list_costs_the_same_for_1_and_20_questions(client, world, coordinator):
    counts = []
    for size in (1, 20):
        plan = world[0]
        for n in range(size):
            office = make_institution(plan.member, parent=make_institution(plan.member))
            commitment = make_commitment(plan, office)
            comments.let_through(ask(commitment, f"{size} {n}?"), coordinator)
        client.get("/questions/", {"plan": plan.slug})
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/questions/", {"plan": plan.slug}).status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def test_of_many_offices_the_table_shows_those_that_owe_most_and_how_many_there_are(
    client, world, commitment, coordinator, monkeypatch
):
    monkeypatch.setattr("assessments.question_filters.MOST_OFFICES", 2)
    plan = world[0]
    offices = [make_institution(plan.member) for _ in range(4)]
    for number, office in enumerate(offices):
        for n in range(number + 1):
            comments.let_through(ask(make_commitment(plan, office), f"{number} {n}?"), coordinator)
    answer = client.get("/questions/", {"plan": plan.slug, "as_of": DAY.isoformat()})
    found = [(row["office"], row["owed_count"]) for row in answer.context["offices"]]
    assert found == [(offices[3], 4), (offices[2], 3)]
    assert "2 further offices, which owe no more than these, are not shown" in answer.content.decode()
    assert answer.context["rows"].paginator.count == 10
