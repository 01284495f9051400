"""The environment of the tests, set before Django reads its settings: throwaway files, and no setting of the caller's.

Only ``DATABASE_URL`` is taken over: it is how the second run reaches its PostgreSQL (``scripts/with_postgres.py``).
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOREIGN = (
    "OGPTRACKER_MODE",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "CELERY_BROKER_URL",
    "MEDIA_ROOT",
    "DEBUG",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "SITE_URL",
    "DEMO_PASSWORD",
)


def own_folder(prefix: str) -> Path:
    """A folder that is gone when the process that asked for it ends."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
    return folder


def prepare() -> Path:
    """Makes the folder for everything the tests write, and names it in the environment. Gone when Python ends."""
    folder = own_folder("ogptracker-tests-")
    if "MIGRATED_DATABASES" not in os.environ:  # the workers of this run take it over (tests/migrated.py)
        os.environ["MIGRATED_DATABASES"] = str(own_folder("ogptracker-migrated-"))
    # WhiteNoise warns about a folder of static files that is not there; the tests serve them from their sources.
    (folder / "static").mkdir()
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ["DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ogptracker.settings"
    for limit in ("API_LIMIT_PUBLIC", "API_LIMIT_TOKEN", "API_LIMIT_WRITING"):
        os.environ[limit] = "0"  # those that test a limit set one
    # Playwright's synchronous interface keeps an event loop in the test's thread, and Django refuses database calls
    # from a thread that has one. Nothing here runs as a coroutine, so there is nothing to protect from.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return folder


DATA_DIR = prepare()
