"""The sweep under real faults: workers killed, Redis and PostgreSQL struck down, beats and messages too many.

After each of them every notice is there once, with the right days; ``tests.sweeps.check`` works out which those are.
"""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import psycopg2
import pytest
import redis

from tests.migrated import migrate
from tests.processes import PATIENCE, Processes, another_day, kill, noon, pool_of
from tests.servers import postgres_server, redis_server
from tests.tracker import ROOT, environment_in, within

pytestmark = pytest.mark.once

AN_HOUR = 3600  # seconds; as long as Redis keeps a message for a worker that does not answer
SWEPT = b"overdue deadlines: "  # what a sweep logs when it is done
SWEEPS = "from tests.sweeps import *\n"
A_YEAR_OF_WORK = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n"
ALL_KINDS = {"flagged", "flagged again", "kept", "cleared", "nothing"}  # that ``check`` tells apart


class Tracker(Processes):
    """The processes of one tracker with the world in its database, and their logs."""

    def __init__(self, folder, broker=None, **addresses):
        super().__init__(environment_in(folder) | {"LOG_LEVEL": "INFO"} | addresses)
        self.folder, self.broker = folder, broker

    @property
    def on_postgres(self):
        return "DATABASE_URL" in self.environment

    def connect(self):
        if self.on_postgres:
            return closing(psycopg2.connect(self.environment["DATABASE_URL"]))
        return closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=PATIENCE, isolation_level=None))

    def one(self, statement):
        """The first column of the statement's first row."""
        with self.connect() as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    def sweeper(self, name, processes=1):
        """A worker that writes a log of that name."""
        with self.log(name).open("wb") as log:
            return self.worker(processes, level="INFO", log=log)

    def beat(self, name):
        """A beat that asks for both sweeps every second."""
        environment, self.environment = self.environment, self.environment | {"DJANGO_SETTINGS_MODULE": "tests.hasty"}
        with self.log(name).open("wb") as log:
            words = ["beat", "--pidfile=", "--schedule", str(self.folder / name), "--loglevel", "INFO"]
            process = self.start(*words, log=log)
        self.environment = environment
        return process

    def log(self, name):
        return self.folder / f"{name}.log"

    def swept(self, name):
        """How many sweeps the worker with that log has done."""
        return self.log(name).read_bytes().count(SWEPT)

    def flagged_today(self):
        """How many notices are not the world's own."""
        return self.one(f"SELECT count(*) FROM milestones_overduenotice WHERE flagged_on > '{the_day(-9)}'")

    def waits_for_a_lock(self):
        """How many sweeps wait for a lock in PostgreSQL at this moment."""
        return self.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    def faults(self):
        """Lines of the workers' and beats' logs that tell of an error."""
        lines = [line for log in self.folder.glob("*.log") for line in log.read_text().splitlines()]
        return [line for line in lines if "Traceback" in line or "ERROR" in line or "deadlock" in line.lower()]

    def assert_right(self, on=None, kinds=ALL_KINDS):
        """Every notice is there, once, with the right days, and nothing but these; how many of which kind."""
        found = self.shell(SWEEPS + "print(json.dumps(check(ON)))", ON=on)
        assert found.pop("wrong") == []
        assert kinds <= set(found), "the world has too few kinds of deadlines"
        return found


def the_day(shift):
    """A day by the server's clock, in ISO format; members may be a day ahead or behind."""
    return (date.today() + timedelta(days=shift)).isoformat()


# Worlds ---------------------------------------------------------------------------------------------------------------
def fill(tracker):
    """The tables, a world of some thousand deadlines on two days of the calendar, and a note of its notices."""
    migrate(tracker.environment)
    script = SWEEPS + "made = make_world(ZONES); remember(); print(made)"
    assert tracker.shell(script, ZONES=[noon(), another_day()]) > 2_000


@pytest.fixture(scope="module")
def filled_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("file")
    fill(Tracker(folder))
    return folder


@pytest.fixture(scope="module")
def filled_server(tmp_path_factory):
    """A PostgreSQL that writes as carefully as in production; its database ``postgres`` is the world to copy."""
    folder = tmp_path_factory.mktemp("server")
    with postgres_server(durable=True) as server:
        fill(Tracker(folder, DATABASE_URL=server.url))
        yield server, folder


@pytest.fixture
def on_files(filled_file, tmp_path):
    with (
        closing(sqlite3.connect(filled_file / "db.sqlite3")) as world,
        closing(sqlite3.connect(tmp_path / "db.sqlite3")) as copy,
    ):
        world.backup(copy)
    (tmp_path / "notices-before.json").write_bytes((filled_file / "notices-before.json").read_bytes())
    tracker = Tracker(tmp_path)
    yield tracker
    tracker.end()


