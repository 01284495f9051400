"""The processes of one tracker, started for real and one by one, for tests that kill some of them."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.tracker import ROOT, processes_of

PATIENCE = 150  # seconds, on a busy machine


class Processes:
    """The processes of one tracker, all with its environment."""

    def __init__(self, environment):
        self.environment, self.started = environment, []

    def shell(self, script, **names):
        """What the script prints last, read as JSON, in a process of its own."""
        done = self.begin_shell(script, **names)
        out, error = done.communicate(timeout=PATIENCE)
        assert done.returncode == 0, error
        return json.loads(out.splitlines()[-1])

    def begin_shell(self, script, **names):
        """The process that runs the script, with its output to read. The script finds *names* as its variables."""
        head = "import json\nfrom itertools import count\nfrom time import time_ns\n"
        head += "".join(f"{name} = {value!r}\n" for name, value in names.items())
        words = [sys.executable, "manage.py", "shell", "-v", "0", "-c", head + script]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(words, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, **pipes)
        self.started.append(process)
        return process

    def start(self, *words, log=subprocess.DEVNULL):
        command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "ogptracker", *words]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, process_group=0
        )
        self.started.append(process)
        return process

    def worker(self, processes=1, level="ERROR", log=subprocess.DEVNULL):
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", level]
        return self.start("worker", "--pool", "prefork", "--concurrency", str(processes), *quiet, log=log)

    def ask(self, task):
        """Sends the message that beat would send."""
        words = [sys.executable, "-m", "celery", "--quiet", "-A", "ogptracker", "call", f"milestones.tasks.{task}"]
        subprocess.run(words, cwd=ROOT, env=self.environment, check=True, capture_output=True, timeout=PATIENCE)

    def end(self):
        for process in processes_of(self.environment["DATA_DIR"]):
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(process, signal.SIGKILL)
        for process in self.started:
            process.wait()
            for pipe in filter(None, (process.stdout, process.stderr)):
                pipe.close()


def kill(worker):
    """Without a chance to tidy up: the worker and the processes in its pool."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def pool_of(worker):
    """The processes in the worker's pool."""
    return [int(child) for child in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()]


def hour_of_noon():
    """How many hours a time zone is ahead of UTC in which it is about noon: from -11 to 12."""
    return 12 - datetime.now(UTC).hour


def zone_ahead(hours):
    """The time zone that is so many hours ahead of UTC: from -12 to 14."""
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def noon():
    """A time zone in which it is about noon, so that no test meets a midnight or an early morning."""
    return zone_ahead(hour_of_noon())


def another_day():
    """A time zone in which it is another day than at ``noon()``, and no midnight is near either."""
    ahead = hour_of_noon()
    return zone_ahead(ahead + 13 if ahead <= 1 else ahead - 14)  # one in the morning, or ten in the evening
