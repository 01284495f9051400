"""Comments without an account: received for two weeks, looked at by a person, owed a response, counted in public."""

import time
from datetime import date, timedelta

import pytest
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from assessments import comment_forms, comments, prefilling, workflow
from assessments.comment_models import PublicComment
from assessments.models import SelfAssessment
from tests.world import make_institution, make_member, make_user, make_world

DAY = date(2022, 3, 1)


@pytest.fixture
def today(monkeypatch):
    days = [DAY]
    for module in (comments, workflow):
        monkeypatch.setattr(module, "local_date", lambda _zone: days[-1])
    return days


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The tests write faster than people do."""
    monkeypatch.setattr(comment_forms, "FEWEST_SECONDS", 0)


@pytest.fixture
def world(db):
    return make_world(2)


@pytest.fixture
def coordinator(world):
    return make_user("coordinator", world[1].institution)


@pytest.fixture
def assessment(world, today):
    found = prefilling.make(world[0], "end_of_term")[0]
    SelfAssessment.objects.filter(pk=found.pk).update(stage="public_comment", comment_from=DAY)
    found.refresh_from_db()
    return found


def opened(seconds_ago: int = 0) -> str:
    """What the form holds that was opened so long ago."""
    return signing.dumps(int(time.time()) - seconds_ago, salt=comment_forms.OPENED)


def send(client, assessment, **words):
    data = {
        "text": "Where are the figures?",
        "name": "A reader",
        "entry": "",
        "website": "",
        "opened": opened(),
    } | words
    return client.post(f"{assessment.get_absolute_url()}comment/", data)


@pytest.fixture
def received(client, assessment):
    assert send(client, assessment).status_code == 302
    return PublicComment.objects.get()


def page(client, assessment) -> str:
    return client.get(assessment.get_absolute_url()).content.decode()


def test_a_comment_waits_until_a_person_lets_it_through(client, assessment, received, coordinator):
    assert (received.state, received.respond_by) == ("waiting", DAY + timedelta(days=30))
    assert "Where are the figures?" not in page(client, assessment)
    comments.let_through(received, coordinator)
    shown = page(client, assessment)
    assert "Where are the figures?" in shown
    assert "1 comment · 1 without a response" in shown


def test_neither_address_nor_account_of_the_writer_is_kept(received):
    kept = {field.name for field in PublicComment._meta.fields}
    assert not kept & {"email", "address", "ip", "author", "user"}


def test_who_sends_the_same_twice_has_said_it_once(client, assessment, received):
    send(client, assessment, text="  where are the FIGURES? ", name="A reader")
    assert PublicComment.objects.count() == 1


def test_a_field_that_people_do_not_see_must_stay_empty(client, assessment):
    assert send(client, assessment, website="https://spam.example").status_code == 400
    assert not PublicComment.objects.exists()


def test_many_links_are_refused_and_what_was_typed_stays(client, assessment):
    answer = send(client, assessment, text="Buy " + "https://a.example " * 4)
    assert answer.status_code == 400
    assert "at most 3 links" in answer.content.decode()
    assert "https://a.example" in answer.content.decode()


def test_too_many_comments_from_one_address_have_to_wait(client, assessment):
    answers = [send(client, assessment, text=f"Comment {n}").status_code for n in range(7)]
    assert answers == [302] * 5 + [400] * 2
    assert PublicComment.objects.count() == 5


def test_text_is_only_text_on_the_page(client, assessment, coordinator):
    send(client, assessment, text="<script>alert(1)</script>", name="<b>N</b>")
    comments.let_through(PublicComment.objects.get(), coordinator)
    shown = page(client, assessment)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_comment_may_be_about_one_form_of_this_self_assessment_alone(client, assessment, world):
    entry = assessment.entries.first()
    send(client, assessment, entry=entry.pk)
    assert PublicComment.objects.get().entry == entry
    other = prefilling.make(make_world(1)[0], "mid_term")[0].entries.get()
    assert send(client, assessment, entry=other.pk, text="Another").status_code == 400


def test_before_and_after_its_days_nobody_comments(client, assessment, today):
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=14)):
        today.append(day)
        assert send(client, assessment).status_code == 302
        assert "comment/" not in page(client, assessment)
    assert not PublicComment.objects.exists()
    today.append(DAY + timedelta(days=13))
    send(client, assessment)
    assert PublicComment.objects.count() == 1


def test_a_draft_that_is_not_open_cannot_be_commented_on(client, assessment):
    SelfAssessment.objects.update(stage="draft")
    assert send(client, assessment).status_code == 404


def test_refused_is_only_what_the_list_names_and_it_is_counted(client, assessment, received, coordinator):
    with pytest.raises(ValidationError):
        comments.refuse(received, coordinator, "critical")
    comments.refuse(received, coordinator, "spam")
    shown = page(client, assessment)
    assert "Where are the figures?" not in shown
    assert "1 refused" in shown


def test_a_response_stands_below_the_comment_with_its_office_and_day(client, assessment, received, coordinator, today):
    with pytest.raises(ValidationError, match="Let the comment through first"):
        comments.respond(received, coordinator, "Here.", "")
    comments.let_through(received, coordinator)
    today.append(DAY + timedelta(days=3))
    comments.respond(received, coordinator, "Here they are.", "여기 있습니다.")
    shown = page(client, assessment)
    assert "Here they are." in shown
    assert "0 without a response" in shown
    assert coordinator.institution.name in shown
    assert "여기 있습니다." in client.get(f"/ko{assessment.get_absolute_url()}").content.decode()


def test_what_is_past_its_day_without_a_response_is_counted_in_public(client, assessment, received, coordinator, today):
    comments.let_through(received, coordinator)
    today.append(received.respond_by)
    assert "past its day" not in page(client, assessment)
    today.append(received.respond_by + timedelta(days=1))
    assert "1 of them is past its day" in page(client, assessment)


def test_the_head_of_the_lead_answers_comments_on_its_form_and_decides_none(client, assessment, world, coordinator):
    send(client, assessment, entry=assessment.entries.first().pk)
    about_form = PublicComment.objects.get()
    head = world[2]
    with pytest.raises(PermissionDenied):
        comments.let_through(about_form, head)
    comments.let_through(about_form, coordinator)
    assert comments.respond(about_form, head, "We answer.", "").responded_for == head.institution


def test_others_neither_see_nor_decide_nor_answer(client, received, world):
    outsiders = [
        world[1],
        make_user("irm"),
        make_user("viewer"),
        make_user("head", make_institution(world[0].member)),
        make_user("coordinator", make_institution(make_member())),
    ]
    for user in outsiders:
        client.force_login(user)
        base = f"/admin/assessments/publiccomment/{received.pk}/"
        assert client.get(f"{base}change/").status_code in (302, 403)
        assert client.post(f"{base}decide/", {"decision": "let_through"}).status_code in (403, 404)
        assert client.post(f"{base}respond/", {"response": "No."}).status_code in (403, 404)
    received.refresh_from_db()
    assert (received.state, received.response) == ("waiting", "")


def test_the_ministry_works_in_the_admin(client, received, coordinator):
    client.force_login(coordinator)
    base = f"/admin/assessments/publiccomment/{received.pk}/"
    assert "Let it through" in client.get(f"{base}change/").content.decode()
    client.post(f"{base}decide/", {"decision": "let_through"})
    client.post(f"{base}respond/", {"response": "An answer.", "response_ko": ""})
    received.refresh_from_db()
    assert (received.state, received.response, received.responded_by) == ("public", "An answer.", coordinator)
    assert received.text == "Where are the figures?"


def test_a_name_is_taken_off_when_its_owner_asks(client, assessment, received, coordinator):
    PublicComment.objects.filter(pk=received.pk).update(name="Somebody Named")
    comments.let_through(received, coordinator)
    assert "Somebody Named" in page(client, assessment)
    client.force_login(coordinator)
    asked = {"action": "take_names_off", "_selected_action": [received.pk]}
    answer = client.post("/admin/assessments/publiccomment/", asked, follow=True)
    assert "The names are taken off." in answer.content.decode()
    received.refresh_from_db()
    assert (received.name, received.text) == ("", "Where are the figures?")
    assert "Somebody Named" not in page(client, assessment)


def test_the_database_keeps_the_rules(received):
    for wrong in (
        {"state": "refused"},
        {"response": "Answered while it waits"},
        {"state": "public", "moderated_at": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PublicComment.objects.filter(pk=received.pk).update(**wrong)
