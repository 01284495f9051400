"""The outbox in the admin: the coordinating ministry sees its member's mails, and has some of them tried again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.roles import PERMISSIONS
from milestones.mail_models import GIVEN_UP_AFTER
from milestones.models import OutboxMail, Reminder
from milestones.outbox import LEASE, claim
from milestones.reminders import remind
from tests.world import END, make_commitment, make_institution, make_member, make_milestone, make_plan, make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/milestones/outboxmail/"
REMINDERS = "/admin/milestones/reminder/"


class World:
    """A member with a coordinating ministry and editors, each of whom a digest waits for."""

    def __init__(self, editors=1, **member):
        self.member = make_member(**member)
        self.ministry = make_institution(self.member)
        self.milestone = make_milestone(make_commitment(make_plan(self.member), self.ministry), END)
        self.coordinator = make_user("coordinator", self.ministry)
        self.editors = [
            make_user("editor", self.ministry, email=f"reader{n}@{self.member.slug}.example") for n in range(editors)
        ]
        remind(END)
        self.mails = list(OutboxMail.objects.filter(user__in=self.editors).order_by("pk"))
        assert len(self.mails) == editors

    @property
    def mail(self):
        return self.mails[0]

    def change(self, **facts):
        OutboxMail.objects.filter(pk=self.mail.pk).update(**facts)

    def put_off(self, held_back=timedelta(minutes=50), **facts):
        failed = {"attempts": 7, "error": "SMTPDataError: (452, b'Disk full.')"}
        self.change(not_before=timezone.now() + held_back, **failed | facts)


@pytest.fixture
def world():
    return World()


def text_of(client, address, user):
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def try_again(client, user, *mails, address=LIST):
    client.force_login(user)
    data = {"action": "try_again", "_selected_action": [mail.pk for mail in mails]}
    return client.post(address, data, follow=True)


def not_before(mail):
    return OutboxMail.objects.get(pk=mail.pk).not_before


# Who sees what --------------------------------------------------------------------------------------------------------
def test_the_coordinating_ministry_sees_the_mails_to_its_own_member_only(client, world):
    other = World()
    page = text_of(client, LIST, world.coordinator)
    assert world.editors[0].email in page
    assert world.mail.subject in page
    assert other.editors[0].email not in page
    assert client.get(f"{LIST}{other.mail.pk}/change/").status_code == 302, "as one that is not there"


def test_the_coordinating_ministry_sees_its_own_members_reminders_only(client, world):
    other = World()
    page = text_of(client, REMINDERS, world.coordinator)
    assert world.milestone.title in page
    assert other.milestone.title not in page


def test_an_administrator_sees_all_mails(client, world, admin):
    page = text_of(client, LIST, admin)
    assert world.editors[0].email in page


@pytest.mark.parametrize("role", ["editor", "head", "irm", "viewer"])
def test_nobody_else_sees_any(client, world, role):
    client.force_login(make_user(role, world.ministry))
    for address in (LIST, f"{LIST}{world.mail.pk}/change/", REMINDERS):
        assert client.get(address).status_code == 403
    assert "outboxmail" not in client.get("/admin/").content.decode()


def test_a_mail_is_read_with_its_words_and_what_it_tells_about(client, world):
    page = text_of(client, f"{LIST}{world.mail.pk}/change/", world.coordinator)
    assert world.mail.subject in page
    assert world.milestone.title in page
    assert "on the day" in page
    assert 'name="_save"' not in page


def test_nobody_adds_changes_or_deletes_a_mail(client, world, admin):
    for user in (world.coordinator, admin):
        client.force_login(user)
        for address in (f"{LIST}add/", f"{LIST}{world.mail.pk}/delete/", f"{REMINDERS}add/"):
            assert client.post(address, {"post": "yes"}).status_code == 403
        assert client.post(f"{LIST}{world.mail.pk}/change/", {"subject": "Other words"}).status_code == 403
        client.post(LIST, {"action": "delete_selected", "_selected_action": [world.mail.pk], "post": "yes"})
    assert OutboxMail.objects.get(pk=world.mail.pk).subject == world.mail.subject
    assert Reminder.objects.filter(mail=world.mail).exists()


def test_a_mails_words_are_shown_as_text(client, world):
    world.change(text="<script>alert(1)</script>", subject="<b>Words</b>", error="<i>no</i>", attempts=1)
    for address in (LIST, f"{LIST}{world.mail.pk}/change/"):
        page = text_of(client, address, world.coordinator)
        assert "<script>alert(1)" not in page and "<b>Words" not in page and "<i>no" not in page


# States ---------------------------------------------------------------------------------------------------------------
LONG_AGO = timezone.now() - GIVEN_UP_AFTER - timedelta(hours=1)
STATES = [
    ("waiting", {}, "waiting"),
    ("put_off", {"attempts": 1, "error": "OSError: no"}, "failed 1 time: OSError: no"),
    ("put_off", {"attempts": 3, "error": "OSError: no"}, "failed 3 times: OSError: no"),
    ("sent", {"sent_at": timezone.now(), "sent_to": "then@example.org", "error": ""}, "sent on "),
    ("given_up", {"created_at": LONG_AGO, "error": "OSError: no", "attempts": 9}, "given up; failed 9 times: OSError"),
    ("given_up", {"created_at": LONG_AGO}, "given up"),
]


@pytest.mark.parametrize("state, facts, words", STATES)
def test_each_state_has_its_words_and_its_filter(client, world, state, facts, words):
    world.change(**facts)
    cell = f'field-state">{words}', f'field-state"><strong class="late">{words}'
    for asked in ("waiting", "put_off", "sent", "given_up"):
        page = text_of(client, f"{LIST}?state={asked}", world.coordinator)
        assert any(words in page for words in cell) == (asked == state), asked


@pytest.mark.parametrize("facts, words", [({"is_active": False}, "is closed"), ({"email": ""}, "has no address")])
def test_a_mail_that_cannot_be_delivered_says_why_it_waits(client, world, facts, words):
    type(world.editors[0]).objects.filter(pk=world.editors[0].pk).update(**facts)
    assert f"waiting: the account {words}" in text_of(client, LIST, world.coordinator)


def test_the_address_is_the_one_that_the_mail_went_to(client, world):
    world.change(sent_at=timezone.now(), sent_to="then@example.org")
    assert "then@example.org" in text_of(client, LIST, world.coordinator)


# Again ----------------------------------------------------------------------------------------------------------------
def test_a_mail_that_was_put_off_is_tried_again_at_once(client, world):
    world.put_off()
    assert claim() is None
    page = try_again(client, world.coordinator, world.mail).content.decode()
    assert "1 mail is tried again within a minute or two." in page
    assert claim().pk == world.mail.pk


def test_a_mail_that_a_worker_is_sending_is_left_to_it(client, world):
    """Its row looks like that of a mail with a short pause; were it freed, another worker would send it as well."""
    world.put_off(held_back=-timedelta(minutes=1))
    assert claim().pk == world.mail.pk
    held_until = not_before(world.mail)
    page = try_again(client, world.coordinator, world.mail).content.decode()
    assert "None of these mails is put off for more than ten minutes" in page
    assert not_before(world.mail) == held_until


@pytest.mark.parametrize(
    "facts",
    [
        {"sent_at": timezone.now(), "sent_to": "then@example.org"},
        {"created_at": LONG_AGO},
        {"error": ""},
        {"held_back": LEASE - timedelta(seconds=5)},
    ],
)
def test_what_was_sent_given_up_or_comes_up_anyway_stays_as_it_is(client, world, facts):
    world.put_off(**facts)
    before = not_before(world.mail)
    try_again(client, world.coordinator, world.mail)
    assert not_before(world.mail) == before


def test_another_members_mail_cannot_be_tried_again(client, world):
    other = World()
    other.put_off()
    before = not_before(other.mail)
    try_again(client, world.coordinator, other.mail)
    assert not_before(other.mail) == before


@pytest.mark.parametrize("role", ["editor", "head", "irm", "viewer"])
def test_nobody_else_may_have_it_tried_again(client, world, role):
    world.put_off()
    before = not_before(world.mail)
    assert try_again(client, make_user(role, world.ministry), world.mail).status_code == 403
    assert not_before(world.mail) == before


def test_who_may_only_look_may_not_have_it_tried_again(client, world, monkeypatch):
    monkeypatch.setitem(PERMISSIONS, "head", PERMISSIONS["head"] | {"milestones.view_outboxmail"})
    world.put_off()
    before = not_before(world.mail)
    page = try_again(client, make_user("head", world.ministry), world.mail).content.decode()
    assert world.mail.subject in page and "Try again now" not in page
    assert not_before(world.mail) == before


def test_looking_does_not_try_again(client, world):
    world.put_off()
    before = not_before(world.mail)
    client.force_login(world.coordinator)
    client.get(f"{LIST}?action=try_again&_selected_action={world.mail.pk}", follow=True)
    assert not_before(world.mail) == before


# Lists of any length --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", [LIST, REMINDERS])
def test_the_lists_cost_the_same_for_1_and_for_50_mails(client, db, address):
    counts = []
    for size in (1, 50):
        coordinator = World(editors=size).coordinator
        text_of(client, address, coordinator)
        with CaptureQueriesContext(connection) as queries:
            text_of(client, address, coordinator)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_list_is_there_in_korean(client, world):
    with translation.override("ko"):
        page = text_of(client, f"/ko{LIST}", world.coordinator)
    assert 'lang="ko"' in page


@pytest.mark.once
def test_axe_finds_nothing_on_the_outbox(page, axe, sign_in, transactional_db):
    world = World(editors=2)
    world.put_off()
    sign_in(page, world.coordinator)
    for address in (LIST, f"{LIST}{world.mail.pk}/change/", REMINDERS):
        page.goto(address)
        axe(page)
