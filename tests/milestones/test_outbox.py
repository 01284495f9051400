"""The outbox: what was decided on is sent once, whatever the mail server and the workers do."""

import smtplib
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.closing import close
from accounts.models import User
from milestones import mail, outbox, tasks
from milestones.mail_models import GIVEN_UP_AFTER
from milestones.models import OutboxMail
from milestones.outbox import LEASE, Round, claim, send_waiting
from milestones.reminders import remind
from ogptracker.celery import app
from tests.servers import free_port
from tests.smtp import mail_server
from tests.world import END, make_commitment, make_institution, make_member, make_milestone, make_plan, make_user

pytestmark = pytest.mark.django_db


def waiting_mails(count):
    """Digests of so many editors, in the outbox, in the order of their names."""
    member = make_member()
    ministry = make_institution(member)
    make_milestone(make_commitment(make_plan(member), ministry), END)
    for number in range(count):
        make_user("editor", ministry, email=f"reader{number}@example.org")
    assert len(remind(END)) == count
    return list(OutboxMail.objects.order_by("pk"))


@pytest.fixture
def server(settings):
    with mail_server() as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        settings.EMAIL_TIMEOUT = 5
        settings.DEFAULT_FROM_EMAIL = "OGP tracker <tracker@example.org>"
        yield found


def let_time_pass(**much):
    """As if the outbox had been left alone for so long."""
    for row in OutboxMail.objects.filter(sent_at=None):
        row.not_before -= timedelta(**much)
        row.save()


# A server that works --------------------------------------------------------------------------------------------------
def test_what_waits_is_sent_once_over_one_connection(server):
    stored = waiting_mails(3)
    assert send_waiting() == Round(sent=3)
    assert send_waiting() == Round()
    assert server.readers == ["reader0@example.org", "reader1@example.org", "reader2@example.org"]
    assert server.connections == 1
    for row in stored:
        row.refresh_from_db()
        assert row.sent_at and row.sent_to == row.user.email and row.attempts == 1


def test_a_mail_has_both_forms_and_says_what_it_is(server, settings):
    settings.SITE_URL = "https://tracker.example.org"
    (stored,) = waiting_mails(1)
    send_waiting()
    ((_address, found),) = server.taken
    assert found["Subject"] == "1 milestone due by 31 December"
    assert found["From"] == "OGP tracker <tracker@example.org>"
    assert found["To"] == "reader0@example.org"
    assert found["Message-ID"] == stored.message_id
    assert stored.message_id.endswith("@example.org>")
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["List-Unsubscribe"] == "<https://tracker.example.org/admin/accounts/user/mail/>"
    assert found.get_content_type() == "multipart/alternative"
    assert found.get_body(("plain",)).get_content().replace("\r\n", "\n") == stored.text
    assert found.get_body(("html",)).get_content().replace("\r\n", "\n").strip() == stored.html.strip()


def test_a_korean_mail_arrives_as_it_was_written(server):
    waiting_mails(0)
    editor = make_user("editor", make_institution(make_member()), email="reader@example.org", language="ko")
    make_milestone(make_commitment(make_plan(editor.institution.member), editor.institution), END, title_ko="공개한다")
    assert len(remind(END)) == 1
    send_waiting()
    ((_address, found),) = server.taken
    assert "12월 31일" in found["Subject"]
    assert "공개한다" in found.get_body(("plain",)).get_content()


# A server that does not -----------------------------------------------------------------------------------------------
def test_a_server_that_is_away_delays_mail_and_loses_none(settings, server):
    stored = waiting_mails(2)
    settings.EMAIL_PORT = free_port()
    assert send_waiting() == Round(put_off=1), "one knock is enough"
    first = OutboxMail.objects.get(pk=stored[0].pk)
    assert first.attempts == 1 and first.sent_at is None and "ConnectionRefusedError" in first.error
    assert first.not_before > timezone.now() + timedelta(seconds=50)
    settings.EMAIL_PORT = server.port
    assert send_waiting() == Round(sent=1)
    let_time_pass(minutes=1)
    assert send_waiting() == Round(sent=1)
    assert server.readers == ["reader1@example.org", "reader0@example.org"]
    first.refresh_from_db()
    assert first.error == ""


@pytest.mark.parametrize(
    "command, answer",
    [
        ("CONNECT", "554 Not today."),
        ("MAIL", "451 Try again later."),
        ("RCPT", "450 Mailbox busy."),
        ("RCPT", "550 No such person."),
        ("DATA", "452 Disk full."),
        ("MAIL", "421 Going down."),
    ],
)
def test_whatever_the_server_refuses_is_kept_and_sent_later_with_the_same_message_id(server, command, answer):
    (stored,) = waiting_mails(1)
    server.refusals[command] = answer
    assert send_waiting() == Round(put_off=1)
    assert send_waiting() == Round(), "it waits for its pause to end"
    let_time_pass(minutes=1)
    assert send_waiting() == Round(put_off=1)
    server.refusals.clear()
    let_time_pass(minutes=2)
    assert send_waiting() == Round(sent=1)
    assert [found["Message-ID"] for _address, found in server.taken] == [stored.message_id]


def test_one_readers_bad_address_does_not_hold_up_the_others(server):
    waiting_mails(3)
    server.refusals["reader0@example.org"] = "550 No such person."
    assert send_waiting() == Round(sent=2, put_off=1)
    assert server.readers == ["reader1@example.org", "reader2@example.org"]


def test_a_server_that_closes_ends_the_round(server):
    waiting_mails(3)
    server.refusals["reader0@example.org"] = "421 Going down."
    assert send_waiting() == Round(put_off=1)
    assert send_waiting() == Round(sent=2)


