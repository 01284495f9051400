"""A whole tracker on real PostgreSQL and Redis for fault tests: its processes, the load on it, and what must hold
in the end."""

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import closing

import psycopg2

from tests.load import Ledger, ask, load, send
from tests.processes import PATIENCE, Processes
from tests.reviewing import Decisions
from tests.tracker import COLLECT, ROOT, environment_in, status_of, within

KEY = "the key with which all sites of these tests sign, for sessions made once"
PEOPLE = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.models import User
from commitments.models import Institution, Member
from milestones.models import Milestone
from django.utils import timezone
from accounts import tokens
member = Member.objects.get(code="KR")
def token(user):
    now = timezone.now()
    return tokens.make(user, "load", tokens.scopes_for(user), now + timezone.timedelta(days=300), now)[1]
def session(name, role, institution):
    facts = {"role": role, "institution": institution, "is_staff": True}
    user = User.objects.get_or_create(username=name, defaults=facts)[0]
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return store.session_key
plan = member.plans.get(number=5)
milestone = Milestone.objects.get(commitment__plan=plan, commitment__number="3", position=2)
print(json.dumps({
    "editor": session("editor", "editor", Institution.objects.get(member=member, key="mois")),
    "head": session("head", "head", Institution.objects.get(member=member, key="mois")),
    "coordinator": session("coordinator", "coordinator", member.point_of_contact),
    "milestone": milestone.pk,
    "token": token(User.objects.get(username="editor")),
    "page": f"/plans/kr-5/commitments/3/milestones/{milestone.position}/",
}))
"""
TEXTS = "SELECT what_was_done FROM milestones_statusupdate WHERE what_was_done LIKE 'load %'"
PUBLISHED = "published_on <= (now() AT TIME ZONE 'Asia/Seoul')::date"  # later where the clock went ahead meanwhile
STATES = """
SELECT r.id, r.review, u.username, r.return_reason, r.published_on IS NOT NULL FROM milestones_statusupdate r
LEFT JOIN accounts_user u ON u.id = r.reviewed_by_id WHERE r.what_was_done LIKE 'load %'
"""
EVENTS = """
SELECT e.update_id, u.username, e.action, e.reason FROM milestones_event e JOIN accounts_user u ON u.id = e.actor_id
JOIN milestones_statusupdate r ON r.id = e.update_id
WHERE r.what_was_done LIKE 'load %' AND e.action IN ('approved', 'returned') ORDER BY e.id
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
    """All processes of one tracker, on one PostgreSQL and one Redis; without them on SQLite and a broker of files."""

    def __init__(self, folder, server=None, broker=None, **more):
        more |= dict.fromkeys(["API_LIMIT_PUBLIC", "API_LIMIT_TOKEN", "API_LIMIT_WRITING"], "0")
        addresses = {"DATABASE_URL": server and server.url, "CELERY_BROKER_URL": broker and broker.url}
        addresses = {name: address for name, address in addresses.items() if address} | {"SECRET_KEY": KEY}
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
        self.manage(*COLLECT)
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

    def connect(self):
        if self.server:
            return closing(psycopg2.connect(self.server.url))
        return closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=PATIENCE))

    def rows(self, statement):
        with self.connect() as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def load(self, *ports, **options):
        """Reports of an editor by form and by program, and two who review the same ones."""
        self.port, reviewers = ports[0], {name: self.facts[name] for name in ("head", "coordinator")}
        options = {"token": self.facts["token"], "programs": 2, "reviewers": reviewers} | options
        return load(list(ports), self.facts["milestone"], self.facts["editor"], **options)

    def stored(self) -> Counter:
        """How often each text of the load is in the database."""
        return Counter(text for (text,) in self.rows(TEXTS))

    def reviews(self) -> tuple[dict, dict]:
        """The events of each report's reviews, and the state of each report, as ``Decisions.faults_in`` reads them."""
        events = defaultdict(list)
        for report, *step in self.rows(EVENTS):
            events[report].append(tuple(step))
        return events, {report: tuple(state) for report, *state in self.rows(STATES)}

    def published(self) -> Counter:
        """How often each text of the load is on the milestone's public page."""
        return Counter(re.findall(r"load [0-9a-f]{16}", ask(self.port, "GET", self.facts["page"])[2]))

    def ask_for_a_report(self, port) -> int | None:
        asked = {"language": "en", "format": "pdf"}
        return send(port, "POST", "/plans/kr-2/irm-report/", self.facts["coordinator"], asked)[0]

    def reports(self) -> Counter:
        return Counter(state for (state,) in self.rows("SELECT state FROM assessments_report"))

    def assert_whole(self, ledger: Ledger, reviewed=True):
        """Nothing that was acknowledged is lost, nothing came twice, no job is stuck, and all that must hold does."""
        assert len(ledger.acknowledged) > 10, ledger.statuses
        assert ledger.faults_in(self.stored()) == []
        if reviewed:
            self.assert_reviewed(ledger.reviews)
        check = ["check_record", "--stuck-after", "0"]
        right = within(PATIENCE, lambda: self.manage(*check, succeeds=False).returncode == 0)
        assert right, self.manage(*check, succeeds=False).stdout

    def assert_reviewed(self, decisions: Decisions):
        """Each acknowledged decision is one event, the report says the same, and the public sees what was approved."""
        assert len(decisions.acknowledged) > 5, decisions.statuses
        assert decisions.faults_in(*self.reviews()) == []
        approved = {text for (text,) in self.rows(f"{TEXTS} AND review = 'approved' AND {PUBLISHED}")}
        assert self.published() == Counter(approved) and approved


def readiness(port) -> tuple[int | None, list]:
    """The status of ``/readyz``, and the parts that are missing though pages are served."""
    status, _headers, body = ask(port, "GET", "/readyz")
    return status, json.loads(body)["degraded"] if body else []
