"""The whole tracker under faults, with real processes on real PostgreSQL and Redis, while reports are handed in.

After each: what was acknowledged is in the database once, and ``manage.py check_record`` finds nothing wrong, and no
job that waits.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from tests.load import Ledger, load, send
from tests.processes import PATIENCE, Processes, kill, pool_of
from tests.servers import free_port, postgres_server, redis_server
from tests.tracker import ROOT, environment_in, status_of, within

pytestmark = pytest.mark.once
KEY = "the key with which all sites of these tests sign, for sessions made once"
PEOPLE = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.models import User
from commitments.models import Institution, Member
from milestones.models import Milestone
member = Member.objects.get(code="KR")
def session(name, role, institution):
    user = User.objects.create(username=name, role=role, institution=institution, is_staff=True)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return store.session_key
plan = member.plans.get(number=5)
milestone = Milestone.objects.get(commitment__plan=plan, commitment__number="3", position=2)
print(json.dumps({
    "editor": session("editor", "editor", Institution.objects.get(member=member, key="mois")),
    "coordinator": session("coordinator", "coordinator", member.point_of_contact),
    "milestone": milestone.pk,
}))
"""
AN_HOUR_PASSES = """
from datetime import timedelta
from django.db.models import F
from assessments.models import Report
hour = timedelta(hours=1)
waiting = Report.objects.filter(state__in=["queued", "running"])
print(waiting.update(created_at=F("created_at") - hour, heartbeat_at=F("heartbeat_at") - hour))
"""


