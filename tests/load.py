"""Load on a tracker's web servers, and the ledger of what they acknowledged: what got a success for an answer must be
in the database, once. Reports are handed in, and reviewers decide on them (``tests.reviewing``)."""

import http.client
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
    facts = {"on_date": "2021-12-20", "status": "substantial", "what_was_done": text, "challenges": "", "next_step": ""}
    return facts | {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0", "_submit": "1"}


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
def load(ports: list[int], milestone: int, cookie: str, writers=4, reviewers: dict[str, str] | None = None):
    """So many writers that hand reports in, one after the other, at the web servers in turn; and reviewers, each with a
    name and a session, that decide on whatever waits. Yields their ledger."""
    ledger, stop = Ledger(), threading.Event()

    def repeat(act):
        while not stop.is_set():
            act()
            time.sleep(PAUSE)

    def reviewing(name, session, port):
        return lambda: decide_on_one(ledger.reviews, lambda *words: ask(port, *words), name, session)

    acts = [partial(write, ledger, ports[n % len(ports)], milestone, cookie) for n in range(writers)]
    for n, (name, session) in enumerate((reviewers or {}).items()):
        acts.append(reviewing(name, session, ports[n % len(ports)]))
    threads = [threading.Thread(target=repeat, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
