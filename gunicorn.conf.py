"""What gunicorn reads when it starts, before the application: where its processes count together, and its log.

Requests are logged by the application itself (``operations.access``), so gunicorn writes no access log.
"""

import os
import shutil
import tempfile
from pathlib import Path

from operations import logs

PREFIX = "ogptracker-metrics-"


def forget_the_dead(parent: Path):
    """Removes the folders of servers that were killed, and could not do it themselves. In a container that was started
    anew the last one had the same number as this one."""
    for folder in parent.glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX)
        lives = Path("/proc", number).exists() and number != str(os.getpid())
        if not lives and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


def place() -> Path:
    """In memory where there is such a place: these files are written to as memory is, and a process that does so on a
    full disk is killed by the system (SIGBUS)."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


own_folder = None
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # it has to be there before prometheus_client is imported
    forget_the_dead(place())
    own_folder = place() / f"{PREFIX}{os.getpid()}"
    own_folder.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(own_folder)

in_production = os.environ.get("OGPTRACKER_MODE") == "production"
form = os.environ.get("LOG_FORMAT") or ("json" if in_production else "line")
level = os.environ.get("LOG_LEVEL") or "WARNING"
heard = {"handlers": [], "propagate": True, "level": level}
logconfig_dict = logs.config(form if form in logs.FORMATS else "line", level, **{"gunicorn.error": heard})


def on_exit(server):
    if own_folder:
        shutil.rmtree(own_folder, ignore_errors=True)
