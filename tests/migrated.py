"""The tables of a tracker of its own, migrated once and copied for every other.

Migrating takes a dozen seconds of work, and many tests begin with a database of their own. Who comes first really
migrates (``manage.py migrate``); what that made is kept in the folder of ``MIGRATED_DATABASES`` for the other tests
and processes of the same run. What migrating does to a database that holds something is tested for itself
(``tests/ogptracker/test_releases.py``).
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers import postgres_program
from tests.tracker import ROOT, environment_in


def really_migrate(environment: dict):
    words = [sys.executable, "manage.py", "migrate", "-v", "0"]
    subprocess.run(words, cwd=ROOT, env=environment, check=True, timeout=600)


def migrate(environment: dict):
    """Gives the empty database of a tracker, which its environment names, all tables."""
    if "DATABASE_URL" in environment:
        migrate_server(environment["DATABASE_URL"])
    else:
        Path(environment["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
        migrate_file(Path(environment["DATA_DIR"], "db.sqlite3"))


@contextmanager
def kept(name: str):
    """A file of the run, while no other process makes it: its path, which may not exist yet."""
    folder = Path(os.environ["MIGRATED_DATABASES"])
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name


def migrate_file(path: Path):
    with kept("db.sqlite3") as made:
        if not made.exists():
            make_file(made)
    shutil.copyfile(made, path)


def make_file(made: Path):
    part = made.with_suffix(".part")
    part.unlink(missing_ok=True)
    with TemporaryDirectory() as folder:
        Path(folder, "static").mkdir()
        really_migrate(environment_in(folder))
        # Through SQLite, since a part of the database may still stand in the log beside it.
        with closing(sqlite3.connect(f"{folder}/db.sqlite3")) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
    part.rename(made)


def migrate_server(url: str):
    with kept("db.sql") as made:
        if not made.exists():
            make_script(made, url)
            return
    quiet = [postgres_program("psql"), "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--single-transaction"]
    subprocess.run([*quiet, "--file", made, url], check=True, stdout=subprocess.DEVNULL)


def make_script(made: Path, url: str):
    """Migrates this database itself, and keeps the statements that make another like it."""
    with TemporaryDirectory() as folder:
        Path(folder, "static").mkdir()
        really_migrate(environment_in(folder) | {"DATABASE_URL": url})
    words = [postgres_program("pg_dump"), "--no-owner", "--no-privileges", "--file", made.with_suffix(".part"), url]
    subprocess.run(words, check=True)
    made.with_suffix(".part").rename(made)


if __name__ == "__main__":  # beforehand, for tests that begin at once
    with kept("db.sqlite3") as first:
        make_file(first)
