"""A disk that is full: what needs room is refused clearly, nothing is half-stored, and all else goes on."""

import csv
import io
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.load import TOKEN, ask, send
from tests.processes import PATIENCE, pool_of
from tests.servers import free_port
from tests.site import readiness
from tests.tracker import within

pytestmark = [pytest.mark.once, pytest.mark.faults]


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


@contextmanager
def full(disk):
    """Not one more byte fits. Yields what fills up again what a request has given back meanwhile."""
    filling = disk / "filling"
    with filling.open("wb") as file:

        def fill():
            with pytest.raises(OSError):
                while True:
                    os.write(file.fileno(), b"\0" * 4096)

        fill()
        yield fill
    filling.unlink()


def files_on(disk) -> list[str]:
    return sorted(path.name for path in disk.rglob("*") if path.is_file() and path.name != "filling")


def send_file(site, port, address: str, name: str, file_name: str, content: bytes, **fields) -> tuple[int, str]:
    """Sends a form of the admin's with a file, as the editor; status and page."""
    boundary = "a-boundary"
    fields = {"csrfmiddlewaretoken": TOKEN} | fields
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
    path = Path(site.folder, "body")
    path.write_bytes("".join([*parts, head]).encode() + content + f"\r\n--{boundary}--\r\n".encode())
    words = ["curl", "--silent", "--write-out", "\n%{http_code}", "--data-binary", f"@{path}"]
    words += ["--header", f"Content-Type: multipart/form-data; boundary={boundary}"]
    words += ["--cookie", f"csrftoken={TOKEN}; sessionid={site.facts['editor']}", f"http://127.0.0.1:{port}{address}"]
    page, _line, status = subprocess.run(words, capture_output=True, text=True).stdout.rpartition("\n")
    return int(status), page


def upload(site, port, content: bytes) -> tuple[int, str]:
    """Hands a draft with a file in."""
    address = f"/admin/milestones/statusupdate/add/?milestone={site.facts['milestone']}"
    facts = {"on_date": "2021-12-20", "status": "substantial", "what_was_done": "with a file"}
    facts |= {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0"}
    return send_file(site, port, address, "files", "a.pdf", content, **facts)


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
        assert within(PATIENCE, ledger.is_enough), "reports without files are taken"
    assert site.rows("SELECT count(*) FROM milestones_evidence") == [(1,)]
    assert site.rows("SELECT count(*) FROM milestones_statusupdate WHERE what_was_done = 'with a file'") == [(1,)]
    assert len(files_on(small_disk)) == 1, "nothing half-stored"
    with full(small_disk):
        assert within(PATIENCE, lambda: readiness(port) == (200, ["media"]))
        assert site.ask_for_a_report(port) == 302
        assert within(PATIENCE, lambda: site.reports() == {"failed": 1}), site.reports()
        assert "No space left" in site.rows("SELECT error FROM assessments_report")[0][0]
    assert site.ask_for_a_report(port) == 302
    assert within(PATIENCE, lambda: site.reports() == {"done": 1}), site.reports()
    site.beat()
    site.assert_whole(ledger)


# Spreadsheets ---------------------------------------------------------------------------------------------------------
SPREADSHEETS = "/admin/milestones/upload/"
SAID = ["2021-12-20", "substantial", "From a spreadsheet.", "", "", "A decree", "https://example.org/", "yes"]


def filled_in(site, port) -> bytes:
    """The editor's own form, with one report."""
    status, _headers, text = ask(port, "GET", "/admin/milestones/milestone/mine.csv", site.facts["editor"])
    assert status == 200
    head, first, *others = csv.reader(io.StringIO(text))
    written = io.StringIO()
    csv.writer(written).writerows([head, first[:8] + SAID, *others])
    return written.getvalue().encode()


def states(site) -> list:
    return site.rows("SELECT state FROM milestones_upload ORDER BY id")


def test_a_filled_in_spreadsheet_that_does_not_fit_is_refused_and_the_next_one_is_applied_once(site, small_disk):
    site.environment["MEDIA_ROOT"] = str(small_disk)
    port = free_port()
    site.web(port)
    site.at_work()
    site.beat()
    content = filled_in(site, port)
    with full(small_disk):
        status, page = send_file(site, port, f"{SPREADSHEETS}add/", "file", "form.csv", content)
        assert status == 507 and "disk is full" in page
        assert states(site) == [] and files_on(small_disk) == []
        with site.load(port) as ledger:
            assert within(PATIENCE, ledger.is_enough), "reports without files are taken"
        assert site.manage("make_bulk_data", succeeds=False).returncode != 0
        assert files_on(small_disk) == [], "no half of the open data either"
    assert send_file(site, port, f"{SPREADSHEETS}add/", "file", "form.csv", content)[0] == 302
    assert within(PATIENCE, lambda: states(site) == [("read",)]), states(site)
    with full(small_disk):
        [(key,)] = site.rows("SELECT id FROM milestones_upload")
        assert send(port, "POST", f"{SPREADSHEETS}{key}/accept-all/", site.facts["editor"], {})[0] == 302
        assert within(PATIENCE, lambda: states(site) == [("applied",)]), "to apply it needs no room"
    made = "SELECT count(*) FROM milestones_statusupdate WHERE what_was_done = 'From a spreadsheet.'"
    assert site.rows(made) == [(1,)]
    site.assert_whole(ledger)


LISTS = ["commitments", "milestones", "plans", "institutions", "documents", "overdue", "compare"]


def test_an_export_that_does_not_fit_is_refused_and_leaves_nothing_behind(site, small_disk):
    """XLSX files are written to the disk for temporary files before they are sent; CSV needs none. The web processes
    themselves live on: what they count stands elsewhere."""
    site.environment["TMPDIR"] = str(small_disk)
    port = free_port()
    web = site.web(port)
    before = pool_of(web)
    assert ask(port, "GET", "/plans.xlsx")[0] == 200
    known = files_on(small_disk)
    with full(small_disk) as fill:
        for name in LISTS:
            fill()
            status, _headers, page = ask(port, "GET", f"/{name}.xlsx")
            assert status == 507 and "disk is full" in page, name
            assert ask(port, "GET", f"/{name}.csv")[0] == ask(port, "GET", f"/{name}/")[0] == 200, name
        status, page = send_file(site, port, f"{SPREADSHEETS}add/", "file", "form.csv", b"x" * 4_000_000)
        assert status == 507, "a large upload waits on the same disk"
        assert files_on(small_disk) == known, "nothing half-written"
        with site.load(port) as ledger:
            assert within(PATIENCE, ledger.is_enough), "reports without files are taken"
    assert pool_of(web) == before, "no process died of it"
    assert {ask(port, "GET", f"/{name}.xlsx")[0] for name in LISTS} == {200} and files_on(small_disk) == known
    assert ledger.faults_in(site.stored()) == []
