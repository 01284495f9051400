"""A backup while everybody writes, put back into an empty machine: what was acknowledged before it began is there, it
is of one moment, and every file that it names is in it."""

import hashlib
import os
import secrets

import pytest

from tests.load import at_once, call_until_answered
from tests.processes import PATIENCE
from tests.servers import free_port
from tests.site import Site
from tests.tracker import within

pytestmark = [pytest.mark.once, pytest.mark.faults]
FILES = "SELECT sha256 FROM milestones_evidence"


class Uploads:
    """Programs that add files to drafts, and which of these were acknowledged: by the SHA-256 of the file."""

    def __init__(self, site, port):
        self.ports, self.site, self.acknowledged, self.sent = [port], site, set(), set()

    def add_one(self):
        text, path = f"draft {secrets.token_hex(8)}", "/api/v1/status-updates/"
        body = {"milestone": self.site.facts["milestone"], "on_date": "2021-12-20", "status": "limited"}
        body |= {"what_was_done": text}
        status, report = call_until_answered(self.ports, path, self.site.facts["token"], body)
        assert status == 201, status
        content = b"%PDF-1.7\n" + os.urandom(50_000)
        digest = hashlib.sha256(content).hexdigest()
        self.sent.add(digest)
        if self.upload(f"{path}{report['id']}/evidence/", content) == 201:
            self.acknowledged.add(digest)

    def upload(self, path, content) -> int | None:
        edge = b"--a-boundary"
        disposition = b'Content-Disposition: form-data; name="file"; filename="a.pdf"'
        body = edge + b"\r\n" + disposition + b"\r\n\r\n" + content + b"\r\n" + edge + b"--\r\n"
        kind = "multipart/form-data; boundary=a-boundary"
        return call_until_answered(self.ports, path, self.site.facts["token"], body, kind)[0]


def known_of(ledger, uploads) -> list[set]:
    """Texts, decisions and files that were acknowledged so far."""
    with ledger.reviews.lock:
        decisions = set(ledger.reviews.acknowledged.items())
    return [ledger.acknowledged, decisions, set(uploads.acknowledged)]


def back_up_under_load(site, folder):
    """The backup, the ledgers, and what was acknowledged before it began and after it had ended."""
    port = free_port()
    site.web(port)
    site.at_work()
    site.beat()
    uploads = Uploads(site, port)
    with site.load(port, writers=2) as ledger, at_once([uploads.add_one] * 2):

        def grown(than):
            return all(len(now) > len(before) + 5 for now, before in zip(known_of(ledger, uploads), than, strict=True))

        assert within(PATIENCE, lambda: grown([set()] * 3)), ledger.statuses
        before = known_of(ledger, uploads)
        site.manage("back_up", str(folder))
        after = known_of(ledger, uploads)
        assert within(PATIENCE, lambda: grown(after)), "everybody goes on writing"
    return ledger, uploads, before, known_of(ledger, uploads)


@pytest.mark.parametrize("kind", ["embedded_site", "site"], ids=["SQLite", "PostgreSQL"])
def test_a_backup_under_load_holds_one_moment_with_its_files(request, kind, tmp_path_factory):
    site, folder = request.getfixturevalue(kind), tmp_path_factory.mktemp("backups")
    ledger, uploads, before, after = back_up_under_load(site, folder)
    database = request.getfixturevalue("empty_database") if site.server else None
    copy = Site(tmp_path_factory.mktemp("other"), database, site.broker)
    [archive] = folder.iterdir()
    assert "All that was looked at holds." in copy.manage("restore", str(archive)).stdout

    stored, (events, states) = copy.stored(), copy.reviews()
    texts, decisions, files = before
    assert texts <= set(stored) <= set(ledger.sent) and set(stored.values()) == {1}
    for report, decision in decisions:
        assert events[report] == [decision]
    assert all(len(steps) == 1 for steps in events.values())
    assert {states[report][0] for report in events} == {"approved", "returned"}
    kept = [digest for (digest,) in copy.rows(FILES)]
    assert files <= set(kept) <= uploads.sent and len(set(kept)) == len(kept)
    on_disk = {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in copy.folder.rglob("evidence/**/*") if path.is_file()
    }
    assert set(kept) <= on_disk
    assert after[0] - set(stored) and after[2] - set(kept), "what came after the backup is not in it"
