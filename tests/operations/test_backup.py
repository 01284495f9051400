"""A backup put back into an empty machine: every row and every file is there, on either database; and what is no good
backup changes nothing."""

import io
import json
import os
import subprocess
import sys
import tarfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.migrated import migrate
from tests.processes import PATIENCE, Processes
from tests.servers import postgres
from tests.tracker import ROOT, environment_in

pytestmark = pytest.mark.once
# A digest of every table's rows, in the order of their keys; of every file; and the next key of each sequence.
ALL = """
import hashlib
from pathlib import Path
from django.conf import settings
from django.db import connection
from operations.dumps import tables
found = {}
with connection.cursor() as cursor:
    for table in tables():
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
        digest = hashlib.sha256()
        for row in cursor.fetchall(): digest.update(repr(row).encode())
        found[table] = digest.hexdigest()
    if connection.vendor == "postgresql":
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
        found["sequences"] = [list(row) for row in cursor.fetchall()]
root = Path(settings.MEDIA_ROOT)
for path in sorted(root.rglob("*")):
    if path.is_file(): found[str(path.relative_to(root))] = hashlib.sha256(path.read_bytes()).hexdigest()
print(json.dumps(found))
"""
SPOIL = "from commitments.models import Member; Member.objects.update(name='Spoilt'); print(1)"
EMBEDDED = pytest.param("SQLite", marks=pytest.mark.faults)
FILES = ("evidence", "data")


def manage(environment, *words, succeeds=True) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode == 0) == succeeds, done.stdout + done.stderr
    return done.stdout if succeeds else done.stderr


@pytest.fixture(scope="module", params=[EMBEDDED, pytest.param("PostgreSQL", marks=pytest.mark.faults)])
def empty_machine(request, tmp_path_factory):
    """``empty_machine()``: the environment of a tracker with a database and folders of its own, nothing in them."""
    with ExitStack() as stack:

        def made():
            environment = environment_in(tmp_path_factory.mktemp("machine"))
            if request.param == "PostgreSQL":
                environment["DATABASE_URL"] = stack.enter_context(postgres())
            return environment

        yield made


def everything(environment) -> dict:
    return Processes(environment).shell(ALL)


@pytest.fixture(scope="module")
def machine(empty_machine):
    """A tracker with the record, the training plan's reports and evidence, and the files of the open data."""
    environment = empty_machine()
    migrate(environment)
    for words in (["load_record"], ["load_training"], ["flag_overdue"], ["index_search"], ["make_bulk_data"]):
        manage(environment, *words)
    return environment


@pytest.fixture(scope="module")
def backup(machine, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("backups")
    said = manage(machine, "back_up", str(folder))
    [path] = folder.iterdir()
    assert said.startswith(f"{path}: ") and path.stat().st_mode & 0o777 == 0o600
    return path


def test_everything_is_there_again_on_an_empty_machine_files_included(machine, backup, empty_machine):
    other = empty_machine()
    said = manage(other, "restore", str(backup))
    assert "All that was looked at holds." in said
    before, after = everything(machine), everything(other)
    assert after == before
    assert all(any(name.startswith(f"{kind}/") for name in after) for kind in FILES), "there were files of each kind"
    manage(other, "migrate", "--check")
    manage(other, "load_record")  # it can be written to: keys go on from where they were

    assert "not empty" in manage(other, "restore", str(backup), succeeds=False)
    Processes(other).shell(SPOIL)
    left = Path(other["DATA_DIR"], "media", "evidence", "left")
    left.write_text("of another time")
    spoilt = everything(other)
    assert spoilt != before
    for bad in bad_backups(backup):
        assert "Nothing was restored" in manage(other, "restore", "--replace", str(bad), succeeds=False)
        assert everything(other) == spoilt, bad.name
    manage(other, "restore", "--replace", str(backup))
    assert everything(other) == before


def rewritten(backup: Path, name: str, change) -> Path:
    """A copy of the backup; *change* makes of a file's name and content what stands there instead, or None."""
    path = backup.with_name(name)
    with tarfile.open(backup) as old, tarfile.open(path, "w") as new:
        for member in old:
            if (pair := change(member.name, old.extractfile(member).read())) is not None:
                member.name, content = pair
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return path


def bad_backups(backup: Path):
    """What is no good backup, one after the other."""
    cut = backup.with_name("cut short.tar")
    cut.write_bytes(backup.read_bytes()[: backup.stat().st_size * 2 // 3])
    yield cut
    other = backup.with_name("no archive.tar")
    other.write_bytes(b"Not at all.")
    yield other
    yield rewritten(
        backup,
        "a changed file.tar",
        lambda name, content: (name, content[:-1] + b"?" if name.startswith("media/evidence/") else content),
    )
    yield rewritten(backup, "a file less.tar", lambda name, content: None if "/data/" in name else (name, content))
    yield rewritten(backup, "no database.tar", lambda name, content: None if name == "database" else (name, content))
    for key, value in (("format", 99), ("vendor", "oracle"), ("migrations", [["search", "0099_of_tomorrow"]])):

        def told(name, content, key=key, value=value):
            return name, json.dumps(json.loads(content) | {key: value}).encode() if name == "manifest.json" else content

        yield rewritten(backup, f"{key}.tar", told)

    def outside(name, content):
        if name == "manifest.json":
            content = content.replace(b"media/evidence/", b"media/../")
        return name.replace("media/evidence/", "media/../"), content

    yield rewritten(backup, "outside.tar", outside)


def test_no_secret_of_the_settings_is_in_it_and_nothing_is_overwritten(machine, backup):
    secret = Path(machine["DATA_DIR"], "secret-key").read_bytes()
    assert len(secret) > 50 and secret not in backup.read_bytes()
    content = backup.read_bytes()
    assert "is there already" in manage(machine, "back_up", str(backup), succeeds=False)
    assert backup.read_bytes() == content
    assert "There is no folder" in manage(machine, "back_up", str(backup / "of" / "none"), succeeds=False)
    assert [path for path in backup.parent.iterdir() if path.name.startswith(".")] == [], "nothing half-made is left"
    assert os.access(backup, os.R_OK)


def test_the_manifest_counts_rows_and_names_the_version(machine, backup):
    with tarfile.open(backup) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
    assert manifest["rows"]["commitments_member"] >= 2 and manifest["rows"]["milestones_event"] > 10
    assert ["search", "0004_noted_at"] in manifest["migrations"]
    assert f'version = "{manifest["software"]}"' in (ROOT / "pyproject.toml").read_text()
    assert manifest["vendor"] in ("sqlite", "postgresql")