@pytest.fixture
def on_servers(filled_server, tmp_path):
    server, folder = filled_server
    address = server.url.removesuffix("/postgres")
    name = f"copy_{time.time_ns()}"
    with closing(psycopg2.connect(f"{address}/template1")) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE postgres")
        # PostgreSQL hands out up to 32 values of a copied sequence without writing so down; after a crash it would hand
        # them out again. From a checkpoint on it writes the first one down.
        connection.cursor().execute("CHECKPOINT")
    (tmp_path / "notices-before.json").write_bytes((folder / "notices-before.json").read_bytes())
    with redis_server() as broker:
        tracker = Tracker(tmp_path, broker, DATABASE_URL=f"{address}/{name}", CELERY_BROKER_URL=broker.url)
        yield tracker
        tracker.end()


EMBEDDED = pytest.param("on_files", marks=pytest.mark.faults)


@pytest.fixture(params=[EMBEDDED, "on_servers"], ids=["SQLite and files", "PostgreSQL and Redis"])
def tracker(request):
    return request.getfixturevalue(request.param)


# Sweeps held half-way -------------------------------------------------------------------------------------------------
MIDDLE = """
late = clock.to_flag(None).order_by("deadline_id").values_list("deadline_id", flat=True)
print(late[len(late) // 2])
"""


@contextmanager
def halted(tracker):
    """A sweep that begins meanwhile clears, and stops at the middle one of the notices that it inserts."""
    middle = tracker.shell(SWEEPS + MIDDLE)
    with halted_postgres(tracker, middle) if tracker.on_postgres else halted_sqlite(tracker, middle):
        yield


@contextmanager
def halted_postgres(tracker, middle):
    """Another transaction inserts the same notice and neither commits nor gives up: the sweep waits to know."""
    with tracker.connect() as other:
        other.cursor().execute(
            "INSERT INTO milestones_overduenotice (deadline_id, overdue_since, flagged_on) VALUES (%s, now(), now())",
            [middle],
        )
        yield
        other.rollback()


@contextmanager
def halted_sqlite(tracker, middle):
    """A trigger that goes on for ever on the notice of that deadline. It goes once its victim is dead."""
    with tracker.connect() as other:
        other.execute(f"CREATE VIEW a_year_of_work AS {A_YEAR_OF_WORK}")
        other.execute(
            "CREATE TRIGGER halt BEFORE INSERT ON milestones_overduenotice "
            f"WHEN NEW.deadline_id = {middle} BEGIN SELECT i FROM a_year_of_work; END"
        )
        yield
        other.execute("DROP TRIGGER halt")
        other.execute("DROP VIEW a_year_of_work")


def is_half_way(tracker):
    """Whether a sweep is inserting. It cleared in the same transaction, so nobody sees anything of it yet."""
    if tracker.on_postgres:
        return tracker.waits_for_a_lock() == 1
    locked = is_locked(tracker.folder / "db.sqlite3")
    time.sleep(1)  # all that comes before the halt takes a fraction of that
    return locked and is_locked(tracker.folder / "db.sqlite3")


