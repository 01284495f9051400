"""A disk that is full: what needs room is refused clearly, nothing is half-stored, and all else goes on."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.processes import PATIENCE
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
    assert within(PATIENCE, lambda: readiness(port) == (200, ["media"]))
    assert site.ask_for_a_report(port) == 302
    assert within(PATIENCE, lambda: site.reports() == {"failed": 1}), site.reports()
    assert "No space left" in site.rows("SELECT error FROM assessments_report")[0][0]
    filling.unlink()
    assert site.ask_for_a_report(port) == 302
    assert within(PATIENCE, lambda: site.reports() == {"done": 1}), site.reports()
    site.beat()
    site.assert_whole(ledger)
