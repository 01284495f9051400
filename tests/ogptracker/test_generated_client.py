"""A client that a tool makes from the OpenAPI description works: it reads, and it reports."""

import importlib
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts import tokens
from milestones.models import StatusUpdate
from tests.world import make_user

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def made(client, record, tmp_path, monkeypatch):
    """The package of the client, made into an empty folder."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(client.get("/api/v1/schema/?format=json").json()))
    words = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(path), "--meta", "none"]
    words += ["--output-path", str(tmp_path / "made_client"), "--fail-on-warning"]
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it tidies its code with ruff
    environment = os.environ | {"PATH": tools}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("made_client")
    for name in [name for name in sys.modules if name.split(".")[0] == "made_client"]:
        del sys.modules[name]


def api(name: str):
    return importlib.import_module(f"made_client.api.{name}")


def test_a_made_client_lists_commitments(made, live_server):
    with made.Client(base_url=live_server.url) as client:
        answer = api("commitments.commitments_list").sync(client=client, plan="kr-5", as_of=date(2021, 11, 15))
    assert answer.count == 16
    rows = {row.number: row for row in answer.results}
    assert rows["4-1"].title == "Expand Participatory Budgeting" and rows["4-1"].overdue_count == 6


def test_a_made_client_reports(made, live_server, record):
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.first()
    lead = milestone.commitment.involvements.filter(role="lead").first().institution
    now = timezone.now()
    shown = tokens.make(make_user("editor", lead), "tests", ["report:write"], now + timedelta(days=1), now)[1]
    models = importlib.import_module("made_client.models")
    facts = {"milestone": milestone.pk, "on_date": date(2022, 3, 1), "status": models.StatusEnum.COMPLETED}
    draft = models.Draft(**facts, what_was_done="Done.", links=[models.Link(url="https://example.org/minutes")])
    with made.AuthenticatedClient(base_url=live_server.url, token=shown) as client:
        create = api("status_updates.status_updates_create")
        begun = create.sync_detailed(client=client, body=draft, idempotency_key="k")
        assert begun.status_code == 201 and begun.parsed.review == "draft"
        key, change = str(begun.parsed.id), models.PatchedChange(what_was_done="It is done.")
        etag = begun.headers["ETag"]
        changed = api("status_updates.status_updates_partial_update").sync_detailed(
            key, client=client, body=change, if_match=etag
        )
        assert changed.status_code == 200
        handed_in = api("status_updates.status_updates_submit_create").sync(key, client=client)
    assert handed_in.review == "submitted"
    assert StatusUpdate.objects.get(pk=begun.parsed.id).what_was_done == "It is done."