def is_locked(path):
    """Whether somebody is writing to a SQLite file."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def end_orphans(tracker):
    """PostgreSQL notices, as it would in time, that the client of a waiting statement is gone."""
    tracker.one(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    assert within(PATIENCE, lambda: tracker.waits_for_a_lock() == 0)


def an_hour_passes(broker):
    """For Redis: what a worker took and did not finish is an hour old."""
    with closing(redis.Redis.from_url(broker.url)) as client:
        unanswered = client.zrange("unacked_index", 0, -1, withscores=True)
        assert len(unanswered) == 1, "the killed worker's message is kept"
        client.zadd("unacked_index", {tag: score - AN_HOUR for tag, score in unanswered})


def test_a_worker_killed_in_mid_sweep_leaves_nothing_half_done_and_the_next_sweep_is_whole(tracker):
    """On Redis the dead worker's own message comes again; on files it is gone, and the next beat's does the work."""
    before = tracker.flagged_today()
    worker = tracker.sweeper("killed")
    with halted(tracker):
        tracker.ask("flag_overdue")
        assert within(PATIENCE, lambda: is_half_way(tracker))
        kill(worker)
        if tracker.on_postgres:
            end_orphans(tracker)
    assert tracker.flagged_today() == before, "half of the notices were written already; none stayed"
    if tracker.broker:
        an_hour_passes(tracker.broker)
    else:
        tracker.ask("flag_overdue")
    tracker.sweeper("next")
    assert within(PATIENCE, lambda: tracker.swept("next") == 1)
    tracker.assert_right()
    assert tracker.swept("killed") == 0 and tracker.faults() == []


@pytest.mark.faults
def test_a_pool_process_killed_in_mid_sweep_gives_its_message_back_at_once(on_servers):
    """PostgreSQL undoes what the dead process had begun; another process, which waited for that, does the sweep."""
    tracker = on_servers
    worker = tracker.sweeper("worker")
    with halted(tracker):
        tracker.ask("flag_overdue")
        assert within(PATIENCE, lambda: is_half_way(tracker))
        worker.send_signal(signal.SIGSTOP)  # so that it puts nobody in the dead one's place before the way is free
        [process] = pool_of(worker)
        os.kill(process, signal.SIGKILL)
    worker.send_signal(signal.SIGCONT)
    assert within(PATIENCE, lambda: tracker.swept("worker") == 1), "nobody asked again: the message came back"
    tracker.assert_right()
    assert "WorkerLostError" in tracker.log("worker").read_text()


# Servers struck down under load ---------------------------------------------------------------------------------------
LOAD = SWEEPS + "print(json.dumps(ask_until(STOP)))"
CHANGE = SWEEPS + "print(remember()); print(json.dumps(submit_reports(NUMBER)))"
APPROVE = SWEEPS + "print(approve_all(KEYS))"


@contextmanager
def load(tracker, callers):
    """So many processes that ask for sweeps all the time. Yields a list that holds, after the end, how many requests
    each of them sent, and how many were refused."""
    stop, counts = tracker.folder / "stop", []
    asking = [tracker.begin_shell(LOAD, STOP=str(stop)) for _ in range(callers)]
    assert [caller.stdout.readline() for caller in asking] == ["ready\n"] * callers
    yield counts
    stop.touch()
    outputs = [caller.communicate(timeout=PATIENCE)[0] for caller in asking]
    counts += [json.loads(output.splitlines()[-1]) for output in outputs]


def both_work(tracker, more):
    """Waits until each of the workers ``one`` and ``two`` has done so many more jobs, and both together so many more
    sweeps of deadlines; the other jobs are sweeps of commitments, and beat's two jobs may go to one worker each."""
    now = work_done(tracker)
    assert within(PATIENCE, lambda: all(new >= old + more for old, new in zip(now, work_done(tracker), strict=True)))


def work_done(tracker):
    """Jobs that worker ``one`` has done, those that ``two`` has done, and the sweeps of deadlines of both."""
    jobs = [tracker.log(name).read_bytes().count(b" succeeded in ") for name in ("one", "two")]
    return [*jobs, tracker.swept("one") + tracker.swept("two")]


def messages(tracker):
    """How many no worker has taken, or taken and not finished."""
    with closing(redis.Redis.from_url(tracker.broker.url)) as client:
        return client.llen("celery") + client.hlen("unacked")


@pytest.mark.faults
def test_redis_killed_under_load_and_started_anew_leaves_no_job_stuck(on_servers):
    """Redis forgets every message. Requests made while it is away are refused; workers and beat find it again."""
    tracker = on_servers
    workers = [tracker.sweeper(name) for name in ("one", "two")]
    tracker.beat("beat")
    with load(tracker, callers=3) as counts:
        both_work(tracker, more=5)
        tracker.broker.stop(signal.SIGKILL)
        time.sleep(1)  # requests, and beat's messages, meet nobody
        tracker.broker.start()
        both_work(tracker, more=5)
    assert all(sent > 10 and refused > 0 for sent, refused in counts)
    tracker.assert_right()
    tracker.shell(APPROVE, KEYS=tracker.shell(CHANGE, NUMBER=20))
    both_work(tracker, more=2)  # nobody asks but beat
    tracker.assert_right(kinds={"flagged again", "kept", "cleared", "nothing"})
    assert within(PATIENCE, lambda: messages(tracker) == 0), "no message is left behind as taken and not finished"
    assert [worker.poll() for worker in workers] == [None, None], "both are at work still"


