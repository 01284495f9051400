"""The ministry's day: report, submit, review, publish; and everything that must not happen on the way."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from commitments.dates import local_date
from milestones import services
from milestones.models import Deadline, Evidence, StatusUpdate
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
)


def add(milestone) -> str:
    return f"/admin/milestones/statusupdate/add/?milestone={milestone.pk}"


NO_EVIDENCE = {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0"}
A_LINK = {
    "evidence-TOTAL_FORMS": "1",
    "evidence-INITIAL_FORMS": "0",
    "evidence-0-title": "The decree",
    "evidence-0-url": "https://example.org/decree",
}


@pytest.fixture
def milestone(record):
    return record.plans.get(number=5).commitments.get(number="3").milestones.get(position=2)


def filled(**changes) -> dict:
    return {
        "on_date": "2021-12-20",
        "status": "completed",
        "what_was_done": "The Enforcement Decree was promulgated.",
        "challenges": "",
        "next_step": "",
    } | changes


def messages_of(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def submitted(client, user, milestone) -> StatusUpdate:
    client.force_login(user)
    client.post(add(milestone), filled(_submit="1") | A_LINK)
    return StatusUpdate.objects.get(milestone=milestone)


def test_a_report_goes_from_the_editor_by_the_reviewer_to_the_public_page(client, milestone, editor_mois, coordinator):
    update = submitted(client, editor_mois, milestone)
    assert update.review == "submitted"
    assert (update.author, update.institution) == (editor_mois, editor_mois.institution)
    assert "promulgated" not in client.get("/plans/kr-5/commitments/3/").content.decode()

    client.force_login(coordinator)
    assert "Waiting for your review" in client.get("/admin/").content.decode()
    page = client.get(reverse("admin:milestones_statusupdate_change", args=[update.pk])).content.decode()
    assert "Approve and publish" in page
    answer = client.post(
        reverse("admin:milestones_statusupdate_review", args=[update.pk]), {"decision": "approve"}, follow=True
    )
    assert messages_of(answer) == ["Approved. The report is public now."]

    client.logout()
    public = client.get("/plans/kr-5/commitments/3/").content.decode()
    assert "The Enforcement Decree was promulgated." in public
    assert "https://example.org/decree" in public
    assert "Completed <b>1</b>" in public
    assert editor_mois.username not in public


def test_nobody_approves_their_own_report(client, milestone, coordinator):
    update = submitted(client, coordinator, milestone)
    page = client.get(reverse("admin:milestones_statusupdate_change", args=[update.pk])).content.decode()
    assert "Approve and publish" not in page
    assert "You wrote this report: somebody else reviews it." in page
    answer = client.post(reverse("admin:milestones_statusupdate_review", args=[update.pk]), {"decision": "approve"})
    assert answer.status_code == 403
    assert "somebody else must review it" in answer.content.decode()
    update.refresh_from_db()
    assert update.review == "submitted"


def test_the_database_refuses_an_own_review_too(milestone, coordinator):
    with pytest.raises(IntegrityError, match="nobody_reviews_their_own_report"), transaction.atomic():
        make_report(
            milestone,
            coordinator,
            date(2021, 12, 1),
            review="approved",
            reviewed_by=coordinator,
            published_on=date(2021, 12, 2),
        )


def test_an_editor_cannot_review(client, milestone, editor_mois, coordinator):
    update = submitted(client, coordinator, milestone)
    with pytest.raises(PermissionDenied):
        services.approve(update, editor_mois)


def test_a_returned_report_keeps_its_reason_and_can_be_mended(client, milestone, editor_mois, coordinator):
    update = submitted(client, editor_mois, milestone)
    client.force_login(coordinator)
    address = reverse("admin:milestones_statusupdate_review", args=[update.pk])
    answer = client.post(address, {"decision": "return", "return_reason": " "}, follow=True)
    assert messages_of(answer)[-1] == "Say why you return it."
    client.post(address, {"decision": "return", "return_reason": "Which article?"})
    update.refresh_from_db()
    assert (update.review, update.return_reason) == ("returned", "Which article?")

    client.force_login(editor_mois)
    assert "Which article?" in client.get("/admin/").content.decode()
    change = reverse("admin:milestones_statusupdate_change", args=[update.pk])
    item = update.evidence.get()
    kept = {"evidence-TOTAL_FORMS": "1", "evidence-INITIAL_FORMS": "1", "evidence-0-id": item.pk}
    kept |= {"evidence-0-update": update.pk, "evidence-0-title": item.title, "evidence-0-url": item.url}
    client.post(change, filled(what_was_done="Article 16.", _submit="1") | kept)
    update.refresh_from_db()
    assert (update.review, update.what_was_done) == ("submitted", "Article 16.")


def test_two_reviewers_cannot_both_decide(client, milestone, editor_mois, coordinator):
    update = submitted(client, editor_mois, milestone)
    services.approve(StatusUpdate.objects.get(pk=update.pk), coordinator)
    other = make_user("head", editor_mois.institution)
    with pytest.raises(ValidationError, match="not waiting for review any more"):
        services.return_to_author(update, other, "Too late")
    update.refresh_from_db()
    assert update.review == "approved"


def test_what_was_submitted_cannot_be_changed_by_its_author(client, milestone, editor_mois):
    update = submitted(client, editor_mois, milestone)
    change = reverse("admin:milestones_statusupdate_change", args=[update.pk])
    answer = client.post(change, filled(what_was_done="Something else") | NO_EVIDENCE)
    assert answer.status_code == 403
    update.refresh_from_db()
    assert update.what_was_done == "The Enforcement Decree was promulgated."


@pytest.mark.parametrize(
    ("changes", "evidence", "says"),
    [
        ({}, NO_EVIDENCE, "needs evidence"),
        ({"what_was_done": ""}, A_LINK, "needs a note"),
        ({"status": "limited", "on_date": "2022-02-01"}, A_LINK, "name what stood in the way"),
        ({"status": "not_started", "on_date": "2022-02-01"}, A_LINK, "name what stood in the way"),
        ({"on_date": "2999-01-01"}, A_LINK, "lies in the future"),
        ({"on_date": "1900-01-01"}, A_LINK, "lies before the plan and the milestone began, on 1 January 2021"),
    ],
)
def test_an_incomplete_report_is_kept_as_a_draft_and_told_what_is_missing(
    client, milestone, editor_mois, changes, evidence, says
):
    client.force_login(editor_mois)
    answer = client.post(add(milestone), filled(_submit="1", **changes) | evidence, follow=True)
    assert any(says in message for message in messages_of(answer)), messages_of(answer)
    update = StatusUpdate.objects.get()
    assert update.review == "draft"
    assert update.evidence.count() == (1 if evidence is A_LINK else 0)


def test_before_its_due_date_no_challenge_is_asked_for(client, milestone, editor_mois):
    client.force_login(editor_mois)
    client.post(add(milestone), filled(status="limited", on_date="2021-06-01", _submit="1") | NO_EVIDENCE)
    assert StatusUpdate.objects.get().review == "submitted"


def test_a_milestone_of_another_ministry_cannot_be_reported_on(client, milestone, editor_msit):
    client.force_login(editor_msit)
    assert client.get(add(milestone)).status_code == 404
    assert client.post(add(milestone), filled(_submit="1") | A_LINK).status_code == 404
    assert not StatusUpdate.objects.exists()


def test_a_report_without_a_milestone_begins_with_choosing_one(client, milestone, editor_mois):
    client.force_login(editor_mois)
    answer = client.get("/admin/milestones/statusupdate/add/", follow=True)
    assert messages_of(answer) == ["Choose the milestone that you report on."]
    assert answer.redirect_chain[-1][0] == "/admin/milestones/milestone/"


def test_the_form_shows_the_plans_words_and_the_deadline(client, milestone, editor_mois):
    client.force_login(editor_mois)
    page = client.get(add(milestone)).content.decode()
    assert "January 1, 2021" in page
    assert '<time datetime="2021-12-31">' in page


def test_which_deadline_is_asked_only_when_there_are_several(client, record, milestone, editor_mois):
    client.force_login(editor_mois)
    assert "about one deadline only" not in client.get(add(milestone)).content.decode().lower()
    several = record.plans.get(number=5).commitments.get(number="1").milestones.get(position=4)
    assert "about one deadline only" in client.get(add(several)).content.decode().lower()


def test_of_several_deadlines_the_first_that_is_not_met_is_proposed(
    client, record, milestone, editor_mois, coordinator
):
    several = record.plans.get(number=5).commitments.get(number="1").milestones.get(position=4)
    first, second = several.deadlines.order_by("due_on")
    client.force_login(editor_mois)
    assert f'<option value="{first.pk}" selected>' in client.get(add(several)).content.decode()
    about = date(2020, 12, 30)
    make_public_report(several, editor_mois, coordinator, about, status="completed", deadline=first)
    assert f'<option value="{second.pk}" selected>' in client.get(add(several)).content.decode()


def test_a_late_milestone_whose_report_waits_asks_for_no_other(client, db):
    plan = make_plan(make_member(), starts_on=date(2000, 1, 1), ends_on=date(2999, 12, 31))
    commitment = make_commitment(plan, make_institution(plan.member))
    late = make_milestone(commitment, date(2001, 1, 1), title="The late one")
    editor = make_user("editor", commitment.institutions.get())
    client.force_login(editor)
    assert "Submitted, waits for review" not in client.get("/admin/").content.decode()
    make_report(late, editor, date(2001, 2, 1), review="submitted")
    assert "Submitted, waits for review" in client.get("/admin/").content.decode()


def test_a_deadline_of_another_milestone_cannot_be_named(client, record, milestone, editor_mois):
    several = record.plans.get(number=5).commitments.get(number="1").milestones.get(position=4)
    client.force_login(editor_mois)
    answer = client.post(add(several), filled(deadline=milestone.deadlines.get().pk, _submit="1") | A_LINK)
    assert "deadline" in answer.context["adminform"].form.errors
    assert not StatusUpdate.objects.exists()


# Evidence -------------------------------------------------------------------------------------------------------------
PDF = b"%PDF-1.7\n% a small file\n"


def upload(client, milestone, name, content):
    data = filled() | {
        "evidence-TOTAL_FORMS": "1",
        "evidence-INITIAL_FORMS": "0",
        "evidence-0-title": "A file",
        "evidence-0-file": SimpleUploadedFile(name, content),
    }
    return client.post(add(milestone), data)


def test_a_file_is_kept_with_its_digest_and_served_as_a_download_once_approved(
    client, milestone, editor_mois, coordinator
):
    client.force_login(editor_mois)
    upload(client, milestone, "decree.pdf", PDF)
    item = Evidence.objects.get()
    assert (item.content_type, item.size, item.file_name) == ("application/pdf", len(PDF), "decree.pdf")
    assert "decree" not in item.file.name
    page = client.get(reverse("admin:milestones_statusupdate_change", args=[item.update.pk])).content.decode()
    assert f'<a href="/evidence/{item.pk}/">decree.pdf</a>' in page
    client.logout()
    assert client.get(f"/evidence/{item.pk}/").status_code == 404, "a draft's evidence is not public"

    services.submit(item.update)
    services.approve(item.update, coordinator)
    answer = client.get(f"/evidence/{item.pk}/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="decree.pdf"'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.exe", b"MZ\x90\x00"),
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("not-a.pdf", b"<html>not a PDF</html>"),
        ("not-a.png", PDF),
        ("no-ending", PDF),
        ("binary.txt", b"\x00\x01\x02"),
    ],
)
def test_a_forbidden_type_is_refused_where_it_was_chosen_and_nothing_is_saved(
    client, milestone, editor_mois, name, content
):
    client.force_login(editor_mois)
    answer = upload(client, milestone, name, content)
    assert "This kind of file is not taken" in answer.content.decode()
    assert not StatusUpdate.objects.exists()
    assert "promulgated" in answer.content.decode(), "what was typed is kept"


def test_a_file_that_is_too_large_is_refused_with_its_size_and_the_limit(client, milestone, editor_mois, settings):
    settings.EVIDENCE_MAX_BYTES = 1000
    client.force_login(editor_mois)
    answer = upload(client, milestone, "large.pdf", PDF + b"x" * 1500)
    assert "at most 1000" in answer.content.decode().replace("\xa0", " ")
    assert not StatusUpdate.objects.exists()


def test_a_link_that_is_no_web_address_is_refused(client, milestone, editor_mois):
    client.force_login(editor_mois)
    client.post(add(milestone), filled() | A_LINK | {"evidence-0-url": "javascript:alert(1)"})
    assert not StatusUpdate.objects.exists()


# Deadlines ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def deadline(db):
    plan = make_plan(make_member())
    commitment = make_commitment(plan, make_institution(plan.member))
    found = make_milestone(commitment, date(2021, 10, 31)).deadlines.get()
    found.starts_on = date(2021, 3, 1)
    found.save()
    return found


def test_an_amendment_keeps_the_earlier_deadline_and_both_are_public(client, deadline):
    services.amend_deadline(deadline, date(2022, 3, 31), "The tender failed.", date(2021, 10, 1))
    commitment = deadline.milestone.commitment
    page = client.get(f"{commitment.get_absolute_url()}?as_of=2021-11-15").content.decode()
    assert '<del><time datetime="2021-10-31">' in page
    assert '<time datetime="2022-03-31">' in page
    assert "The tender failed." in page
    assert "late by" not in page
    before = client.get(f"{commitment.get_absolute_url()}?as_of=2021-09-15").content.decode()
    assert "2022-03-31" not in before, "on that day nobody knew of the amendment"


def test_a_due_date_before_the_start_is_a_form_error(client, deadline):
    user = make_user("coordinator", deadline.milestone.commitment.institutions.get())
    client.force_login(user)
    address = reverse("admin:milestones_deadline_amend", args=[deadline.pk])
    today = local_date("Asia/Seoul").isoformat()
    answer = client.post(address, {"due_on": "2021-02-01", "set_on": today, "reason": "Earlier"})
    assert answer.status_code == 400
    assert "The due date lies before the start, 2021-03-01." in answer.content.decode()
    assert Deadline.objects.filter(milestone=deadline.milestone).count() == 1


def test_an_amendment_needs_a_reason(client, deadline):
    user = make_user("coordinator", deadline.milestone.commitment.institutions.get())
    client.force_login(user)
    address = reverse("admin:milestones_deadline_amend", args=[deadline.pk])
    today = local_date("Asia/Seoul").isoformat()
    assert client.post(address, {"due_on": "2022-02-01", "set_on": today, "reason": " "}).status_code == 400
    with pytest.raises(ValidationError):
        services.amend_deadline(deadline, date(2022, 2, 1), " ", date(2021, 10, 1))


def test_the_coordinating_ministry_amends_a_deadline_from_today_on_and_not_for_the_past(client, deadline):
    user = make_user("coordinator", deadline.milestone.commitment.institutions.get())
    client.force_login(user)
    address = reverse("admin:milestones_deadline_amend", args=[deadline.pk])
    answer = client.post(address, {"due_on": "2022-02-01", "set_on": "2021-10-01", "reason": "The tender failed."})
    assert "what earlier days showed stays as it was" in answer.content.decode()
    today = local_date("Asia/Seoul")
    client.post(address, {"due_on": "2022-02-01", "set_on": today.isoformat(), "reason": "The tender failed."})
    amended = Deadline.objects.get(amends=deadline)
    assert (amended.due_on, amended.set_on, amended.reason) == (date(2022, 2, 1), today, "The tender failed.")


def test_an_editor_cannot_amend_a_deadline(client, deadline):
    user = make_user("editor", deadline.milestone.commitment.institutions.get())
    client.force_login(user)
    assert client.get(reverse("admin:milestones_deadline_amend", args=[deadline.pk])).status_code == 403


def test_the_database_refuses_a_deadline_before_its_start(deadline):
    with pytest.raises(IntegrityError, match="deadline_is_not_before_its_start"), transaction.atomic():
        Deadline.objects.create(
            milestone=deadline.milestone,
            position=9,
            starts_on=date(2021, 5, 1),
            due_on=date(2021, 4, 1),
            precision="day",
        )


def test_the_desk_lists_what_is_late_and_what_is_due_soon(client, db):
    plan = make_plan(make_member(), starts_on=date(2000, 1, 1), ends_on=date(2999, 12, 31))
    commitment = make_commitment(plan, make_institution(plan.member))
    make_milestone(commitment, date(2001, 1, 1), title="The late one")
    client.force_login(make_user("editor", commitment.institutions.get()))
    page = client.get("/admin/").content.decode()
    assert "The late one" in page
    assert "Report status" in page
