"""The OpenAPI description is complete and true: schemathesis asks a running server what it says may be asked, and what
it says may not, with all its checks, as the public and with each role's token."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import User
from assessments.models import Coding, IRMReview, SelfAssessment
from commitments.models import ActionPlan, Commitment, Institution, Member, SourceDocument
from milestones.models import Deadline, Milestone
from search import index
from search.models import Entry
from tests.tracker import ROOT
from tests.world import make_institution, make_report, make_user

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

ADMINISTRATOR = "administrator"
ROLES = [role.value for role in User.Role] + [ADMINISTRATOR]
# Of schemathesis's own list of what refuses, and 412: an If-Match that names no edition is refused so.
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429"]
"""
# 428 is what RFC 6585 has for a missing If-Match.
CONFIGURATION += """
[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "406", "422", "428"]
"""
LINKS = ["https://example.org/a", "http://example.org/b?c=d"]
FIRST = {
    "commitments": Commitment,
    "documents": SourceDocument,
    "institutions": Institution,
    "irm-codings": Coding,
    "members": Member,
    "milestones": Milestone,
    "search": Entry,
    "self-assessments": SelfAssessment,
}


def first_keys(path: str, report) -> list:
    """Keys that there are, so that rows are asked for that exist."""
    name = path.split("/")[3]
    if name == "status-updates":
        return [str(report.pk)] if report else ["1"]
    if name == "plans":
        return ["kr-5", str(ActionPlan.objects.first().pk)]
    return list(FIRST[name].objects.order_by("pk").values_list("pk", flat=True)[:2]) if name in FIRST else []


def values_there_are() -> dict[str, list]:
    """Of parameters that name a row, those of rows that there are: others are refused, as the tests of filters say."""
    return {
        "plan": [plan.slug for plan in ActionPlan.objects.real()],
        "member": ["kr"],
        "institution": ["mois", "msit"],
        "lead": ["mois", "msit"],
        "document": list(SourceDocument.objects.values_list("key", flat=True)),
        "review": list(IRMReview.objects.values_list("slug", flat=True)),
        "policy_area": [],
        "theme": list(ActionPlan.objects.get(slug="kr-5").themes.values_list("key", flat=True)),
        "cursor": [""],
        "If-Match": ["*"],
        "evidence_id": ["1", "2"],
    }


def narrowed(schema: dict, report) -> dict:
    """The description, with rows that there are."""
    known = values_there_are()
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            kept = []
            for parameter in operation["parameters"]:
                values = known.get(parameter["name"])
                if parameter["name"] == "plan" and path.endswith("/plans/"):
                    values = None  # here it is no row's name, but a text like any other
                if parameter["name"] == "theme" and "search" in path:
                    values = []
                if parameter["name"] == "review" and "status-updates" in path:
                    values = None
                if parameter["name"] in ("id", "slug") and parameter["in"] == "path":
                    values = first_keys(path, report) or None
                if values is not None:
                    parameter["schema"] = {"type": "integer" if isinstance((values or [""])[0], int) else "string"}
                    parameter["schema"]["enum"] = values
                if values != []:
                    kept.append(parameter)
            operation["parameters"] = kept
    bodies = schema["components"]["schemas"]
    draft = bodies["Draft"]["properties"]
    milestone = report.milestone if report else Milestone.objects.first()
    draft["milestone"] = {"type": "integer", "enum": [milestone.pk]}
    deadlines = [*Deadline.objects.filter(milestone=milestone).values_list("pk", flat=True), None]
    for name in ("Draft", "PatchedChange"):
        bodies[name]["properties"]["deadline"] = {"type": "integer", "nullable": True, "enum": deadlines}
    for name in ("Draft", "PatchedChange"):  # a report on a day to come is refused when it is handed in
        bodies[name]["properties"]["on_date"] = {
            "type": "string",
            "format": "date",
            "enum": ["2021-11-15", "2021-11-16"],
        }
    evidence = schema["paths"]["/api/v1/status-updates/{id}/evidence/"]["post"]["requestBody"]["content"]
    del evidence["multipart/form-data"]  # no file made by chance is a PDF; test_status_api has real ones
    bodies["Link"]["properties"]["url"] = {"type": "string", "enum": LINKS}
    return schema


def run(live_server, client, folder, report=None, token="", *options) -> subprocess.CompletedProcess:
    schema = narrowed(client.get("/api/v1/schema/?format=json").json(), report)
    of_token = f'[auth.openapi.token]\nbearer = "{token}"\n' if token else ""
    (folder / "schemathesis.toml").write_text(CONFIGURATION + of_token)
    path = folder / "schema.json"
    path.write_text(json.dumps(schema))
    words = [sys.executable, "-m", "schemathesis.cli", "run", str(path), "--url", live_server.url, "--checks", "all"]
    words += ["--continue-on-failure", "--seed", "1", "--generation-database", "none", "--no-color", *options]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200)


QUICK = ["--phases", "examples,fuzzing", "--max-examples", "6"]
WHOLE = ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "15"]
FEW = [*QUICK[:-1], "3"]
# Not "stateful": it takes addresses from earlier answers, which the narrowed description does not name.
EACH_LIMIT = ["--phases", "examples,coverage,fuzzing", "--max-examples", "15"]
OF_ACCOUNTS = ["--include-path-regex", "status-updates"]


def assert_true(done: subprocess.CompletedProcess):
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr


def reporter(record, role: str) -> tuple:
    """An account of the role, where it reports on something a draft of its own, and a token with all its scopes."""
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.first()
    lead = milestone.commitment.involvements.filter(role="lead").first().institution
    if role == "co_owner":
        lead = make_institution(record, kind="cso")
        milestone.commitment.involvements.create(institution=lead, role="co_owner")
    if role == ADMINISTRATOR:
        user = make_user("viewer", is_superuser=True)
    else:
        user = make_user(role, lead if role not in ("irm", "viewer") else None)
    report, now = make_report(milestone, user, timezone.localdate()), timezone.now()
    return report, tokens.make(user, "tests", tokens.scopes_for(user), now + timedelta(days=1), now)[1]


def test_the_description_is_true_for_the_public(live_server, client, record, tmp_path):
    index.rebuild()
    assert_true(run(live_server, client, tmp_path, None, "", *QUICK))


@pytest.mark.parametrize("role", ROLES)
def test_the_description_is_true_for_each_roles_token(live_server, client, record, tmp_path, role):
    assert_true(run(live_server, client, tmp_path, *reporter(record, role), *FEW, *OF_ACCOUNTS))


@pytest.mark.faults
def test_the_whole_description_is_true_for_the_public(live_server, client, record, tmp_path):
    """Each limit of each parameter by itself, and requests that follow from each other: some minutes."""
    index.rebuild()
    assert_true(run(live_server, client, tmp_path, None, "", *WHOLE))


@pytest.mark.faults
@pytest.mark.parametrize("role", ROLES)
def test_all_that_a_token_opens_is_described_truly(live_server, client, record, tmp_path, role):
    assert_true(run(live_server, client, tmp_path, *reporter(record, role), *EACH_LIMIT, *OF_ACCOUNTS))
