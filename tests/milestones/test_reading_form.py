"""How words are read stands beside the field before anything is saved; a person corrects it, with who and why kept."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from commitments.dates import local_date
from milestones import services
from milestones.models import Deadline, Milestone, ReadingCorrection
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_user

EARLIER, LATER = date(2001, 6, 30), date(2900, 3, 31)
HOSTILE = '"><script>alert(1)</script>'
REASON = "The table's heading says the fiscal year."


def today() -> date:
    return local_date("Asia/Seoul")


def milestone_with(start: str, end: str, **member) -> Milestone:
    """A milestone of a plan that is under way for centuries, its words read."""
    plan = make_plan(make_member(**member), starts_on=date(2000, 1, 1), ends_on=date(2999, 12, 31))
    commitment = make_commitment(plan, make_institution(plan.member))
    milestone = make_milestone(commitment, published_start=start, published_end=end)
    services.read_deadlines(milestone)
    return milestone


@pytest.fixture(autouse=True)
def in_english():
    """A Korean page must not leave its language to what comes after it."""
    with translation.override("en"):
        yield


@pytest.fixture
def milestone(db):
    return milestone_with("January 2001", "June 2001")


def lead(milestone):
    return milestone.commitment.institutions.get()


@pytest.fixture
def poc(milestone):
    user = make_user("coordinator", lead(milestone))
    user.username = "person.with.a.name"
    user.save()
    return user


def change(milestone) -> str:
    return reverse("admin:milestones_milestone_change", args=[milestone.pk])


def reading_of(milestone) -> str:
    return reverse("admin:milestones_milestone_reading", args=[milestone.pk])


def correct(milestone) -> str:
    return reverse("admin:milestones_milestone_correct", args=[milestone.pk])


def public(client, milestone, on=None, prefix="") -> str:
    address = milestone.commitment.get_absolute_url()
    return client.get(f"{prefix}{address}" + (f"?as_of={on}" if on else "")).content.decode()


def from_api(client, milestone, on=None) -> dict:
    return client.get(f"/api/v1/milestones/{milestone.pk}/" + (f"?as_of={on}" if on else "")).json()


def typed(milestone, **words) -> dict:
    """The whole form, as a browser sends it."""
    kept = {name: getattr(milestone, name) for name in ("position", "title", "published_start", "published_end")}
    inlines = {f"{name}-{total}_FORMS": "0" for name in ("deadlines", "updates") for total in ("TOTAL", "INITIAL")}
    return kept | {"commitment": milestone.commitment_id} | inlines | words


# Beside the field -----------------------------------------------------------------------------------------------------
def test_the_form_shows_how_the_stored_words_are_read(client, milestone, poc):
    client.force_login(poc)
    page = client.get(change(milestone)).content.decode()
    assert "How these words are read" in page
    assert '<time datetime="2001-01-01">' in page
    assert 'June 2001 <small>(by <time datetime="2001-06-30">' in page


def test_the_button_shows_the_reading_of_what_was_typed_and_saves_nothing(client, milestone, admin):
    client.force_login(admin)
    words = typed(milestone, published_end="Fourth quarter of 2021", title="Typed, too", _read="1")
    page = client.post(change(milestone), words).content.decode()
    assert '4th quarter of 2021 <small>(by <time datetime="2021-12-31">' in page
    assert 'value="Fourth quarter of 2021"' in page, "what was typed is kept"
    assert "Typed, too" in page
    milestone.refresh_from_db()
    assert milestone.published_end == "June 2001"
    assert milestone.deadlines.get().due_on == EARLIER


def test_a_form_that_only_asks_is_told_of_no_fault(client, milestone, admin):
    client.force_login(admin)
    page = client.post(change(milestone), typed(milestone, title="", _read="1")).content.decode()
    assert "errornote" not in page
    page = client.post(change(milestone), typed(milestone, title="")).content.decode()
    assert "errornote" in page


def test_a_new_milestones_words_are_read_by_its_commitments_member(client, milestone, admin):
    client.force_login(admin)
    words = typed(milestone, published_end="03/04/2021", published_start="", _read="1")
    page = client.post(reverse("admin:milestones_milestone_add"), words).content.decode()
    assert '<time datetime="2021-03-04">' in page, "in Korea the month comes first"
    assert Milestone.objects.filter(commitment=milestone.commitment).count() == 1
    address = reverse("admin:milestones_milestone_reading_new")
    answer = client.get(address, {"published_end": "03/04/2021", "commitment": milestone.commitment_id})
    assert '<time datetime="2021-03-04">' in answer.content.decode()
    assert "Choose the commitment first" in client.get(address, {"published_end": "May 2021"}).content.decode()


def test_what_is_saved_is_what_was_shown(client, milestone, admin):
    client.force_login(admin)
    client.post(change(milestone), typed(milestone, published_end="Fourth quarter of 2021"))
    assert milestone.deadlines.get().due_on == date(2021, 12, 31)


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("when the law is passed", "The end is not written as a date."),
        ("31 February 2021", "Nothing is guessed"),
        ("To be continued", "never overdue"),
        ("-", "No end is stated."),
        ("Every July", "yearly"),
        ("03/04/2021", "Ambiguous: it could also be read as another day."),
    ],
)
def test_the_panel_says_in_words_what_is_not_plain(client, milestone, poc, end, says):
    client.force_login(poc)
    answer = client.get(reading_of(milestone), {"published_start": "", "published_end": end})
    assert says in answer.content.decode()


def test_the_panel_speaks_korean(client, milestone, poc):
    client.force_login(poc)
    page = client.get(f"/ko{reading_of(milestone)}", {"published_end": "Fourth quarter of 2021"}).content.decode()
    assert "2021년 4분기" in page


def test_hostile_words_are_shown_as_words(client, milestone, admin):
    client.force_login(admin)
    asked = {"published_start": HOSTILE, "published_end": HOSTILE}
    assert "<script>alert" not in client.get(reading_of(milestone), asked).content.decode()
    page = client.post(change(milestone), typed(milestone, _read="1", **asked)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    services.correct_reading(milestone, admin, HOSTILE, due_on=LATER, precision="day")
    for shown in (client.get(change(milestone)).content.decode(), public(client, milestone)):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_only_who_sees_the_milestone_is_told_how_it_is_read(client, milestone):
    address = reading_of(milestone)
    assert "/admin/login/" in client.get(address)["Location"], "signed out"
    client.force_login(make_user("editor", make_institution(milestone.commitment.plan.member)))
    assert client.get(address).status_code == 404, "another institution's editor"
    assert client.get(reverse("admin:milestones_milestone_reading_new")).status_code == 403
    client.force_login(make_user("editor", lead(milestone)))
    assert client.get(address).status_code == 200


# Corrected by a person ------------------------------------------------------------------------------------------------
def a_date(**changes) -> dict:
    return {"says": "date", "due_on": "2900-03-31", "precision": "day", "starts_on": "", "reason": REASON} | changes


def test_a_correction_holds_from_its_day_and_leaves_the_past_as_it_was(client, milestone, poc):
    client.force_login(poc)
    yesterday = today() - timedelta(days=1)
    was = from_api(client, milestone, yesterday)
    assert client.post(correct(milestone), a_date()).status_code == 302
    read, corrected = milestone.deadlines.order_by("due_on")
    assert (read.due_on, read.set_on, read.withdrawn_on) == (EARLIER, None, today())
    assert (corrected.due_on, corrected.set_on, corrected.withdrawn_on) == (LATER, today(), None)
    for on, late in ((yesterday, [read.pk]), (today(), []), (LATER + timedelta(days=1), [corrected.pk])):
        rows = Deadline.objects.filter(milestone=milestone)
        assert [row.pk for row in rows.overdue(on)] == late
        assert [row.pk for row in rows if row.is_overdue(on)] == late
    assert from_api(client, milestone, yesterday) == was
    milestone.refresh_from_db()
    assert (milestone.due_on, milestone.due_precision, milestone.cadence) == (LATER, "day", "once")


def test_who_and_why_are_kept_and_the_public_sees_all_but_the_person(client, milestone, poc):
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    kept = ReadingCorrection.objects.get()
    assert (kept.author, kept.institution, kept.made_on, kept.reason) == (poc, lead(milestone), today(), REASON)
    page = public(client, milestone)
    assert "Read from the words “June 2001” by" in page
    assert lead(milestone).name in page
    assert "The table&#x27;s heading says the fiscal year." in page
    assert '<del>June 2001 <small>(by <time datetime="2001-06-30">' in page
    row = from_api(client, milestone)
    assert row["correction"] == {"made_on": f"{today()}", "institution": lead(milestone).name, "reason": REASON}
    assert [deadline["due_on"] for deadline in row["deadlines"]] == ["2900-03-31"]
    for shown in (page, str(row)):
        assert poc.username not in shown
    before = today() - timedelta(days=1)
    assert from_api(client, milestone, before)["correction"] is None
    assert "Read from the words" not in public(client, milestone, before)


def test_the_desk_shows_the_person_to_its_own_roles_only(client, milestone, poc):
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    client.force_login(make_user("editor", lead(milestone)))
    page = client.get(change(milestone)).content.decode()
    assert poc.username in page
    assert correct(milestone) not in page
    client.force_login(make_user("viewer"))
    assert poc.username not in client.get(change(milestone)).content.decode()


def test_the_public_page_says_it_in_korean(client, milestone, poc):
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    page = public(client, milestone, prefix="/ko")
    assert "표기" in page
    assert "Read from the words" not in page


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"reason": " "}, "reason", "Say why the words mean this."),
        ({"due_on": ""}, "due_on", "Give the last day on which it is in time."),
        ({"starts_on": "2901-01-01"}, "due_on", "The due date lies before the start, 2901-01-01."),
        ({"due_on": "2900-02-15", "precision": "quarter"}, "due_on", "it is due on the last day: 31 March 2900."),
        ({"due_on": "soon"}, "due_on", "Enter a valid date."),
        ({"says": "as_read"}, "says", "Select a valid choice."),
        ({"says": ""}, "says", "This field is required."),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_is_saved(client, milestone, poc, changes, field, says):
    client.force_login(poc)
    answer = client.post(correct(milestone), a_date(**changes))
    assert answer.status_code == 400
    assert [says in error for error in answer.context["form"].errors[field]] == [True]
    assert not ReadingCorrection.objects.exists()
    assert milestone.deadlines.get().withdrawn_on is None


def test_the_service_and_the_database_ask_for_a_reason_too(milestone, poc):
    with pytest.raises(ValidationError):
        services.correct_reading(milestone, poc, "  ", due_on=LATER, precision="day")
    assert not ReadingCorrection.objects.exists()
    facts = {"milestone": milestone, "made_on": today(), "author": poc}
    with pytest.raises(IntegrityError, match="reading_correction_has_a_reason"), transaction.atomic():
        ReadingCorrection.objects.create(open_ended=True, reason="", **facts)
    with pytest.raises(IntegrityError, match="reading_correction_says_one_thing"), transaction.atomic():
        ReadingCorrection.objects.create(open_ended=True, due_on=LATER, precision="day", reason=REASON, **facts)


def test_only_the_coordinating_ministry_corrects(client, milestone):
    for role in ("editor", "head", "irm", "viewer"):
        client.force_login(make_user(role, lead(milestone)))
        assert client.post(correct(milestone), a_date()).status_code == 403, role
    client.force_login(make_user("coordinator", make_institution(make_member())))
    assert client.post(correct(milestone), a_date()).status_code == 404, "another member's"
    client.logout()
    assert "/admin/login/" in client.post(correct(milestone), a_date())["Location"]
    assert not ReadingCorrection.objects.exists()


def in_force(milestone, on=None) -> list[date]:
    return [deadline.due_on for deadline in milestone.deadlines.in_force(on or today()).order_by("due_on")]


def test_reading_the_words_again_does_not_undo_a_correction(milestone, poc):
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    milestone.refresh_from_db()
    services.read_deadlines(milestone)
    assert in_force(milestone) == [LATER]
    milestone.published_end = "May 2001, July 2001, August 2001"
    milestone.save()
    services.read_deadlines(milestone)
    assert in_force(milestone) == [LATER], "nor do mended words"
    milestone.refresh_from_db()
    assert milestone.due_on == LATER
    assert in_force(milestone, today() - timedelta(days=1)) == [
        date(2001, m, d) for m, d in ((5, 31), (7, 31), (8, 31))
    ]


def test_a_later_correction_replaces_the_earlier_one_and_both_are_kept(milestone, poc):
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    services.correct_reading(milestone, poc, "It has no end.", open_ended=True)
    assert in_force(milestone) == []
    assert milestone.corrections.count() == 2
    milestone.refresh_from_db()
    assert milestone.open_ended
    assert milestone.readable


def test_a_correction_is_taken_back_and_the_words_decide_again(client, milestone, poc):
    client.force_login(poc)
    client.post(correct(milestone), a_date())
    client.post(correct(milestone), {"says": "as_read", "precision": "day", "reason": "It was right."})
    assert in_force(milestone) == [EARLIER]
    assert in_force(milestone, today() - timedelta(days=1)) == [EARLIER]
    milestone.refresh_from_db()
    assert (milestone.due_on, milestone.due_precision) == (EARLIER, "month")
    assert "An earlier correction of the reading was taken back on" in public(client, milestone)
    milestone.published_end = "July 2001"
    milestone.save()
    services.read_deadlines(milestone)
    assert in_force(milestone) == [date(2001, 7, 31)]


def test_unreadable_words_get_a_deadline_from_a_person_and_stay_unreadable_for_the_past(client, db):
    milestone = milestone_with("", "when the law is passed")
    poc = make_user("coordinator", lead(milestone))
    assert "The end is not written as a date." in public(client, milestone)
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    assert "The end is not written as a date." not in public(client, milestone)
    before = today() - timedelta(days=1)
    assert "The end is not written as a date." in public(client, milestone, before)
    assert from_api(client, milestone)["readable"] is True
    assert from_api(client, milestone, before)["readable"] is False


def test_a_corrected_deadline_can_still_be_amended_and_corrected_again(milestone, poc):
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    corrected = milestone.deadlines.get(withdrawn_on=None)
    next_week = today() + timedelta(days=7)
    services.amend_deadline(corrected, LATER + timedelta(days=1), "The tender failed.", next_week)
    assert in_force(milestone) == [LATER]
    assert in_force(milestone, next_week) == [LATER + timedelta(days=1)]
    services.correct_reading(milestone, poc, REASON, due_on=LATER + timedelta(days=2), precision="day")
    assert in_force(milestone) == in_force(milestone, next_week) == [LATER + timedelta(days=2)]


def test_who_corrected_cannot_be_deleted(milestone, poc):
    services.correct_reading(milestone, poc, REASON, due_on=LATER, precision="day")
    with pytest.raises(IntegrityError):
        poc.delete()
    milestone.delete()
    assert not ReadingCorrection.objects.exists(), "it goes with its milestone only"


def test_the_public_is_told_where_words_could_mean_another_day(client, db):
    milestone = milestone_with("", "03/04/2021")
    assert "Ambiguous: it could also be read as another day." in public(client, milestone)
    services.correct_reading(milestone, make_user("coordinator", lead(milestone)), REASON, open_ended=True)
    assert "Ambiguous" not in public(client, milestone)


def test_corrections_cost_no_query_each(client, milestone, poc, django_assert_max_num_queries):
    addresses = [milestone.commitment.get_absolute_url(), f"/api/v1/milestones/?plan={milestone.commitment.plan.slug}"]
    counts = []
    for size in (1, 12):
        for _ in range(size):
            other = make_milestone(milestone.commitment, published_end="June 2001")
            services.read_deadlines(other)
            services.correct_reading(other, poc, REASON, due_on=LATER, precision="day")
        for address in addresses:
            client.get(address)
            with django_assert_max_num_queries(100) as captured:
                client.get(address)
            counts.append(len(captured))
    assert counts[:2] == counts[2:]


# In a browser ---------------------------------------------------------------------------------------------------------
@pytest.mark.once
def test_the_reading_follows_what_is_typed(page, axe, sign_in, record, admin):
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.get(position=2)
    sign_in(page, admin).goto(change(milestone))
    page.locator("#id_published_end").fill("Fourth quarter of 2021")
    expect(page.locator("[data-reading]")).to_contain_text("4th quarter of 2021")
    page.locator("#id_published_end").fill("soon")
    expect(page.locator("[data-reading]")).to_contain_text("Nothing is guessed")
    axe(page, "#reading")


@pytest.mark.once
def test_the_reading_is_shown_and_corrected_without_script_on_a_phone(open_page, axe, sign_in, record, admin):
    phone = sign_in(open_page(java_script_enabled=False, viewport={"width": 360, "height": 740}), admin)
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.get(position=2)
    phone.goto(change(milestone))
    phone.locator("#id_published_end").fill("Fourth quarter of 2021")
    phone.get_by_role("button", name="Show how it is read").click()
    expect(phone.locator("#reading")).to_contain_text("4th quarter of 2021")
    phone.get_by_role("link", name="Correct the reading").click()
    phone.get_by_label("a due date").check()
    phone.get_by_label("Due on").fill("2900-03-31")
    phone.get_by_label("Precision").select_option("day")
    phone.get_by_label("Reason").fill(REASON)
    phone.get_by_role("button", name="Keep this correction").click()
    expect(phone.locator("#reading")).to_contain_text(REASON)


@pytest.mark.once
def test_axe_finds_nothing_on_the_page_that_corrects(page, axe, sign_in, record, coordinator):
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.get(position=2)
    sign_in(page, coordinator).goto(correct(milestone))
    axe(page)
