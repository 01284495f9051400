"""The web server as it is started: two processes that count together, and a log of its own in the same shape."""

import http.client
import json
import os
import runpy
import signal
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.migrated import migrate
from tests.processes import pool_of
from tests.servers import free_port
from tests.tracker import ROOT, environment_in, status_of, within

pytestmark = pytest.mark.once
TOKEN = "a token that only the tests know"
COUNT = 'ogptracker_request_seconds_count{method="GET",status="200",view="healthz"} '


def asked(port: int, path: str, **headers) -> tuple[dict, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return dict(response.getheaders()), response.read().decode()


def counted(port: int) -> float:
    _headers, text = asked(port, "/metrics", Authorization=f"Bearer {TOKEN}")
    return sum(float(line.removeprefix(COUNT)) for line in text.splitlines() if line.startswith(COUNT))


@pytest.fixture
def web(tmp_path):
    """Two web processes with empty tables: their port, and their log."""
    (tmp_path / "static").mkdir()
    environment = environment_in(tmp_path) | {"METRICS_TOKEN": TOKEN, "LOG_LEVEL": "INFO", "LOG_FORMAT": "json"}
    migrate(environment)
    port, log = free_port(), tmp_path / "log"
    words = ["gunicorn", "ogptracker.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    with log.open("wb") as out:
        command = [sys.executable, "-m", *words, "--workers", "2", "--worker-class", "gthread", "--threads", "2"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=out, stdout=out)
    try:
        assert within(240, lambda: status_of(port, "/healthz") == 200), log.read_text()
        yield port, log, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_all_processes_count_together_and_write_lines_of_one_shape(web):
    port, log, process = web
    before, given = counted(port), str(uuid.uuid4())
    for _ in range(20):
        headers, _text = asked(port, "/healthz", **{"X-Request-Id": given})
        assert headers["X-Request-Id"] == given
    assert counted(port) == before + 20
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    mine = [line for line in lines if line["request_id"] == given]
    assert len(mine) == 20 and {line["path"] for line in mine} == {"/healthz"}
    assert any(line["logger"] == "gunicorn.error" and "Booting worker" in line["message"] for line in lines)


@pytest.mark.faults
def test_what_a_killed_process_counted_is_kept_and_the_folder_goes_with_the_server(web):
    port, log, process = web
    for _ in range(10):
        asked(port, "/healthz")
    before = counted(port)
    assert before >= 10
    os.kill(pool_of(process)[0], signal.SIGKILL)
    assert within(30, lambda: len(pool_of(process)) == 2 and status_of(port, "/healthz") == 200)
    assert counted(port) > before
    folder = Path("/dev/shm", f"ogptracker-metrics-{process.pid}")
    assert any(folder.iterdir()) and list(log.parent.glob("ogptracker-metrics-*")) == []
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert not folder.exists()


def test_a_server_that_was_killed_does_not_keep_the_next_one_of_its_number_from_starting(monkeypatch):
    """As in a container that is started anew, where it is always the first process."""
    for _ in range(2):
        monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
        found = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
        folder = found["own_folder"]
        assert list(folder.iterdir()) == []
        (folder / "counted.db").touch()
    found["on_exit"](None)
    assert not folder.exists()
