"""Mail at work, with real processes: a mail server that is away, workers that are killed, two beats by mistake.

Nothing twice, nothing lost; with the one exception that SMTP leaves open, which is shown too.
"""

from contextlib import ExitStack, contextmanager

import pytest

from tests.migrated import migrate
from tests.processes import PATIENCE, Processes, kill, noon
from tests.servers import free_port, postgres, redis
from tests.smtp import mail_server
from tests.tracker import environment_in, within

pytestmark = pytest.mark.once
EMBEDDED = pytest.param("SQLite and files", marks=pytest.mark.faults)

# Three editors, and a milestone of theirs that is due today, where it is about noon.
WORLD = """
from commitments.dates import local_date
from datetime import timedelta
from tests.world import *
numbers = count(time_ns())
import tests.world; tests.world.numbers = numbers
member = make_member(time_zone=ZONE, code=f"T{time_ns() % 10**6}")
today = local_date(ZONE)
ministry = make_institution(member)
plan = make_plan(member, number=1, starts_on=today - timedelta(days=60), ends_on=today + timedelta(days=60))
make_milestone(make_commitment(plan, ministry, position=1), today, today - timedelta(days=20), position=1)
addresses = [f"reader{n}.{member.code.lower()}@example.org" for n in range(3)]
for address in addresses: make_user("editor", ministry, email=address)
print(json.dumps(addresses))
"""
REMIND = "from milestones.reminders import remind; print(len(remind()))"
NOT_SENT = (
    "from milestones.models import OutboxMail; "
    "print(json.dumps(list(OutboxMail.objects.filter(sent_at=None).values('pk', 'attempts', 'error'))))"
)
AN_HOUR_PASSES = (
    "from datetime import timedelta; from django.db.models import F; from milestones.models import OutboxMail; "
    "print(OutboxMail.objects.filter(sent_at=None).update(not_before=F('not_before') - timedelta(hours=1)))"
)
REMEMBERED = (
    "from milestones.models import OutboxMail, Reminder; "
    "print(json.dumps([OutboxMail.objects.count(), Reminder.objects.count()]))"
)
BEAT_WAS_AWAY = """
from datetime import timedelta
from celery.beat import PersistentScheduler
from ogptracker.celery import app
scheduler = PersistentScheduler(app, schedule_filename=FILE)
for entry in scheduler.schedule.values(): entry.last_run_at -= timedelta(hours=2)
scheduler.close()
print(1)
"""


class Tracker(Processes):
    """The processes of one tracker, and the mail server that it reaches."""

    def __init__(self, environment, mails):
        super().__init__(environment)
        self.mails = mails

    def waiting(self):
        return self.shell(NOT_SENT)


@contextmanager
def servers(kind):
    if kind == "SQLite and files":
        yield {}
    else:
        with postgres() as database, redis() as broker:
            yield {"DATABASE_URL": database, "CELERY_BROKER_URL": broker}


@pytest.fixture(scope="module", params=[EMBEDDED, "PostgreSQL and Redis"])
def environment(request, tmp_path_factory):
    """A tracker of its own, with empty tables and no mail server yet."""
    folder = tmp_path_factory.mktemp("mail")
    (folder / "static").mkdir()
    with servers(request.param) as addresses:
        found = environment_in(folder) | addresses | {"EMAIL_URL": f"smtp://127.0.0.1:{free_port()}"}
        migrate(found)
        yield found


@pytest.fixture
def start(environment):
    """``start(**options)``: the tracker and its mail server, which is there unless ``away=True``."""
    with ExitStack() as stack:

        def started(away=False):
            port = int(environment["EMAIL_URL"].rpartition(":")[2])
            mails = None if away else stack.enter_context(mail_server(port))
            tracker = Tracker(environment, mails)
            stack.callback(tracker.end)
            return tracker

        yield started


