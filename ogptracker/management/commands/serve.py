"""Runs everything the tracker needs on one machine: web pages, the worker and the clock, as children of one command.

When one of them ends on its own, all are stopped and the command fails: half a tracker would look like a whole one.
"""

import argparse
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PATIENCE = 10  # seconds that a child has to end in after it was asked to
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def port_number(text: str) -> int:
    """A port that can be asked for by number. Raises ``argparse.ArgumentTypeError``."""
    if not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 1 to 65535.")
    return int(text)


def check_port(host: str, port: int) -> None:
    """Raises ``CommandError`` when *host*:*port* cannot be listened on."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({error.strerror}): free it, or choose another port."
            ) from error


def commands(host: str, port: int) -> dict[str, list[str]]:
    """What to run, by name. Secrets reach the children through the environment, never through these words."""
    gunicorn = [sys.executable, "-m", "gunicorn", "ogptracker.wsgi", "--bind", f"{host}:{port}", "--preload"]
    # Celery warns root about pickled messages; the tracker accepts JSON alone.
    celery = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "ogptracker"]
    quiet = ["--loglevel", "WARNING"]
    return {
        "web": [*gunicorn, "--workers", "2", "--worker-class", "gthread", "--threads", "4", "--graceful-timeout", "5"]
        + ["--no-control-socket", "--log-level", "warning"],
        "worker": [*celery, "worker", "--pool", "prefork", "--concurrency", "1", *quiet]
        + ["--without-gossip", "--without-mingle", "--without-heartbeat"],
        "beat": [*celery, "beat", "--pidfile=", *quiet],
    }


def prepared(parent: int, niceness: int):
    """A function for the child to call before it becomes its program.

    It takes its place behind others (*niceness*), and asks the kernel to kill it when *parent* dies (on Linux).
    The kill signal, because no program can put it off. The processes that gunicorn and Celery start end when theirs
    does: Celery asks the kernel for the same, gunicorn's look for their parent once a second.
    """

    def before_exec():
        os.nice(niceness)
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return before_exec


@dataclass
class Child:
    name: str
    process: subprocess.Popen

    @classmethod
    def start(cls, name: str, command: list[str]) -> "Child":
        """Starts it in a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone."""
        environment = {key: value for key, value in os.environ.items() if key != "DEMO_PASSWORD"}
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            process_group=0,
            # A page that is asked for goes before a report that is made.
            preexec_fn=prepared(os.getpid(), niceness=0 if name == "web" else 10),
        )
        return cls(name, process)

    def ask_to_stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()

    def make_sure_it_stops(self, deadline: float) -> None:
        """Waits until *deadline* (of the monotonic clock), then kills it and its whole group."""
        try:
            self.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def answers(host: str, port: int) -> bool:
    """Whether the web server answers a request, with whatever status."""
    with closing(http.client.HTTPConnection(host, port, timeout=2)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False


class Command(BaseCommand):
    help = "Runs the web server, the Celery worker and the clock (beat) until Ctrl-C; stops all when one of them ends."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: 127.0.0.1).")
        parser.add_argument("--port", type=port_number, default=8000, help="Port to listen on (default: 8000).")

    def handle(self, *args, host, port, **options):
        check_port(host, port)
        stopping = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, lambda *_: stopping.set())
        children = []
        try:
            for name, command in commands(host, port).items():
                children.append(Child.start(name, command))
            self.watch(children, stopping, host, port)
        finally:
            self.stop(children)

    def watch(self, children, stopping, host, port):
        """Returns when somebody asks to stop; raises ``CommandError`` when a child ends on its own."""
        announced = False
        while not stopping.wait(0.1):
            for child in children:
                code = child.process.poll()
                if code is not None:
                    raise CommandError(f"The {child.name} process ended (code {code}): stopping all.")
            if not announced and (announced := answers(host, port)):
                self.say(f"Ready: http://{host}:{port}/ (Ctrl-C stops everything)")
        self.say("Stopping …")

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()

    def stop(self, children):
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + PATIENCE
        for child in children:
            child.make_sure_it_stops(deadline)
