"""``manage.py serve`` for real: three kinds of process that come together, work together and leave nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ogptracker.management.commands.healthy import has_pool, worker_processes
from tests.migrated import migrate
from tests.tracker import (
    ROOT,
    STARTS_WITHIN,
    STOPS_WITHIN,
    environment_in,
    healthy,
    named,
    processes_of,
    served,
    within,
)

pytestmark = pytest.mark.once
LONG = pytest.mark.faults


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A folder with an empty SQLite database, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    (folder / "static").mkdir()
    migrate(environment_in(folder))
    return folder


@pytest.fixture
def environment(migrated, tmp_path):
    """The environment of a tracker of its own."""
    return environment_in(shutil.copytree(migrated, tmp_path / "tracker"))


def parent_of(process):
    # The name in brackets may hold anything; the state and the parent follow the last bracket.
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_worker_without_its_pool_is_not_healthy(tmp_path):
    words = ["celery", "-A", "ogptracker", "worker"]
    processes = [
        (1, 0, ["/sbin/docker-init", "--", *words]),
        (7, 1, ["/usr/bin/python3.11", "/usr/bin/celery", *words[1:]]),
    ]
    for process, parent, line in processes:
        (tmp_path / str(process)).mkdir()
        (tmp_path / str(process) / "cmdline").write_text("\0".join(line))
        (tmp_path / str(process) / "stat").write_text(f"{process} (an odd) name) S {parent} 1 1")
    assert worker_processes(tmp_path) == {7: 1}
    assert not has_pool(worker_processes(tmp_path))

    shutil.copytree(tmp_path / "7", tmp_path / "8")
    (tmp_path / "8" / "stat").write_text("8 (python3.11) S 7 1 1")
    assert has_pool(worker_processes(tmp_path))


@pytest.mark.parametrize("how", [pytest.param(signal.SIGINT, marks=LONG), signal.SIGTERM])
def test_web_worker_and_beat_run_until_asked_to_stop_and_leave_nothing_behind(environment, how):
    data_dir = environment["DATA_DIR"]
    with served(environment) as (supervisor, port):
        # The master of gunicorn and two workers; Celery's consumer and a pool of one; beat.
        expected = {"gunicorn": 3, "worker": 2, "beat": 1}
        assert within(10, lambda: {word: len(named(data_dir, word)) for word in expected} == expected)
        for words in (["web", "--port", str(port)], ["worker"]):
            assert within(STARTS_WITHIN, lambda words=words: healthy(environment, *words).returncode == 0)

        supervisor.send_signal(how)
        assert supervisor.wait(STOPS_WITHIN) == 0
        assert within(2, lambda: not processes_of(data_dir))
    result = healthy(environment, "web", "--port", str(port))
    assert result.returncode == 1 and "does not answer" in result.stderr


def test_nothing_outlives_a_supervisor_that_was_killed(environment):
    with served(environment) as (supervisor, _):
        supervisor.kill()
        supervisor.wait()
        assert within(STOPS_WITHIN, lambda: not processes_of(environment["DATA_DIR"]))


@pytest.mark.parametrize("child", [pytest.param("gunicorn", marks=LONG), "worker", pytest.param("beat", marks=LONG)])
def test_all_stop_when_one_of_them_ends(environment, child):
    with served(environment) as (supervisor, _):
        (started,) = [
            process for process in named(environment["DATA_DIR"], child) if parent_of(process) == supervisor.pid
        ]
        os.kill(started, signal.SIGKILL)
        assert supervisor.wait(STOPS_WITHIN) == 1
        assert within(5, lambda: not processes_of(environment["DATA_DIR"]))


def test_no_secret_is_on_a_command_line(environment):
    secret = "a-key-that-nobody-may-see-in-the-list-of-processes"
    with served({**environment, "SECRET_KEY": secret, "DEMO_PASSWORD": secret}):
        words = processes_of(environment["DATA_DIR"]).values()
        assert words and not any(secret in word for line in words for word in line)


@pytest.mark.parametrize("action", ["serve", "demo"])
def test_a_busy_port_is_one_clear_line_before_anything_starts(environment, action):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "manage.py", action, "--port", str(port)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use)")
