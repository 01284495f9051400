"""Throwaway PostgreSQL and Redis servers on free loopback ports, stopped and removed when the ``with`` block ends.

``postgres()`` and ``redis()`` yield an address; ``postgres_server()`` and ``redis_server()`` the ``Server`` behind it.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

STARTS_WITHIN = 30  # seconds
STOPS_WITHIN = 15  # seconds


def free_port() -> int:
    """A loopback port that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    """Whether something accepts connections on the loopback *port*."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(ready, process: subprocess.Popen, name: str) -> None:
    """Waits until ``ready()`` is true. Raises ``RuntimeError`` when the process ends before, or takes too long."""
    deadline = time.monotonic() + STARTS_WITHIN
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with code {process.returncode} before it was ready.")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{name} was not ready within {STARTS_WITHIN} seconds.")
        time.sleep(0.05)


def stop(process: subprocess.Popen, how: signal.Signals) -> None:
    """Asks the process to end, and ends it if it does not."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def postgres_program(name: str) -> str:
    """The path of a PostgreSQL program, of the newest version installed. Raises ``RuntimeError`` without one."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise RuntimeError(f"No PostgreSQL server on this machine ({name} is missing): install the package postgresql.")
    return found


def unprivileged() -> dict:
    """``subprocess`` options for a process that does not run as root: PostgreSQL refuses to."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@dataclass
class Server:
    """A server process, which may be stopped and started again: on the same port, with the data that it keeps."""

    name: str
    url: str
    command: list[str]
    ready: Callable[[], bool]
    log: Path  # what it says, over all its starts
    options: dict = field(default_factory=dict)  # of ``subprocess.Popen``
    process: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, **self.options)
        wait_for(self.ready, self.process, self.name)

    def stop(self, how: signal.Signals) -> None:
        if self.process:
            stop(self.process, how)


@contextmanager
def running(server: Server, how: signal.Signals):
    """Starts the server, and stops it by the signal *how* whatever happens."""
    try:
        server.start()
        yield server
    finally:
        server.stop(how)


@contextmanager
def postgres_server(durable: bool = False):
    """Yields an empty PostgreSQL of its own. *durable*: what it acknowledged outlives a crash, as in production."""
    account = unprivileged()
    with tempfile.TemporaryDirectory(prefix="ogptracker-postgres-") as folder:
        if account:
            os.chown(folder, account["user"], account["group"])
        # The home of the account may be closed to the caller's working directory, hence cwd; the server takes no
        # settings from the caller's environment, hence env.
        common = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **account}
        data = f"{folder}/data"
        initdb = [postgres_program("initdb"), "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, **common)
        port = free_port()
        command = [postgres_program("postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder]
        for setting in () if durable else ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
            command += ["-c", setting]  # nothing here outlives the test
        url = f"postgres://tests@127.0.0.1:{port}/postgres"
        log = Path(folder, "log")
        server = Server("PostgreSQL", url, command, lambda: accepts_queries(port, common), log, common)
        with running(server, signal.SIGINT):  # "fast": closes the connections that are left
            yield server


@contextmanager
def postgres(durable: bool = False):
    """Yields the ``DATABASE_URL`` of an empty PostgreSQL server of its own."""
    with postgres_server(durable) as server:
        yield server.url


def accepts_queries(port: int, common: dict) -> bool:
    command = [postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, **common).returncode == 0


@contextmanager
def redis_server():
    """Yields an empty Redis of its own, which writes nothing to disk: stopped, it has forgotten everything."""
    program = shutil.which("redis-server")
    if not program:
        raise RuntimeError("No Redis server on this machine: install the package redis-server.")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ogptracker-redis-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        url, log = f"redis://127.0.0.1:{port}/0", Path(folder, "log")
        with running(
            Server("Redis", url, command, lambda: answers(port), log, {"cwd": folder}), signal.SIGTERM
        ) as found:
            yield found


@contextmanager
def redis():
    """Yields the URL of an empty Redis server of its own, which writes nothing to disk."""
    with redis_server() as server:
        yield server.url