@pytest.mark.faults
def test_postgresql_crashing_under_load_loses_no_approval_and_doubles_no_notice(on_servers, filled_server):
    """It is ended without a checkpoint, while two workers sweep and reports are approved one after the other."""
    tracker, server = on_servers, filled_server[0]
    for name in ("one", "two"):
        tracker.sweeper(name)
    tracker.beat("beat")
    both_work(tracker, more=1)
    keys = tracker.shell(CHANGE, NUMBER=60)
    with load(tracker, callers=2):
        approving = tracker.begin_shell(APPROVE, KEYS=keys)
        acknowledged = [int(approving.stdout.readline()) for _ in range(20)]
        server.stop(signal.SIGQUIT)
        server.start()
        listed = ", ".join(map(str, acknowledged))
        query = f"SELECT count(*) FROM milestones_statusupdate WHERE review = 'approved' AND id IN ({listed})"
        assert tracker.one(query) == 20, "what was acknowledged before the crash is there after it"
        _out, errors = approving.communicate(timeout=PATIENCE)
        both_work(tracker, more=2)
    assert approving.returncode == 0 and "OperationalError" in errors, "the crash was felt, and overcome"
    both_work(tracker, more=2)
    tracker.assert_right(kinds={"flagged again", "kept", "cleared", "nothing"})
    assert not any("deadlock" in line or "IntegrityError" in line for line in tracker.faults())


# Too many ------------------------------------------------------------------------------------------------------------
@pytest.mark.faults
def test_two_beats_and_two_workers_by_mistake_record_everything_once(on_servers):
    tracker = on_servers
    for name in ("one", "two"):
        tracker.sweeper(name)
        tracker.beat(f"beat-{name}")
    logs = [tracker.log(f"beat-{name}") for name in ("one", "two")]
    due = b"Sending due task flag-overdue"
    assert within(PATIENCE, lambda: all(log.read_bytes().count(due) >= 2 for log in logs))
    both_work(tracker, more=2)
    tracker.assert_right()
    stale, noticed, left = tracker.shell(SWEEPS + "print(json.dumps(check_stale()))")
    assert stale == noticed > 0 and left == 0
    assert tracker.faults() == []


@contextmanager
def all_held(tracker):
    """The table of notices is locked; whoever wants to write into it waits."""
    with tracker.connect() as other:
        cursor = other.cursor()
        cursor.execute("BEGIN IMMEDIATE" if not tracker.on_postgres else "LOCK milestones_overduenotice IN SHARE MODE")
        yield
        other.rollback()


def at_the_lock(tracker, worker):
    """How many processes of the worker's pool have come to the locked table; in SQLite's case, to the locked file."""
    if tracker.on_postgres:
        return tracker.waits_for_a_lock()
    log = str(tracker.folder / "db.sqlite3-shm")
    return sum(log in [os.path.realpath(fd) for fd in Path(f"/proc/{each}/fd").iterdir()] for each in pool_of(worker))


TWENTY_AND_A_REPEATED_ONE = """
for _ in range(20): tasks.flag_overdue.delay()
for _ in range(2): tasks.flag_overdue.apply_async(task_id="the same")
print(1)
"""


def test_twenty_sweeps_at_once_from_four_processes_and_a_repeated_message_record_everything_once(tracker):
    tracker.shell(SWEEPS + TWENTY_AND_A_REPEATED_ONE)
    with all_held(tracker):
        worker = tracker.sweeper("four", processes=4)
        assert within(PATIENCE, lambda: at_the_lock(tracker, worker) == 4)
    assert within(PATIENCE, lambda: tracker.swept("four") == 22)
    found = tracker.assert_right()
    said = re.findall(r"overdue deadlines: (\d+) notices recorded, (\d+) cleared", tracker.log("four").read_text())
    recorded, cleared = (sum(map(int, numbers)) for numbers in zip(*said, strict=True))
    assert (recorded, cleared) == (found["flagged"] + found["flagged again"], found["cleared"])
    assert tracker.log("four").read_text().count("[the same] succeeded") == 2
    assert tracker.faults() == []


# Too few -------------------------------------------------------------------------------------------------------------
@pytest.mark.faults
def test_ten_missed_days_are_caught_up_with_the_right_dates(on_files):
    """What fell due in between is overdue since its own day and flagged on the day of the sweep. A delay that ended in
    between is cleared on that day too. One that began and ended in between has no notice."""
    tracker, day = on_files, the_day(-10)
    sweep = [sys.executable, "manage.py", "flag_overdue"]
    options = {"cwd": ROOT, "env": tracker.environment, "check": True, "capture_output": True, "timeout": PATIENCE}
    subprocess.run([*sweep, "--date", day], **options)
    tracker.assert_right(on=day)
    tracker.shell(SWEEPS + "print(remember())")
    subprocess.run(sweep, **options)
    tracker.assert_right()
    between = f"overdue_since > '{the_day(-9)}' AND overdue_since < '{the_day(-1)}'"
    since = tracker.one(f"SELECT count(DISTINCT overdue_since) FROM milestones_overduenotice WHERE {between}")
    late = tracker.one(f"SELECT min(flagged_on) FROM milestones_overduenotice WHERE {between}")
    assert since == 7 and str(late) >= the_day(-1)
