"""The health checks of the production containers (``docker-compose.yml``): exit code 0 or, with a reason, 1.

Workers take no remote commands, so ``celery inspect ping`` is not to be had; what is asked instead is whether the
worker has its pool of processes, and whether they can reach what they need.
"""

import http.client
import re
import time
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.utils import Error as DatabaseError
from kombu.exceptions import OperationalError as BrokerError

from ogptracker.celery import app

ANSWERS_WITHIN = 5  # seconds
BEAT_WRITES_WITHIN = 600  # seconds; beat saves its schedule every few minutes


def check_web(port: int) -> None:
    """Asks the web server for ``/readyz``, under a name that it serves."""
    name = (settings.ALLOWED_HOSTS or ["localhost"])[0].lstrip(".").replace("*", "localhost")
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN)) as request:
        try:
            request.request("GET", "/readyz", headers={"Host": name})
            answer = request.getresponse()
            status, said = answer.status, answer.read(1000).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise CommandError(f"The web server does not answer on port {port}: {error}") from error
    if status != 200:
        raise CommandError(f"The web server answers with status {status}: {said}")


def worker_processes(proc: Path = Path("/proc")) -> dict[int, int]:
    """The Celery worker's processes that run on this machine (in this container): process id → parent's id."""
    found = {}
    for folder in proc.glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            # The name in brackets may hold anything; the state and the parent follow the last bracket.
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended meanwhile
        # The program has to be Python: a container's init process carries the same words behind its own name.
        is_python = re.search(rb"python[\d.]*$", words[0])
        if is_python and b"worker" in words and any(word.endswith(b"celery") for word in words) and state != "Z":
            found[int(folder.name)] = int(parent)
    return found


def has_pool(processes: dict[int, int]) -> bool:
    """Whether one of the worker's processes was started by another."""
    return any(parent in processes for parent in processes.values())


def check_worker() -> None:
    if not has_pool(worker_processes()):
        raise CommandError("No Celery worker with a pool of processes is running.")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise CommandError(f"The database does not answer: {error}") from error
    try:
        with app.connection_for_write(connect_timeout=ANSWERS_WITHIN) as broker:
            broker.ensure_connection(max_retries=1, timeout=ANSWERS_WITHIN)
    except (BrokerError, OSError) as error:
        raise CommandError(f"The broker does not answer: {error}") from error


def check_beat() -> None:
    schedule = Path(app.conf.beat_schedule_filename)
    written = [path.stat().st_mtime for path in schedule.parent.glob(f"{schedule.name}*")]
    if not written or time.time() - max(written) > BEAT_WRITES_WITHIN:
        raise CommandError(f"Beat has not saved its schedule for {BEAT_WRITES_WITHIN // 60} minutes.")


class Command(BaseCommand):
    help = "Tells whether the web server, the worker or the clock on this machine works."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("process", choices=["web", "worker", "beat"])
        parser.add_argument("--port", type=int, default=8000, help="The web server's port (default: 8000).")

    def handle(self, *args, process, port, **options):
        if process == "web":
            check_web(port)
        elif process == "worker":
            check_worker()
        else:
            check_beat()
        self.stdout.write("ok")
