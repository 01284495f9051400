"""From the draft to the published self-assessment: who takes which step, and what each step demands."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from assessments import prefilling, workflow
from assessments.models import SelfAssessment, SelfAssessmentEntry, Snapshot
from tests.world import make_institution, make_member, make_user, make_world

TODAY = date(2022, 3, 1)


@pytest.fixture
def world(db):
    return make_world(2)


@pytest.fixture
def today(monkeypatch):
    """The day where the member is; a test moves it on."""
    days = [TODAY]
    monkeypatch.setattr(workflow, "local_date", lambda _zone: days[-1])
    return days


@pytest.fixture
def coordinator(world):
    return make_user("coordinator", world[1].institution)


@pytest.fixture
def head(world):
    return world[2]


@pytest.fixture
def draft(world):
    found = prefilling.make(world[0], "end_of_term")[0]
    found.entries.update(completion_level="limited")
    return found


@pytest.fixture
def asked(draft, coordinator):
    return workflow.ask_for_sign_off(draft, coordinator)


@pytest.fixture
def signed(asked, head):
    for entry in asked.entries.all():
        workflow.sign_off(entry, head)
    return asked


@pytest.fixture
def opened(signed, coordinator, today):
    return workflow.open_to_comment(signed, coordinator)


def press(client, user, assessment, step):
    client.force_login(user)
    return client.post(f"/admin/assessments/selfassessment/{assessment.pk}/step/", {"step": step}, follow=True)


def test_the_whole_way_by_the_buttons(client, draft, coordinator, head, today):
    press(client, coordinator, draft, "ask")
    client.force_login(head)
    for entry in draft.entries.all():
        address = f"/admin/assessments/selfassessmententry/{entry.pk}/"
        assert "Sign the form off" in client.get(f"{address}change/").content.decode()
        client.post(f"{address}sign-off/", {"version": entry.version})
    press(client, coordinator, draft, "open")
    today.append(TODAY + timedelta(days=14))
    press(client, coordinator, draft, "publish")
    draft.refresh_from_db()
    assert (draft.stage, draft.published_on) == ("published", TODAY + timedelta(days=14))


def test_only_the_coordinating_ministry_of_the_member_takes_the_steps(draft, world, head):
    for user in (head, world[1], make_user("coordinator", make_institution(make_member())), make_user("irm")):
        with pytest.raises(PermissionDenied):
            workflow.ask_for_sign_off(draft, user)


def test_a_step_that_is_not_the_next_one_is_refused_with_the_stage(draft, coordinator):
    for step in (workflow.open_to_comment, workflow.publish):
        with pytest.raises(ValidationError, match="at the stage “draft”"):
            step(draft, coordinator)


def test_a_step_is_taken_once_when_two_press_at_the_same_moment(draft, coordinator):
    workflow.ask_for_sign_off(draft, coordinator)
    with pytest.raises(ValidationError, match="sign-off by the institutions"):
        workflow.ask_for_sign_off(draft, coordinator)


def test_a_form_is_signed_off_by_the_head_of_its_lead_and_by_nobody_else(asked, world, head):
    entry = asked.entries.first()
    stranger = make_user("head", make_institution(world[0].member))
    for user in (stranger, world[1], make_user("irm"), make_user("viewer")):
        with pytest.raises(PermissionDenied):
            workflow.sign_off(entry, user)
    signed = workflow.sign_off(entry, head)
    assert (signed.signed_off_by, signed.signed_off_for) == (head, head.institution)


def test_a_draft_is_not_signed_off_before_it_is_asked_for(draft, head):
    with pytest.raises(ValidationError, match="draft"):
        workflow.sign_off(draft.entries.first(), head)


def test_a_form_without_a_completion_level_is_not_signed_off(asked, head):
    asked.entries.update(completion_level="")
    with pytest.raises(ValidationError, match="completion level first"):
        workflow.sign_off(asked.entries.first(), head)


def test_what_was_changed_after_it_was_shown_is_not_signed_off(asked, head):
    shown = asked.entries.first()
    SelfAssessmentEntry.objects.filter(pk=shown.pk).update(version=shown.version + 1)
    with pytest.raises(ValidationError, match="since you opened it"):
        workflow.sign_off(shown, head)


def form_of(client, entry) -> dict:
    page = client.get(f"/admin/assessments/selfassessmententry/{entry.pk}/change/")
    found = dict(page.context["adminform"].form.initial)
    form = page.context["adminform"].form
    data = {name: form[name].value() or "" for name in found if name in form.fields}
    data |= {name: form[name].field.prepare_value(form[name].value()) for name in ("description", "description_ko")}
    for formset in page.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        data |= {f"{management.prefix}-{name}": management[name].value() for name in management.fields}
        for row in formset.formset.initial_forms:
            data |= {f"{row.prefix}-{name}": row[name].value() or "" for name in row.fields if name != "DELETE"}
    return data | {"_version": entry.version}


def save(client, user, entry, **changes):
    client.force_login(user)
    data = form_of(client, entry) | changes
    return client.post(f"/admin/assessments/selfassessmententry/{entry.pk}/change/", data)


def test_a_form_that_is_changed_has_to_be_signed_off_again(client, signed, world):
    first, second = signed.entries.order_by("pk")
    assert save(client, world[1], first, main_objective="Better said.").status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.main_objective, first.is_signed_off, second.is_signed_off) == ("Better said.", False, True)


def test_an_editor_of_another_institution_neither_sees_nor_changes_the_form(client, asked, world):
    stranger = make_user("editor", make_institution(world[0].member))
    client.force_login(stranger)
    address = f"/admin/assessments/selfassessmententry/{asked.entries.first().pk}/change/"
    assert client.get(address).status_code == 302  # to the index, as for a row that is not there
    client.post(address, {"main_objective": "Mine."})
    assert not SelfAssessmentEntry.objects.filter(main_objective="Mine.").exists()


def test_points_are_written_as_lines_with_their_numbers(client, draft, world):
    entry = draft.entries.first()
    save(client, world[1], entry, description="1-1 | The first\nWithout a number")
    entry.refresh_from_db()
    assert entry.description == [{"number": "1-1", "text": "The first"}, {"number": "", "text": "Without a number"}]
    answer = save(client, world[1], entry, description="1-1 | ")
    assert "has a number and no text" in answer.content.decode()


def test_it_opens_to_comment_only_when_every_form_is_signed_off(asked, head, coordinator, today):
    first, second = asked.entries.order_by("pk")
    workflow.sign_off(first, head)
    with pytest.raises(ValidationError, match=f"1 form is not signed off: {second.commitment.number}"):
        workflow.open_to_comment(asked, coordinator)


def test_a_draft_open_to_comment_is_read_by_everybody(client, opened):
    page = client.get(opened.get_absolute_url()).content.decode()
    assert "draft, open to public comment" in page


def test_it_is_not_published_before_two_weeks_are_over(opened, coordinator, today):
    assert opened.comment_until == TODAY + timedelta(days=13)
    today.append(opened.comment_until)
    with pytest.raises(ValidationError, match="still comment for 1 day"):
        workflow.publish(opened, coordinator)
    today.append(opened.comment_until + timedelta(days=1))
    assert workflow.publish(opened, coordinator).stage == "published"


def test_the_database_keeps_the_two_weeks_and_the_first_day(opened):
    for wrong in ({"comment_days": 13}, {"comment_from": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SelfAssessment.objects.filter(pk=opened.pk).update(**wrong)


def test_a_change_during_public_comment_is_signed_off_again_before_publication(
    client, opened, world, coordinator, today
):
    save(client, world[1], opened.entries.first(), ambition="More.")
    today.append(opened.comment_until + timedelta(days=1))
    with pytest.raises(ValidationError, match="not signed off"):
        workflow.publish(opened, coordinator)


def published(opened, coordinator, today):
    today.append(opened.comment_until + timedelta(days=1))
    return workflow.publish(opened, coordinator)


def test_after_publication_only_the_coordinating_ministry_changes_it_and_with_a_reason(
    client, opened, coordinator, world, today
):
    assessment = published(opened, coordinator, today)
    entry = assessment.entries.first()
    client.force_login(world[1])
    client.post(f"/admin/assessments/selfassessmententry/{entry.pk}/change/", {"ambition": "Mine."})
    entry.refresh_from_db()
    assert entry.ambition == ""
    assert "Say why it changes" in save(client, coordinator, entry, ambition="Without a reason").content.decode()
    answer = save(client, coordinator, entry, ambition="With a reason", version_reason="A figure was wrong.")
    assert answer.status_code == 302
    entry.refresh_from_db()
    assert entry.ambition == "With a reason"


def versions_of(assessment, language) -> list[Snapshot]:
    return list(assessment.snapshots.published().filter(language=language).order_by("version"))


def test_publication_freezes_version_1_and_a_change_version_2_with_its_reason_and_the_difference(
    client, opened, coordinator, world, today
):
    assessment = published(opened, coordinator, today)
    (first,) = versions_of(assessment, "en")
    assert (first.version, first.published_by, len(first.sha256)) == (1, coordinator, 64)
    entry = assessment.entries.order_by("commitment__position").first()
    more = {"ambition": "More.", "ambition_ko": "더 많이.", "version_reason": "A text was missing."}
    assert save(client, coordinator, entry, **more).status_code == 302
    for language, words in (("en", "More."), ("ko", "더 많이.")):
        second = versions_of(assessment, language)[-1]
        assert (second.version, second.reason) == (2, "A text was missing.")
        assert [difference["after"] for difference in second.differences] == [words]
    page = client.get(f"{assessment.get_absolute_url()}versions/2/").content.decode()
    assert "A text was missing." in page and "More." in page and second.sha256 in page
    assert save(client, coordinator, entry_of(entry), version_reason="Nothing, really.").status_code == 302
    assert len(versions_of(assessment, "en")) == 2


def test_its_commitment_and_plan_say_it_in_the_readers_language_and_at_its_stage(client, opened, coordinator, today):
    plan = opened.plan
    assert "public comment" in client.get(plan.get_absolute_url()).content.decode()
    opened.entries.update(completion_note="Two of three.", completion_note_ko="셋 중 둘.")
    assessment = published(opened, coordinator, today)
    page = assessment.entries.first().commitment.get_absolute_url() + f"?as_of={today[-1].isoformat()}"
    assert "Two of three." in client.get(page).content.decode()
    korean = client.get(f"/ko{page}").content.decode()
    assert "셋 중 둘." in korean and "Two of three." not in korean


def entry_of(entry):
    entry.refresh_from_db()
    return entry


def test_the_desk_names_the_forms_that_wait_for_a_sign_off(client, asked, head):
    client.force_login(head)
    page = client.get("/admin/").content.decode()
    assert "Forms of the self-assessment to sign off <small>2 forms" in page
    for entry in asked.entries.all():
        workflow.sign_off(entry, head)
    assert "to sign off" not in client.get("/admin/").content.decode()
