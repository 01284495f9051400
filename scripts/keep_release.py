#!/usr/bin/env python3
"""Keeps a small tracker of this version, on both databases, from which the tests migrate to every later one.

scripts/keep_release.py        (once for each release; docs/releases.md)

Writes tests/releases/VERSION.sqlite3.xz, VERSION.sql.xz and VERSION.media.tar.xz: the record, the training member and
the demo accounts, with uploaded and made files; and VERSION.code.tar.xz, the code that is committed, without what only
browsers ask for: by it the tests go back from every later version.
"""

import lzma
import os
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.servers import postgres, postgres_program  # noqa: E402  (the repository's root has to be on the path first)

STEPS = ("migrate", "load_record", "freeze_assessments", "load_training", "demo_accounts", "index_search")


def fill(folder: str, **more) -> None:
    """A tracker whose files lie in *folder*."""
    environment = {**os.environ, "DATA_DIR": folder, "DEMO_PASSWORD": "words to try it out with", **more}
    for step in STEPS:
        words = [sys.executable, "manage.py", step]
        subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def keep(path: Path, content: bytes) -> None:
    path.write_bytes(lzma.compress(content, preset=9))
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def copy_of(database: str) -> bytes:
    """A SQLite database as one file, with nothing left in its log."""
    with tempfile.TemporaryDirectory() as folder:
        name = f"{folder}/copy"
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(name)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return Path(name).read_bytes()


def dump_of(url: str) -> bytes:
    words = [postgres_program("pg_dump"), "--no-owner", "--no-privileges", url]
    return subprocess.run(words, check=True, capture_output=True).stdout


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def code() -> bytes:
    """The applications as committed. A tag is not there in every checkout, so the tests need a copy."""
    apps = {path.split("/")[0] for path in git("ls-files", "*/apps.py").decode().split()} - {"tests"}
    others = ["manage.py", "pyproject.toml", "fixtures", "templates"]
    return git("archive", "--prefix=code/", "HEAD", *others, *sorted(apps))


def main(version: str) -> None:
    to = ROOT / "tests" / "releases"
    to.mkdir(exist_ok=True)
    keep(to / f"{version}.code.tar.xz", code())
    with tempfile.TemporaryDirectory() as folder:
        fill(folder)
        keep(to / f"{version}.sqlite3.xz", copy_of(f"{folder}/db.sqlite3"))
    with tempfile.TemporaryDirectory() as folder, postgres() as url:
        fill(folder, DATABASE_URL=url)
        keep(to / f"{version}.sql.xz", dump_of(url))
        with tarfile.open(to / f"{version}.media.tar.xz", "w:xz") as archive:
            archive.add(f"{folder}/media", "media")


if __name__ == "__main__":
    main(re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1])
