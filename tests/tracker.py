"""A tracker of its own for a test: all its processes, started for real on a free port, ended whatever happens."""

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[1]
COLLECT = ["collectstatic", "--no-input", "-v", "0", "--ignore", "*.otf"]  # as the image does
STARTS_WITHIN = 240  # seconds: on a busy machine the worker, which takes its place behind others, starts last of all
STOPS_WITHIN = 30


def environment_in(folder):
    """What a tracker that keeps everything in *folder* is started with: nothing of the tests' own environment."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **inherited,
        "DATA_DIR": str(folder),
        "TMPDIR": str(folder),  # what is killed leaves its temporary files behind
        "DJANGO_SETTINGS_MODULE": "ogptracker.settings",
    }


def processes_of(data_dir):
    """The processes of the tracker that works in *data_dir*: process id → words of its command line."""
    mark = f"DATA_DIR={data_dir}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue  # it ended meanwhile
    return {process: words for process, words in found.items() if any(words)}  # a zombie has no words


def named(data_dir, word):
    """Those of its processes whose command line has *word*."""
    return [process for process, words in processes_of(data_dir).items() if word in words]


def within(seconds, condition):
    """Whether *condition* comes true in so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def status_of(port, path):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None


def command(port):
    return [sys.executable, "manage.py", "serve", "--port", str(port)]


@contextmanager
def served(environment):
    """A supervisor whose web server answers: yields it with its port, and ends every process of it whatever happens."""
    port = free_port()
    supervisor = subprocess.Popen(command(port), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert within(STARTS_WITHIN, lambda: status_of(port, "/healthz") == 200), "The web server does not answer."
        with_pool = within(STARTS_WITHIN, lambda: len(named(environment["DATA_DIR"], "worker")) == 2)
        assert with_pool, "The worker has no pool."
        yield supervisor, port
    finally:
        for process in processes_of(environment["DATA_DIR"]):
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(process, signal.SIGKILL)
        supervisor.stdout.close()
        supervisor.wait()


def healthy(environment, *words):
    return subprocess.run(
        [sys.executable, "manage.py", "healthy", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
