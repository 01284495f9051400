"""Reviewers under load, and the ledger of their decisions: each that was acknowledged is one event, by whom it was
made, and the report is what that event says.

They work as people do: each opens the list of what waits in the admin, decides on one of it, and believes what the next
page would tell. Two who decide on the same report at once are both sent, and one of them is told that it came too late.
"""

import json
import random
import re
import threading
import zlib
from collections import Counter, defaultdict
from email.message import Message
from http.cookies import SimpleCookie

from django.core.signing import b64_decode

LIST = "/admin/milestones/statusupdate/?review__exact=submitted"
ROW = re.compile(r"/admin/milestones/statusupdate/(\d+)/change/")
DONE = {"approve": "Approved. The report is public now.", "return": "Returned to its author with your reason."}
EVENT = {"approve": "approved", "return": "returned"}


def told(headers: Message) -> str:
    """What the next page would say: the messages in the cookie that the answer sets, without its signature."""
    for line in headers.get_all("Set-Cookie", []):
        if cookie := SimpleCookie(line).get("messages"):
            packed = cookie.value.split(":")[0]
            content = b64_decode(packed.lstrip(".").encode())
            return json.dumps(json.loads(zlib.decompress(content) if packed.startswith(".") else content))
    return ""


class Decisions:
    """(report, reviewer) → what was sent of it, and what of that was acknowledged: (event, reason)."""

    def __init__(self):
        self.lock, self.sent, self.acknowledged, self.statuses = threading.Lock(), defaultdict(list), {}, Counter()
        self.twice, self.late = [], 0

    def note_sent(self, report: int, reviewer: str, event: str, reason: str):
        with self.lock:
            self.sent[report, reviewer].append((event, reason))

    def note(self, report: int, reviewer: str, event: str, reason: str, status: int | None, acknowledged: bool):
        with self.lock:
            self.statuses[status] += 1
            self.late += status == 302 and not acknowledged
            if acknowledged:
                self.twice += [report] if report in self.acknowledged else []
                self.acknowledged[report] = (reviewer, event, reason)

    def faults_in(self, events: dict[int, list[tuple]], states: dict[int, tuple]) -> list[str]:
        """What differs between the ledger and the database: *events* is report → (reviewer, event, reason) of each of
        its reviews, *states* report → (state, reviewer, reason, whether it is published)."""
        found = [f"acknowledged to two: {report}" for report in self.twice]
        for report, decision in self.acknowledged.items():
            if events.get(report) != [decision]:
                found.append(f"acknowledged {decision} of {report}, but its events are {events.get(report)}")
        for report, steps in events.items():
            reviewer, event, reason = steps[0]
            if len(steps) > 1:
                found.append(f"{len(steps)} reviews of {report}: {steps}")
            if (event, reason) not in self.sent.get((report, reviewer), []):
                found.append(f"never sent: {steps[0]} of {report}")
            if states[report] != (event, reviewer, reason, event == "approved"):
                found.append(f"{steps[0]} of {report}, but it is {states[report]}")
        return found + [
            f"no event of {report}, but it is {state}"
            for report, state in states.items()
            if report not in events and state[0] not in ("draft", "submitted")
        ]


def decide_on_one(ledger: Decisions, ask, reviewer: str, session: str):
    """Approves a report that waits, or one in four times returns it. *ask* is ``tests.load.ask`` of one server."""
    _status, _headers, page = ask("GET", LIST, session)
    if not (waiting := [int(key) for key in ROW.findall(page)]):
        return
    report, decision = random.choice(waiting[:5]), random.choice(["approve", "approve", "approve", "return"])
    reason = f"Because of {random.getrandbits(64):x}." if decision == "return" else ""
    ledger.note_sent(report, reviewer, EVENT[decision], reason)
    fields = {"decision": decision, "return_reason": reason}
    status, headers, _page = ask("POST", f"/admin/milestones/statusupdate/{report}/review/", session, fields)
    ledger.note(report, reviewer, EVENT[decision], reason, status, DONE[decision] in told(headers))
