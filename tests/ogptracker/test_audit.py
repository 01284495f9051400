"""The bill of materials names what production installs, and a known vulnerability fails the audit."""

import importlib.util
import json

import pytest

from tests.ogptracker.test_deployment import pins
from tests.tracker import ROOT

pytestmark = pytest.mark.once


@pytest.fixture
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bill_names_each_locked_package_with_its_version_and_is_the_same_each_time(audit, tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    audit.write_bill(first)
    audit.write_bill(second)
    assert first.read_bytes() == second.read_bytes()
    named = {f"{row['name']}=={row['version']}" for row in json.loads(first.read_text())["components"]}
    assert named == pins("requirements.lock")


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "Audited: 1 of 1"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}], 1, "PYSEC-1"),
        ([{"name": "a", "skip_reason": "not found"}], 0, "Audited: 0 of 1 packages; the index in use knows nothing"),
    ],
)
def test_a_known_vulnerability_fails_and_what_was_not_looked_up_is_said(
    audit, monkeypatch, capsys, tmp_path, answer, status, said
):
    monkeypatch.setattr(audit, "audited", lambda: answer)  # the index is elsewhere
    assert audit.main(tmp_path / "bill.json") == status
    assert said in capsys.readouterr().out