def test_pauses_grow_to_an_hour_and_stay_there(server):
    (stored,) = waiting_mails(1)
    server.refusals["MAIL"] = "451 Try again later."
    pauses = []
    for _ in range(9):
        send_waiting()
        stored.refresh_from_db()
        pauses.append(round((stored.not_before - timezone.now()).total_seconds() / 60))
        let_time_pass(hours=1)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_mail_that_cannot_be_written_down_does_not_hold_up_the_others(server, monkeypatch):
    waiting_mails(2)
    User.objects.filter(email="reader0@example.org").update(email="reader\n0@example.org")
    assert send_waiting() == Round(sent=1, put_off=1)


def test_after_a_month_a_mail_is_given_up_and_no_longer_holds_back_newer_ones(server):
    (stored,) = waiting_mails(1)
    OutboxMail.objects.update(created_at=timezone.now() - GIVEN_UP_AFTER - timedelta(minutes=1))
    assert send_waiting() == Round()
    stored.refresh_from_db()
    assert stored.sent_at is None
    make_milestone(make_commitment(make_plan(stored.user.institution.member), stored.user.institution), END)
    OutboxMail.objects.update(day=END - timedelta(days=40))
    assert len(remind(END)) == 1


def test_a_mail_goes_to_the_address_that_its_reader_has_now(server):
    waiting_mails(1)
    User.objects.filter(email="reader0@example.org").update(email="new@example.org")
    send_waiting()
    assert server.readers == ["new@example.org"]
    assert OutboxMail.objects.get().sent_to == "new@example.org"


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_who_left_gets_nothing_any_more(server, change):
    waiting_mails(1)
    User.objects.update(**change)
    assert send_waiting() == Round()


# Workers --------------------------------------------------------------------------------------------------------------
def test_mails_to_a_closed_account_are_forgotten():
    kept, forgotten = waiting_mails(2)
    close(forgotten.user, timezone.now())
    tasks.send_reminders()
    assert list(OutboxMail.objects.values_list("pk", flat=True)) == [kept.pk]
    assert outbox.forget_closed() == 0


def test_a_claimed_mail_is_nobody_elses_until_the_lease_ends(server):
    waiting_mails(1)
    assert claim().attempts == 1
    assert claim() is None
    let_time_pass(seconds=LEASE.total_seconds() - 5)
    assert claim() is None
    let_time_pass(seconds=6)
    assert claim().attempts == 2, "its worker is taken for dead"


def test_the_lease_is_longer_than_one_mail_can_take(settings):
    answers = 8  # the greeting, EHLO twice, STARTTLS, AUTH, MAIL, RCPT, DATA and its end, at the most
    assert LEASE.total_seconds() > 2 * answers * settings.EMAIL_TIMEOUT


def test_a_round_ends_before_the_time_limit_of_a_task(settings):
    assert outbox.ROUND + LEASE.total_seconds() <= settings.CELERY_TASK_TIME_LIMIT


def test_a_worker_that_comes_back_after_its_lease_does_not_undo_what_another_did(server):
    waiting_mails(1)
    slow = claim()
    let_time_pass(seconds=LEASE.total_seconds() + 1)
    assert send_waiting() == Round(sent=1)
    outbox.put_off(slow, smtplib.SMTPServerDisconnected("too slow"))
    assert OutboxMail.objects.get().sent_at
    assert send_waiting() == Round()


def test_a_round_ends_when_its_time_is_up(server, monkeypatch):
    waiting_mails(2)
    monkeypatch.setattr(outbox, "ROUND", 0)
    assert send_waiting() == Round()
    assert OutboxMail.objects.filter(attempts=0).count() == 2


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_mail_once(server):
    waiting_mails(12)
    together, rounds, faults = threading.Barrier(4), [], []

    def work():
        try:
            together.wait(10)
            rounds.append(send_waiting())
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert sum(done.sent for done in rounds) == 12
    assert sorted(server.readers) == sorted(f"reader{n}@example.org" for n in range(12))


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_each_digest_once(server, monkeypatch):
    waiting_mails(4)
    OutboxMail.objects.all().delete()  # and with them what was told
    together, written, faults = threading.Barrier(2), [], []
    render, arrived = mail.render, threading.local()

    def render_together(digest):
        """Both sweeps have looked before either writes its first digest."""
        if not hasattr(arrived, "once"):
            arrived.once = True
            together.wait(10)
        return render(digest)

    monkeypatch.setattr(mail, "render", render_together)

    def sweep():
        try:
            written.extend(remind(END))
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert len(written) == OutboxMail.objects.count() == 4
    assert sorted(digest.person.pk for digest in written) == sorted(OutboxMail.objects.values_list("user", flat=True))


# The job and the settings ---------------------------------------------------------------------------------------------
def test_the_job_looks_into_the_outbox_every_minute(server):
    waiting_mails(1)
    entry = app.conf.beat_schedule["send-mail"]
    assert entry["schedule"] == 60.0
    assert app.tasks[entry["task"]] is app.tasks[tasks.send_mail.name]
    app.tasks[entry["task"]].apply(throw=True)
    assert server.readers == ["reader0@example.org"]


def test_without_a_mail_server_each_mail_becomes_a_file(settings, tmp_path):
    waiting_mails(1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    assert send_waiting() == Round(sent=1)
    (file,) = (tmp_path / "mail").iterdir()
    assert "To: reader0@example.org" in file.read_text()
    assert send_waiting() == Round()
    assert len(list((tmp_path / "mail").iterdir())) == 1, "nothing to send, no file"