def test_a_mail_server_that_is_away_delays_mail_and_loses_none(start, environment):
    tracker = start(away=True)
    addresses = tracker.shell(WORLD, ZONE=noon())
    assert tracker.shell(REMIND) == 3
    tracker.worker()
    tracker.ask("send_mail")
    assert within(PATIENCE, lambda: any(row["attempts"] for row in tracker.waiting()))
    assert "ConnectionRefusedError" in max(row["error"] for row in tracker.waiting())
    with mail_server(int(environment["EMAIL_URL"].rpartition(":")[2])) as mails:
        mails.refusals["MAIL"] = "451 Not yet."
        tracker.ask("send_mail")
        assert within(PATIENCE, lambda: "451" in max(row["error"] for row in tracker.waiting()))
        assert mails.taken == []
        mails.refusals.clear()
        tracker.shell(AN_HOUR_PASSES)
        tracker.ask("send_mail")
        assert within(PATIENCE, lambda: len(mails.taken) == 3)
        assert within(PATIENCE, lambda: tracker.waiting() == [])
        assert sorted(mails.readers) == addresses


@pytest.mark.parametrize(
    "moment, copies",
    [
        pytest.param("RCPT", 1, marks=pytest.mark.faults, id="before it is taken"),
        pytest.param(".", 2, id="after it is taken"),
    ],
)
def test_a_worker_killed_in_mid_mail_loses_none(start, moment, copies):
    """Killed before the server took the mail, it is sent once. Killed between the server's taking it and the mark in
    the database, it comes twice, as SMTP cannot rule out, with one Message-ID; all others come once."""
    tracker = start()
    addresses = tracker.shell(WORLD, ZONE=noon())
    assert tracker.shell(REMIND) == 3
    tracker.mails.holds = moment
    worker = tracker.worker()
    tracker.ask("send_mail")
    assert tracker.mails.held.wait(PATIENCE)
    kill(worker)
    tracker.mails.release()
    tracker.worker()
    tracker.ask("send_mail")
    assert within(PATIENCE, lambda: len(tracker.waiting()) == 1), "the others are sent; this one's lease has not ended"
    assert len(tracker.mails.taken) == copies + 1
    tracker.shell(AN_HOUR_PASSES)
    tracker.ask("send_mail")
    assert within(PATIENCE, lambda: tracker.waiting() == [])
    assert sorted(set(tracker.mails.readers)) == addresses
    assert len(tracker.mails.taken) == 2 + copies
    assert len({message["Message-ID"] for _address, message in tracker.mails.taken}) == 3


@pytest.mark.faults
def test_two_beats_and_two_workers_tell_everybody_once(start, tmp_path):
    """Both beats were away for two hours, so that each sends every message as soon as it starts."""
    tracker = start()
    addresses = tracker.shell(WORLD, ZONE=noon())
    before = tracker.shell(REMEMBERED)
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    for number, log in enumerate(logs):
        file = str(tmp_path / f"schedule-{number}")
        tracker.shell(BEAT_WAS_AWAY, FILE=file)
        with log.open("wb") as out:
            tracker.start("beat", "--pidfile=", "--schedule", file, "--loglevel", "INFO", log=out)
    assert within(PATIENCE, lambda: all(b"Sending due task send-reminders" in log.read_bytes() for log in logs))
    workers = [tracker.worker(), tracker.worker()]
    assert within(PATIENCE, lambda: len(tracker.mails.taken) >= 3)
    addresses += tracker.shell(WORLD, ZONE=noon())
    tracker.ask("send_reminders")  # behind the messages of both beats: once it is done, so are they
    assert within(PATIENCE, lambda: len(tracker.mails.taken) >= 6)
    for worker in workers:
        worker.terminate()  # it finishes what it has begun
        worker.wait(PATIENCE)
    assert sorted(tracker.mails.readers) == sorted(addresses)
    mails, reminders = tracker.shell(REMEMBERED)
    assert (mails - before[0], reminders - before[1]) == (6, 12)
