"""Reminders: who is told what on which day, how often, in which words, and by how many queries."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from milestones import outbox, tasks
from milestones.mail import LONGEST_LIST, Digest, render
from milestones.models import Milestone, OutboxMail, Reminder
from milestones.reminders import remind, stage_of, whole_months
from milestones.services import amend_deadline
from ogptracker.celery import app
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db
DUE = date(2021, 11, 30)


def days(number):
    return DUE + timedelta(days=number)


class World:
    """A ministry with a division that leads one commitment, and accounts at every level."""

    def __init__(self, fresh_on=date(2021, 10, 1), **member):
        self.member = make_member(**member)
        self.ministry = make_institution(self.member)
        self.division = make_institution(self.member, parent=self.ministry)
        self.other = make_institution(self.member)
        self.editor = self.person("editor", self.ministry)
        self.head = self.person("head", self.ministry)
        self.coordinator = self.person("coordinator", self.other)
        self.plan = make_plan(self.member)
        self.commitment = make_commitment(self.plan, self.division)
        if fresh_on:
            self.keep_fresh(fresh_on)

    def person(self, role, institution, **facts):
        user = make_user(role, institution, **facts)
        user.email = facts.get("email", f"{user.username}@example.org")
        user.save()
        return user

    def milestone(self, *due, **facts):
        return make_milestone(self.commitment, *(due or (DUE,)), **facts)

    def reported(self, milestone, on, status="completed", **facts):
        return make_public_report(milestone, self.editor, self.head, on, status=status, **facts)

    def keep_fresh(self, on):
        """Keeps the commitment from being stale: a report on a milestone of its own that nothing is due of."""
        self.reported(make_milestone(self.commitment), on, status="limited")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def quiet_world():
    """One from whose commitment, which has a milestone, nothing was ever heard."""
    world = World(fresh_on=None)
    make_milestone(world.commitment)
    return world


@pytest.fixture
def nobody_else(db):
    """Only those are told whom the test makes: the record itself comes without accounts."""
    assert not User.objects.exists()


def told(on):
    """Who would be told of what on the day, and is: account name → stages, of deadlines and stale commitments."""
    found = {}
    for digest in remind(on):
        OutboxMail.objects.filter(user=digest.person, day=on).update(sent_at=timezone.now(), sent_to="x@example.org")
        found[digest.person] = [reminder.kind for reminder in digest.reminders]
    return found


# Stages ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "day, kind",
    [
        (-31, None),
        (-30, "before_30"),
        (-8, "before_30"),
        (-7, "before_7"),
        (-1, "before_7"),
        (0, "due"),
        (6, "due"),
        (7, "after_7"),
        (29, "after_7"),
        (30, "after_30"),
        (60, "after_30"),
        (61, "monthly"),  # 30 January 2022
    ],
)
def test_each_day_has_its_stage(day, kind):
    stage = stage_of(DUE, days(day))
    assert (stage and stage.kind) == kind


def test_after_two_months_there_is_a_stage_a_month_on_the_due_day_or_the_months_last():
    due = date(2021, 8, 31)
    found = [stage_of(due, date(2021, 10, 1) + timedelta(days=n)) for n in range(180)]
    falls = [stage.falls_on for stage in found if stage.kind == "monthly"]
    assert sorted(set(falls)) == [
        date(2021, 10, 31),
        date(2021, 11, 30),
        date(2021, 12, 31),
        date(2022, 1, 31),
        date(2022, 2, 28),
    ]


@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)), st.integers(-40, 1200))
def test_stages_follow_each_other_and_never_lie_ahead(due, number):
    today, tomorrow = stage_of(due, due + timedelta(number)), stage_of(due, due + timedelta(number + 1))
    assert (today is None) == (number < -30)
    if today:
        assert today.falls_on <= due + timedelta(number)
        assert tomorrow.falls_on >= today.falls_on
        assert (tomorrow == today) or tomorrow.falls_on == due + timedelta(number + 1)
        assert (today.kind == "monthly") == (whole_months(due, due + timedelta(number)) >= 2)


# Who ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "day, roles",
    [
        (-31, []),
        (-30, ["editor"]),
        (-7, ["editor"]),
        (0, ["editor"]),
        (7, ["editor", "head"]),
        (30, ["editor", "head", "coordinator"]),
        (92, ["editor", "head", "coordinator"]),
    ],
)
def test_reminders_rise_from_the_editors_to_the_head_to_the_coordinating_ministry(nobody_else, world, day, roles):
    world.milestone()
    assert [person.role for person in told(days(day))] == roles


def test_only_those_are_told_whose_institution_or_a_body_below_it_leads(nobody_else, world):
    world.milestone()
    at_division = world.person("editor", world.division)
    world.person("editor", make_institution(world.member, parent=world.division))
    world.person("editor", world.other)
    World()
    assert set(told(days(0))) == {world.editor, at_division}


@pytest.mark.parametrize(
    "facts", [{"is_active": False}, {"email": ""}, {"role": "irm", "institution": None}, {"role": "viewer"}]
)
def test_closed_accounts_accounts_without_an_address_and_other_roles_are_told_nothing(nobody_else, world, facts):
    world.milestone()
    User.objects.filter(pk=world.editor.pk).update(**facts)
    assert told(days(0)) == {}


def test_the_training_member_reminds_its_own_accounts_alone_and_says_that_it_is_fictional(nobody_else):
    training, real = World(is_fictional=True), World()
    training.milestone()
    real.milestone()
    found = {digest.person: render(digest) for digest in remind(days(0))}
    assert set(found) == {training.editor, real.editor}
    assert found[training.editor].subject == "Fictional, for training: 1 milestone due by 30 November"
    assert "This is a training member" in found[training.editor].text
    assert "raining" not in found[real.editor].subject + found[real.editor].text


# What -----------------------------------------------------------------------------------------------------------------
def test_what_was_met_withdrawn_or_moved_reminds_nobody(nobody_else, world):
    met, withdrawn, moved = world.milestone(), world.milestone(), world.milestone()
    world.reported(met, days(-1))
    world.reported(withdrawn, days(-1), status="withdrawn")
    amend_deadline(moved.deadlines.get(), days(60), "The law came later.", set_on=days(-1))
    assert told(days(0)) == {}
    assert told(days(30)) == {world.editor: ["before_30"]}


def test_what_is_only_reported_in_part_or_not_yet_approved_still_reminds(nobody_else, world):
    world.reported(world.milestone(), days(-1), status="substantial")
    make_report(world.milestone(), world.editor, days(-1), status="completed", review="submitted")
    assert told(days(0)) == {world.editor: ["due", "due"]}


def test_what_has_no_end_reminds_nobody(nobody_else, world):
    make_milestone(world.commitment, open_ended=True, published_end="To be continued")
    assert told(days(0)) == {}


@pytest.mark.parametrize(
    "plan",
    [
        {"starts_on": days(1)},
        {"ends_on": days(-1)},
        {"stage": "in_preparation"},
        {"stage": "withdrawn"},
        {"starts_on": None, "ends_on": None},
    ],
    ids=["not begun", "ended", "in preparation", "withdrawn", "period not stated"],
)
def test_nothing_is_told_outside_a_plans_implementation(nobody_else, world, plan):
    world.milestone()
    type(world.plan).objects.filter(pk=world.plan.pk).update(**plan)
    assert told(days(0)) == {}


# When -----------------------------------------------------------------------------------------------------------------
def test_a_person_is_told_of_each_stage_once(nobody_else, world):
    world.milestone()
    found = [(n, told(days(n)).get(world.editor)) for n in range(-40, 100)]
    assert [(n, kinds) for n, kinds in found if kinds] == [
        (-30, ["before_30"]),
        (-7, ["before_7"]),
        (0, ["due"]),
        (7, ["after_7"]),
        (30, ["after_30"]),
        (61, ["monthly"]),
        (90, ["monthly"]),
    ]


def test_a_second_run_of_the_same_day_tells_nothing_even_when_something_was_added(nobody_else, world):
    world.milestone()
    assert told(days(0)) == {world.editor: ["due"]}
    world.milestone()
    assert told(days(0)) == {}
    assert told(days(1)) == {world.editor: ["due"]}


def test_missed_days_are_made_up_for_by_one_digest_with_the_latest_stage_of_each(nobody_else, world):
    world.milestone()
    world.milestone(days(20), days(300))
    assert told(days(-30)) == {world.editor: ["before_30"]}
    assert told(days(19)) == {world.editor: ["after_7", "before_7"], world.head: ["after_7"]}
    assert told(days(20)) == {world.editor: ["due"]}


def test_a_sweep_of_an_earlier_day_tells_nothing_that_a_later_one_told(nobody_else, world):
    world.milestone()
    assert told(days(0)) == {world.editor: ["due"]}
    world.milestone(days(5))
    assert told(days(-7)) == {}


def test_a_corrected_date_is_told_anew(nobody_else, world):
    deadline = world.milestone().deadlines.get()
    assert told(days(0)) == {world.editor: ["due"]}
    deadline.due_on = days(20)
    deadline.save()
    assert told(days(1)) == {}, "30 days before the new date lie before what was told already"
    assert told(days(13)) == {world.editor: ["before_7"]}


def test_a_person_whose_last_mail_is_not_out_yet_gets_no_second_one_but_nothing_is_lost(nobody_else, world):
    world.milestone()
    (first,) = remind(days(-7))
    assert remind(days(0)) == []
    OutboxMail.objects.update(sent_at=timezone.now(), sent_to=first.person.email)
    assert told(days(1)) == {world.editor: ["due"]}


def at(monkeypatch, *moment):
    monkeypatch.setattr(timezone, "now", lambda: datetime(*moment, tzinfo=UTC))


@pytest.mark.parametrize(
    "zone, moment, day",
    [
        ("Asia/Seoul", (2021, 11, 29, 21, 59), None),  # the 30th, 06:59
        ("Asia/Seoul", (2021, 11, 29, 22, 0), date(2021, 11, 30)),
        ("Asia/Seoul", (2021, 11, 30, 14, 59), date(2021, 11, 30)),
        ("Asia/Seoul", (2021, 11, 30, 15, 1), None),  # the 1st, 00:01
        ("America/Lima", (2021, 11, 30, 11, 59), None),
        ("America/Lima", (2021, 11, 30, 12, 0), date(2021, 11, 30)),
    ],
)
def test_the_job_writes_in_the_members_own_morning_about_its_own_day(nobody_else, monkeypatch, zone, moment, day):
    world = World(time_zone=zone)
    world.milestone()
    at(monkeypatch, *moment)
    tasks.send_reminders.apply(throw=True)
    assert list(OutboxMail.objects.values_list("day", flat=True)) == ([day] if day else [])


def test_without_a_date_the_day_is_each_members_own(nobody_else, monkeypatch):
    seoul, lima = World(time_zone="Asia/Seoul"), World(time_zone="America/Lima")
    for world in (seoul, lima):
        world.milestone()
    at(monkeypatch, 2021, 11, 29, 16, 0)  # the 30th, 01:00, in Seoul; the 29th, 11:00, in Lima
    assert {digest.person: digest.on for digest in remind()} == {seoul.editor: DUE, lima.editor: days(-1)}


def test_a_day_that_has_begun_nowhere_is_refused(nobody_else, world, monkeypatch):
    world.milestone()
    at(monkeypatch, 2021, 11, 29, 9, 59)
    with pytest.raises(ValueError, match="2021-11-30 lies in the future"):
        remind(DUE)
    assert len(remind(DUE, dry_run=True)) == 1
    assert not OutboxMail.objects.exists()


# What a person chooses ------------------------------------------------------------------------------------------------
def choose(person, digest):
    person.digest = digest
    person.save()


def test_who_chose_none_is_told_nothing_but_what_is_escalated(nobody_else, world):
    world.milestone()
    for person in (world.editor, world.head, world.coordinator):
        choose(person, "none")
    assert told(days(0)) == {}
    assert told(days(30)) == {world.head: ["after_30"], world.coordinator: ["after_30"]}


def test_weekly_means_at_most_one_a_week_from_monday_to_sunday(nobody_else, world):
    choose(world.editor, "weekly")
    monday = date(2021, 11, 22)
    for n in range(14):
        world.milestone(monday + timedelta(days=n))
    found = {n: told(monday + timedelta(days=n)).get(world.editor) for n in range(14)}
    assert [n for n, kinds in found.items() if kinds] == [0, 7]


@pytest.mark.parametrize("weekday", range(7))
def test_weekly_still_comes_in_the_week_before_a_deadline(nobody_else, world, weekday):
    choose(world.editor, "weekly")
    due = date(2021, 11, 22) + timedelta(days=weekday)
    world.milestone(due)
    kinds = [kind for n in range(-35, 0) for kind in told(due + timedelta(days=n)).get(world.editor, [])]
    assert kinds == ["before_30", "before_7"]


def test_weekly_does_not_hold_back_what_is_escalated(nobody_else, world):
    choose(world.head, "weekly")
    world.milestone(days(-1))
    world.milestone()
    assert told(days(6)) == {world.editor: ["after_7", "due"], world.head: ["after_7"]}
    assert told(days(7)) == {world.editor: ["after_7"], world.head: ["after_7"]}


def test_an_account_chooses_for_itself_on_a_page_of_its_own(client, world):
    client.force_login(world.editor)
    page = client.get("/admin/accounts/user/mail/")
    assert world.editor.email in page.content.decode()
    client.post("/admin/accounts/user/mail/", {"digest": "weekly", "language": "ko", "role": "coordinator"})
    world.editor.refresh_from_db()
    assert (world.editor.digest, world.editor.language, world.editor.role) == ("weekly", "ko", "editor")
    assert client.post("/admin/accounts/user/mail/", {"digest": "hourly", "language": "ko"}).status_code == 400
    assert User.objects.get(pk=world.editor.pk).digest == "weekly"


@pytest.mark.once
def test_that_page_is_accessible_to_all(page, sign_in, axe, world):
    sign_in(page, world.editor).goto("/admin/accounts/user/mail/")
    axe(page)
    page.get_by_label("Mails:", exact=True).select_option("weekly")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your choice is saved.").wait_for()
    axe(page)


def test_nobody_signed_out_reaches_that_page(client, db):
    assert "/admin/login/" in client.get("/admin/accounts/user/mail/")["Location"]


# Stale commitments ----------------------------------------------------------------------------------------------------
def test_the_coordinating_ministry_is_told_of_a_stale_commitment_once_a_month(nobody_else, quiet_world):
    begin = date(2021, 7, 1)  # six months after the plan began
    found = [begin + timedelta(days=n) for n in range(-10, 80) if told(begin + timedelta(days=n))]
    assert found == [date(2021, 7, 1), date(2021, 8, 1), date(2021, 9, 1)]
    assert set(Reminder.objects.values_list("user", "kind")) == {(quiet_world.coordinator.pk, "stale")}


def test_a_report_ends_that_and_six_months_later_it_begins_again(nobody_else, quiet_world):
    assert told(date(2021, 7, 1)) == {quiet_world.coordinator: ["stale"]}
    quiet_world.keep_fresh(date(2021, 7, 15))
    assert told(date(2021, 8, 1)) == told(date(2022, 1, 14)) == {}
    assert told(date(2022, 1, 15)) == {quiet_world.coordinator: ["stale"]}


@pytest.mark.parametrize("digest, days_told", [("daily", 4), ("weekly", 1), ("none", 0)])
def test_stale_commitments_come_as_often_as_the_coordinating_ministry_chose(
    nobody_else, quiet_world, digest, days_told
):
    choose(quiet_world.coordinator, digest)
    for n in range(4):  # one more goes quiet each day from Monday, 5 July, on
        fresh_until = make_commitment(quiet_world.plan, quiet_world.other)
        quiet_world.reported(make_milestone(fresh_until), date(2021, 1, 5 + n), status="limited")
    quiet_world.keep_fresh(date(2021, 7, 1))
    assert sum(bool(told(date(2021, 7, 5 + n))) for n in range(4)) == days_told


def test_what_is_escalated_does_not_use_up_the_weekly_mail(nobody_else, quiet_world):
    choose(quiet_world.coordinator, "weekly")
    quiet_world.milestone(date(2021, 5, 30))
    assert told(date(2021, 6, 29)) == {  # a Tuesday
        quiet_world.editor: ["after_30"],
        quiet_world.head: ["after_30"],
        quiet_world.coordinator: ["after_30"],
    }
    assert told(date(2021, 7, 1)) == {quiet_world.coordinator: ["stale"]}


def test_both_come_in_one_digest(nobody_else, quiet_world):
    quiet_world.milestone()
    assert told(days(30)) == {
        quiet_world.editor: ["after_30"],
        quiet_world.head: ["after_30"],
        quiet_world.coordinator: ["after_30", "stale"],
    }


# The words ------------------------------------------------------------------------------------------------------------
def digest_for(person, on):
    return render(next(digest for digest in remind(on, dry_run=True) if digest.person == person))


def test_the_subject_says_what_and_when(nobody_else, world):
    for n in (-3, -2, 0):
        world.milestone(days(n))
    assert digest_for(world.editor, days(-7)).subject == "3 milestones due by 30 November"
    assert digest_for(world.editor, days(0)).subject == (
        "2 milestones late, the first due on 27 November, 1 milestone due by 30 November"
    )
    assert digest_for(world.editor, date(2022, 1, 10)).subject == "3 milestones late, the first due on 27 November 2021"
    assert digest_for(world.coordinator, date(2021, 7, 1)).subject == "1 commitment without a report for six months"


def test_several_dates_of_one_milestone_count_as_one(nobody_else, world):
    world.milestone(days(0), days(1))
    assert digest_for(world.editor, days(0)).subject == "1 milestone due by 1 December"


def test_a_mail_has_the_facts_one_link_each_why_it_came_and_how_to_stop(nobody_else, world, settings):
    settings.SITE_URL = "https://tracker.example.org"
    milestone = world.milestone(title="Publish the register")
    found = digest_for(world.editor, days(46))
    form = f"https://tracker.example.org/admin/milestones/statusupdate/add/?milestone={milestone.pk}"
    preferences = "https://tracker.example.org/admin/accounts/user/mail/"
    for text in (found.text, found.html):
        assert "Publish the register" in text
        assert f"{world.plan.title}, commitment {world.commitment.number}" in text
        assert "due 30 November 2021 · late by 46 days" in text
        assert text.count(form) == 1
        assert f"the account {world.editor.username} reports for this institution: {world.ministry.name}." in text
        assert preferences in text
    assert "\n\n\n" not in found.text


@pytest.mark.parametrize(
    "precision, words",
    [
        ("day", "due 31 December 2021 ·"),
        ("month", "due December 2021 (by 31 December) ·"),
        ("quarter", "due 4th quarter of 2021 (by 31 December) ·"),
        ("year", "due 2021 (by 31 December) ·"),
    ],
)
def test_a_date_keeps_its_precision(nobody_else, world, precision, words):
    milestone = world.milestone(date(2021, 12, 31))
    milestone.deadlines.update(precision=precision)
    assert words in digest_for(world.editor, date(2021, 12, 31)).text


def test_the_link_leads_to_the_form_for_whom_it_was_sent_to(nobody_else, world, client):
    world.milestone()
    found = digest_for(world.editor, DUE)
    client.force_login(world.editor)
    link = next(word for word in found.text.split() if "statusupdate" in word)
    assert client.get(link).status_code == 200


def test_a_mail_is_in_the_persons_language(nobody_else, world, settings):
    settings.SITE_URL = "https://tracker.example.org"
    world.editor.language = "ko"
    world.editor.save()
    milestone = world.milestone(title="Publish the register", title_ko="등록부를 공개한다")
    found = digest_for(world.editor, DUE)
    for text in (found.text, found.html):
        assert "등록부를 공개한다" in text
        assert "2021년 11월 30일" in text
        assert f"https://tracker.example.org/ko/admin/milestones/statusupdate/add/?milestone={milestone.pk}" in text
    assert "11월 30일" in found.subject
    assert '<html lang="ko">' in found.html


def test_what_people_wrote_is_escaped_in_html_and_plain_in_text(nobody_else, world):
    world.milestone(title='Publish <script>alert("x")</script> & more')
    found = digest_for(world.editor, DUE)
    assert 'Publish <script>alert("x")</script> & more' in found.text
    assert "<script>" not in found.html
    assert "Publish &lt;script&gt;" in found.html


def test_a_long_list_is_cut_and_says_so(nobody_else, world):
    for _ in range(LONGEST_LIST + 2):
        world.milestone()
    found = digest_for(world.editor, DUE)
    assert found.subject == f"{LONGEST_LIST + 2} milestones due by 30 November"
    assert found.text.count("statusupdate/add") == found.html.count("statusupdate/add") == LONGEST_LIST
    assert "2 more are on your desk." in found.text
    remind(DUE)
    assert Reminder.objects.count() == LONGEST_LIST + 2


# Together -------------------------------------------------------------------------------------------------------------
def test_a_mail_and_what_it_tells_are_stored_together_or_not_at_all(nobody_else, world):
    world.milestone()
    (digest,) = remind(DUE, dry_run=True)
    (again,) = remind(DUE, dry_run=True)
    assert outbox.queue(digest)
    assert not outbox.queue(again), "one digest a person and day"
    OutboxMail.objects.update(day=days(-1))
    (copy,) = [Digest(digest.person, DUE, again.reminders)]
    assert not outbox.queue(copy), "another day's sweep told the same stage meanwhile"
    assert (OutboxMail.objects.count(), Reminder.objects.count()) == (1, 1)


@pytest.mark.parametrize("size", [1, 3, 300])
def test_a_digest_takes_the_same_queries_however_much_it_tells(nobody_else, size):
    _plan, editor, reviewer = make_world(size)
    make_world(1)
    User.objects.filter(pk__in=[editor.pk, reviewer.pk]).update(email="someone@example.org")
    with CaptureQueriesContext(connection) as queries:
        found = remind(date(2021, 6, 30))
    assert [len(digest.reminders) for digest in found] == [size]
    stored = [query for query in queries if 'INSERT INTO "milestones_reminder"' in query["sql"]]
    assert len(stored) <= 1 + size // 150, "many rows a statement"
    assert len(queries) - len(stored) == 12, "\n".join(query["sql"][:150] for query in queries)


# The job and the command ----------------------------------------------------------------------------------------------
def command(**options):
    out = io.StringIO()
    call_command("send_reminders", stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("name", ["send-reminders", "check-freshness"])
def test_the_jobs_run_hourly_under_their_names(name):
    entry = app.conf.beat_schedule[name]
    assert app.tasks[entry["task"]].name == entry["task"]
    assert entry["schedule"].hour == set(range(24))


def test_the_dry_run_lists_each_digest_and_writes_nothing(nobody_else, world, mailoutbox):
    world.milestone()
    assert command(date="2021-11-30", dry_run=True) == [
        f"{world.editor.username} <{world.editor.email}>: 1 milestone due by 30 November",
        "Dry run, nothing written. It would be: 1 digest.",
    ]
    assert not OutboxMail.objects.exists() and mailoutbox == []


def test_the_command_writes_and_sends_once(nobody_else, world, mailoutbox):
    world.milestone()
    assert command(date="2021-11-30")[-1] == "1 digest written, 1 mail sent."
    assert command(date="2021-11-30") == ["0 digests written, 0 mails sent."]
    (sent,) = mailoutbox
    assert sent.to == [world.editor.email]


def test_a_date_that_is_none_or_lies_ahead_is_refused(nobody_else):
    with pytest.raises(CommandError, match="“soon” is no date"):
        command(date="soon")
    with pytest.raises(CommandError, match="9999-01-01 lies in the future.* With --dry-run it can be looked at."):
        command(date="9999-01-01")


def test_the_records_own_deadlines_reach_who_answers_for_them(editor_mois, editor_msit, coordinator):
    """As of 15 November 2021 plan 5 has 20 late deadlines, read by hand; 19 of them by 30 days or more."""
    found = {digest.person: digest for digest in remind(date(2021, 11, 15), dry_run=True)}
    assert len(found[coordinator].late) == 19
    assert len(found[coordinator].stale) == 16
    numbers = {reminder.deadline.milestone.commitment.number for reminder in found[editor_msit].reminders}
    mine = Milestone.objects.reported_by(editor_msit)
    assert {milestone.commitment.number for milestone in mine} >= numbers == {"5", "11"}