class Site(Processes):
    """All processes of one tracker, on one PostgreSQL and one Redis."""

    def __init__(self, folder, server, broker, **more):
        addresses = {"DATABASE_URL": server.url, "CELERY_BROKER_URL": broker.url, "SECRET_KEY": KEY}
        super().__init__(environment_in(folder) | {"LOG_LEVEL": "INFO"} | addresses | more)
        self.folder, self.server, self.broker, self.facts = folder, server, broker, {}

    def manage(self, *words, succeeds=True):
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=2 * PATIENCE
        )
        assert not succeeds or done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    def fill(self):
        self.manage("migrate", "-v", "0")
        self.manage("load_record")
        self.manage("collectstatic", "--no-input", "-v", "0")
        self.facts = self.shell(PEOPLE)

    def web(self, port):
        words = ["gunicorn", "ogptracker.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
        command = [sys.executable, "-m", *words, "--worker-class", "gthread", "--no-control-socket"]
        with (self.folder / f"web-{port}.log").open("ab") as log:
            options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "process_group": 0}
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, **options)
        self.started.append(process)
        assert within(PATIENCE, lambda: status_of(port, "/healthz") == 200), "the web server does not answer"
        return process

    def at_work(self):
        with (self.folder / "worker.log").open("ab") as log:
            return self.worker(processes=2, level="INFO", log=log)

    def beat(self, name="beat"):
        environment, self.environment = self.environment, self.environment | {"DJANGO_SETTINGS_MODULE": "tests.hurried"}
        with (self.folder / f"{name}.log").open("ab") as log:
            process = self.start("beat", "--pidfile=", "--schedule", str(self.folder / name), log=log)
        self.environment = environment
        return process

    def rows(self, statement):
        with closing(psycopg2.connect(self.server.url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def load(self, *ports, **options):
        return load(list(ports), self.facts["milestone"], self.facts["editor"], **options)

    def stored(self) -> Counter:
        """How often each text of the load is in the database."""
        statement = "SELECT what_was_done FROM milestones_statusupdate WHERE what_was_done LIKE 'load %'"
        return Counter(text for (text,) in self.rows(statement))

    def ask_for_a_report(self, port) -> int | None:
        asked = {"language": "en", "format": "pdf"}
        return send(port, "POST", "/plans/kr-2/irm-report/", self.facts["coordinator"], asked)[0]

    def reports(self) -> Counter:
        return Counter(state for (state,) in self.rows("SELECT state FROM assessments_report"))

    def assert_whole(self, ledger: Ledger):
        """Nothing that was acknowledged is lost, nothing came twice, no job is stuck, and all that must hold does."""
        assert len(ledger.acknowledged) > 10, ledger.statuses
        assert ledger.faults_in(self.stored()) == []
        check = ["check_record", "--stuck-after", "0"]
        right = within(PATIENCE, lambda: self.manage(*check, succeeds=False).returncode == 0)
        assert right, self.manage(*check, succeeds=False).stdout


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A PostgreSQL that writes as carefully as in production, with the record and people in it."""
    with postgres_server(durable=True) as server, redis_server() as broker:
        folder = tmp_path_factory.mktemp("filled")
        site = Site(folder, server, broker)
        site.fill()
        yield server, site.facts, folder / "static"


@pytest.fixture
def site(filled, tmp_path):
    """A tracker of its own on a copy of that database: nothing runs yet."""
    server, facts, static = filled
    address, name = server.url.removesuffix("/postgres"), f"copy_{time.time_ns()}"
    with closing(psycopg2.connect(f"{address}/template1")) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE postgres")

    class Database:
        url, start, stop = f"{address}/{name}", server.start, server.stop

    (tmp_path / "static").symlink_to(static)
    with redis_server() as broker:
        found = Site(tmp_path, Database, broker)
        found.facts = facts
        yield found
        found.end()


def chance() -> random.Random:
    """By a seed that the test prints, so that what was found can be found again (``FAULT_SEED``)."""
    seed = int(os.environ.get("FAULT_SEED") or time.time_ns() % 10**6)
    print(f"FAULT_SEED={seed}")
    return random.Random(seed)


@pytest.mark.faults
def test_two_of_everything_and_any_of_them_killed_at_random_moments(site):
    """Web servers and their processes, workers and theirs, beats: what died is started anew, as Compose would do."""
    random_ = chance()
    ports = [free_port(), free_port()]
    makers = {f"web {port}": (lambda port=port: site.web(port)) for port in ports}
    makers |= {"worker one": site.at_work, "worker two": site.at_work}
    makers |= {"beat one": lambda: site.beat("one"), "beat two": lambda: site.beat("two")}
    running = {name: make() for name, make in makers.items()}
    assert site.ask_for_a_report(ports[0]) == 302
    with site.load(*ports) as ledger:
        for _ in range(12):
            time.sleep(random_.uniform(0.5, 3))
            name = random_.choice(sorted(running))
            inner = [] if "beat" in name else pool_of(running[name])
            if inner and random_.random() < 0.5:
                os.kill(random_.choice(inner), signal.SIGKILL)
            else:
                kill(running[name])
                running[name] = makers[name]()
        time.sleep(2)
    assert site.shell(AN_HOUR_PASSES) >= 0
    assert within(PATIENCE, lambda: set(site.reports()) == {"done"}), site.reports()
    site.assert_whole(ledger)


@pytest.mark.faults
def test_pages_and_admin_work_while_redis_is_away_and_jobs_catch_up(site):
    port = free_port()
    site.web(port)
    site.at_work()
    site.beat()
    with site.load(port) as ledger:
        time.sleep(2)
        site.broker.stop(signal.SIGKILL)
        before = len(ledger.acknowledged)
        assert site.ask_for_a_report(port) == 302, "kept in the database"
        assert [send(port, "GET", path)[0] for path in ("/", "/ko/plans/kr-5/", "/search/?q=information")] == [200] * 3
        assert send(port, "GET", "/admin/", site.facts["coordinator"])[0] == 200
        assert status_of(port, "/healthz") == 200 and status_of(port, "/readyz") == 503
        assert within(PATIENCE, lambda: len(ledger.acknowledged) > before + 10), "reports are taken as before"
        site.broker.start()
    assert set(ledger.statuses) == {302}, "nobody who handed a report in noticed"
    assert within(PATIENCE, lambda: status_of(port, "/readyz") == 200)
    site.shell(AN_HOUR_PASSES)
    assert within(PATIENCE, lambda: site.reports() == {"done": 1}), site.reports()
    site.assert_whole(ledger)


@pytest.mark.faults
def test_postgresql_crashing_fails_requests_cleanly_and_the_same_web_processes_go_on(site):
    port = free_port()
    web = site.web(port)
    site.at_work()
    site.beat()
    before = pool_of(web)
    with site.load(port) as ledger:
        time.sleep(2)
        site.server.stop(signal.SIGQUIT)
        assert send(port, "GET", "/plans/kr-5/")[0] == 503 and send(port, "GET", "/api/v1/plans/")[0] == 503
        assert status_of(port, "/healthz") == 200 and status_of(port, "/readyz") == 503
        time.sleep(1)
        site.server.start()
        known = len(ledger.acknowledged)
        assert within(PATIENCE, lambda: len(ledger.acknowledged) > known + 10), ledger.statuses
    assert set(ledger.statuses) <= {302, 503} and ledger.statuses[503], ledger.statuses
    assert pool_of(web) == before, "nothing was started anew"
    site.assert_whole(ledger)


@pytest.mark.faults
def test_a_migration_of_the_next_version_is_applied_while_this_one_serves(site):
    port = free_port()
    site.web(port)
    site.at_work()
    site.beat()
    with site.load(port) as ledger:
        time.sleep(2)
        environment = site.environment | {"DJANGO_SETTINGS_MODULE": "tests.tomorrow.settings"}
        migrate = [sys.executable, "manage.py", "migrate", "-v", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True, timeout=PATIENCE)
        column = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'of_tomorrow'"
        assert site.rows(column) == [(1,)]
        known = len(ledger.acknowledged)
        assert within(PATIENCE, lambda: len(ledger.acknowledged) > known + 10)
    assert set(ledger.statuses) == {302}, ledger.statuses
    site.assert_whole(ledger)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one mebibyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def upload(site, port, content: bytes) -> tuple[int, str]:
    """Hands a draft with a file in."""
    boundary = "a-boundary"
    fields = {"csrfmiddlewaretoken": "a" * 32, "on_date": "2021-12-20", "status": "substantial"}
    fields |= {"what_was_done": "with a file", "evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0"}
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    path = Path(site.folder, "body")
    path.write_bytes("".join([*parts, head]).encode() + content + f"\r\n--{boundary}--\r\n".encode())
    words = ["curl", "--silent", "--write-out", "\n%{http_code}", "--data-binary", f"@{path}"]
    words += ["--header", f"Content-Type: multipart/form-data; boundary={boundary}"]
    words += ["--cookie", f"csrftoken={'a' * 32}; sessionid={site.facts['editor']}"]
    address = f"http://127.0.0.1:{port}/admin/milestones/statusupdate/add/?milestone={site.facts['milestone']}"
    page, _line, status = subprocess.run([*words, address], capture_output=True, text=True).stdout.rpartition("\n")
    return int(status), page


@pytest.mark.faults
def test_a_full_disk_refuses_files_clearly_and_keeps_nothing_half(site, small_disk):
    site.environment["MEDIA_ROOT"] = str(small_disk)
    port = free_port()
    site.web(port)
    site.at_work()
    small, large = b"%PDF-1.7\n" + os.urandom(100_000), b"%PDF-1.7\n" + os.urandom(3_000_000)
    assert upload(site, port, small)[0] == 302
    status, page = upload(site, port, large)
    assert status == 507 and "disk is full" in page and "저장 공간" in page
    with site.load(port) as ledger:
        assert within(PATIENCE, lambda: len(ledger.acknowledged) > 10), "reports without files are taken"
    assert site.rows("SELECT count(*) FROM milestones_evidence") == [(1,)]
    assert site.rows("SELECT count(*) FROM milestones_statusupdate WHERE what_was_done = 'with a file'") == [(1,)]
    assert len([path for path in small_disk.rglob("*") if path.is_file()]) == 1, "nothing half-stored"
    filling = small_disk / "filling"
    with filling.open("wb") as file, pytest.raises(OSError):
        while True:
            os.write(file.fileno(), b"\0" * 4096)
    assert within(PATIENCE, lambda: status_of(port, "/readyz") == 503)
    assert site.ask_for_a_report(port) == 302
    assert within(PATIENCE, lambda: site.reports() == {"failed": 1}), site.reports()
    assert "No space left" in site.rows("SELECT error FROM assessments_report")[0][0]
    filling.unlink()
    assert site.ask_for_a_report(port) == 302
    assert within(PATIENCE, lambda: site.reports() == {"done": 1}), site.reports()
    site.beat()
    site.assert_whole(ledger)


@pytest.mark.faults
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_clock_that_steps_and_a_server_in_an_odd_zone_record_nothing_twice(site, zone):
    """Sweeps by a clock two days ahead, then a day behind, then right; on a server whose own zone is another."""
    steps = ["+2d", "-1d", "+0", "-26h", "+0"]
    site.environment["TZ"] = zone
    day = datetime.now(UTC).date()
    site.shell("from tests.sweeps import *; make_world(['Asia/Seoul', 'America/Santiago']); print(1)")
    for step in steps:
        words = ["faketime", "-f", step, sys.executable, "manage.py", "flag_overdue"]
        done = subprocess.run(words, cwd=ROOT, env=site.environment, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
    open_ones = "FROM milestones_overduenotice WHERE cleared_on IS NULL"
    assert site.rows(f"SELECT deadline_id {open_ones} GROUP BY deadline_id HAVING count(*) > 1") == []
    assert site.rows("SELECT count(*) FROM milestones_overduenotice WHERE flagged_on >= current_date")
    site.manage("check_record", "--only", "notices", "periods")
    [(latest,)] = site.rows("SELECT max(flagged_on) FROM milestones_overduenotice")
    assert (latest - day).days <= 3
