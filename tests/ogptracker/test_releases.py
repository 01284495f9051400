"""A tracker of each earlier release is brought up to date, with nothing lost, on both databases (docs/releases.md)."""

import json
import lzma
import re
import subprocess
import sys
import tarfile
import tomllib
from contextlib import contextmanager

import pytest

from tests.servers import postgres, postgres_program
from tests.tracker import ROOT, environment_in

pytestmark = pytest.mark.once
KEPT = ROOT / "tests" / "releases"
RELEASES = sorted(path.name.removesuffix(".sql.xz") for path in KEPT.glob("*.sql.xz"))
ROWS = """
import json
from django.db import connection
APART = ("search_", "django_", "auth_permission", "commitments_recordchange")  # made by the software for itself
tables = [name for name in connection.introspection.table_names() if not name.startswith(APART)]
counted = {}
with connection.cursor() as cursor:
    for name in tables:
        cursor.execute(f'SELECT count(*) FROM "{name}"')
        counted[name] = cursor.fetchone()[0]
print(json.dumps(counted))
"""
PAGES = """
import json
from django.conf import settings
from django.test import Client
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
ask = Client(SERVER_NAME="localhost", raise_request_exception=False).get
paths = ["/", "/plans/kr-5/", "/plans/kr-2/commitments/2-d/", "/overdue/?as_of=2021-11-15", "/search/?q=budget"]
paths += ["/compare/", "/plans/training-1/", "/ko/", "/api/v1/milestones/?plan=kr-5&overdue=true&as_of=2021-11-15"]
print(json.dumps({path: ask(path).status_code for path in paths}))
"""


def manage(environment, *words, root=ROOT):
    """By the code in *root*."""
    words = [sys.executable, "manage.py", *words]
    done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{words[2:4]}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def told(environment, script, root=ROOT):
    return json.loads(manage(environment, "shell", "-v", "0", "-c", script, root=root).splitlines()[-1])


def files_of(version, folder):
    with tarfile.open(KEPT / f"{version}.media.tar.xz") as archive:
        archive.extractall(folder, filter="data")


@contextmanager
def on_sqlite(version, folder):
    (folder / "db.sqlite3").write_bytes(lzma.decompress((KEPT / f"{version}.sqlite3.xz").read_bytes()))
    yield environment_in(folder)


@contextmanager
def on_postgresql(version, folder):
    with postgres() as url:
        dump = lzma.decompress((KEPT / f"{version}.sql.xz").read_bytes())
        words = [postgres_program("psql"), "--quiet", "--set", "ON_ERROR_STOP=1", url]
        subprocess.run(words, input=dump, check=True, stdout=subprocess.DEVNULL)
        yield environment_in(folder) | {"DATABASE_URL": url}


@pytest.mark.parametrize("database", [on_sqlite, on_postgresql])
@pytest.mark.parametrize("version", RELEASES)
def test_a_tracker_of_an_earlier_release_is_brought_up_to_date(version, database, tmp_path):
    files_of(version, tmp_path)
    with database(version, tmp_path) as environment:
        before = told(environment, ROWS)
        assert before["milestones_milestone"] > 139 and before["milestones_event"] > 0
        manage(environment, "migrate", "-v", "0", "--no-input")
        manage(environment, "refresh_overdue")
        after = told(environment, ROWS)
        assert {name: after.get(name) for name in before} == before, "no row is lost or made"
        manage(environment, "flag_overdue")  # as beat would: days have passed since the release
        manage(environment, "index_search")
        manage(environment, "check_record")
        assert set(told(environment, PAGES).values()) == {200}


def test_the_changelog_tells_of_every_release_and_the_version_is_a_later_one():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    told_of = [heading.split(" ")[0] for heading in headings[1:]]
    assert told_of == sorted(RELEASES, key=numbers, reverse=True)
    assert numbers(version) > numbers(told_of[0])


def numbers(version):
    return [int(part) for part in version.split(".")]
