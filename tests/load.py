"""Load on a tracker's web servers, and the ledger of what they acknowledged: what got a success for an answer must be
in the database, once. Reports are handed in, and reviewers decide on them (``tests.reviewing``)."""

import http.client
import json
import random
import secrets
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from email.message import Message
from functools import partial
from urllib.parse import urlencode

from tests.processes import PATIENCE
from tests.reviewing import Decisions, decide_on_one

TOKEN = "a" * 32  # the same in cookie and form
PAUSE = 0.05  # seconds between two requests of one writer
TRIES = 20  # of one request by a program that gets no answer
ON_DATE = "2021-12-20"  # of each report; in the period of Korea's plan 5


def ask(port, method, path, cookie="", fields=None, timeout=PATIENCE) -> tuple[int | None, Message, str]:
    """Status, headers and body; without an answer None and nothing."""
    headers = {"Cookie": f"csrftoken={TOKEN}; sessionid={cookie}"}
    body = None
    if fields is not None:
        body = urlencode({"csrfmiddlewaretoken": TOKEN} | fields)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return None, Message(), ""


def send(port, method, path, cookie="", fields=None, timeout=PATIENCE) -> tuple[int | None, str]:
    """Status and, of a redirect, where it leads; without an answer None."""
    status, headers, _body = ask(port, method, path, cookie, fields, timeout)
    return status, headers.get("Location", "")


class Ledger:
    """What writers sent: text → whether it was acknowledged; and how often each status was answered."""

    def __init__(self):
        self.lock, self.sent, self.statuses = threading.Lock(), {}, Counter()
        self.reviews = Decisions()

    def note(self, text: str, status: int | None, acknowledged: bool):
        with self.lock:
            self.sent[text] = acknowledged
            self.statuses[status] += 1

    def is_enough(self) -> bool:
        """Whether so much was written and decided on that a loss would show."""
        return len(self.acknowledged) > 10 and len(self.reviews.acknowledged) > 5

    @property
    def acknowledged(self) -> set[str]:
        with self.lock:
            return {text for text, known in self.sent.items() if known}

    def faults_in(self, stored: Counter) -> list[str]:
        """What differs between the ledger and how often each text is in the database."""
        lost = [f"lost: {text}" for text in self.acknowledged if stored[text] == 0]
        doubled = [f"{number} times: {text}" for text, number in stored.items() if number > 1]
        foreign = [f"never sent: {text}" for text in stored if text not in self.sent]
        return sorted(lost + doubled + foreign)


def report(text: str) -> dict:
    """A report as the form sends it, handed in to be reviewed."""
    facts = {"on_date": ON_DATE, "status": "substantial", "what_was_done": text, "challenges": "", "next_step": ""}
    return facts | {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0", "_submit": "1"}


def call(port, path, token, body: bytes, kind: str, key: str) -> tuple[int | None, dict]:
    """Status and body of a POST to the API; without an answer None and nothing."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind, "Idempotency-Key": key}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            status, content = response.status, response.read()
        except (OSError, http.client.HTTPException):
            return None, {}
    return status, json.loads(content) if status < 300 else {}


def call_until_answered(ports: list[int], path, token, body=None, kind="application/json") -> tuple[int | None, dict]:
    """Without an answer, or while the database is away, the same request is sent again with its key, to any of the web
    servers, as a program should: it is done once."""
    key, status, found = secrets.token_hex(8), None, {}
    body = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    for _ in range(TRIES):
        status, found = call(random.choice(ports), path, token, body, kind, key)
        if status not in (None, 503, 409):  # 409: the first one is being worked on
            break
        time.sleep(10 * PAUSE)
    return status, found


def write_by_api(ledger: Ledger, ports: list[int], milestone: int, token: str, on_date: str):
    """Begins one report and hands it in."""
    text, path = f"load {secrets.token_hex(8)}", "/api/v1/status-updates/"
    with ledger.lock:
        ledger.sent[text] = False
    body = {"milestone": milestone, "on_date": on_date, "status": "substantial", "what_was_done": text}
    status, report = call_until_answered(ports, path, token, body)
    ledger.note(text, status, status == 201)
    if status == 201:
        status, _report = call_until_answered(ports, f"{path}{report['id']}/submit/", token)
        ledger.note(text, status, True)


def write(ledger: Ledger, port: int, milestone: int, cookie: str) -> int | None:
    """Hands one report in."""
    text = f"load {secrets.token_hex(8)}"
    with ledger.lock:
        ledger.sent[text] = False
    path = f"/admin/milestones/statusupdate/add/?milestone={milestone}"
    status, location = send(port, "POST", path, cookie, report(text))
    ledger.note(text, status, status == 302 and location == "/admin/")
    return status


@contextmanager
def at_once(acts):
    """Does each of *acts* again and again, all at once, until the block ends."""
    stop = threading.Event()

    def repeat(act):
        while not stop.is_set():
            act()
            time.sleep(PAUSE)

    threads = [threading.Thread(target=repeat, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)


@contextmanager
def load(ports: list[int], milestone: int, cookie: str = "", writers=4, **more):
    """So many writers that hand reports in by the form, one after the other, at the web servers in turn; *programs*
    that do so by the API with a *token*, dated *on_date*; *reviewers*, name → session, that decide on whatever waits.
    Yields their ledger: a new one, or the one given as *ledger*."""
    ledger = more.get("ledger") or Ledger()
    acts = [partial(write, ledger, ports[n % len(ports)], milestone, cookie) for n in range(writers)]
    by_api = partial(write_by_api, ledger, ports, milestone, more.get("token"), more.get("on_date", ON_DATE))
    acts += [by_api] * more.get("programs", 0)
    for n, (name, session) in enumerate(more.get("reviewers", {}).items()):
        acts.append(partial(decide_on_one, ledger.reviews, partial(ask, ports[n % len(ports)]), name, session))
    with at_once(acts):
        yield ledger
