"""The examples in docs/api.md, run as they stand against a running server: each answers what the page says."""

import re
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from tests.tracker import ROOT
from tests.world import make_user

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
PAGE = (ROOT / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```json\n(.*?)```", PAGE, re.DOTALL)
HERE = "http://127.0.0.1:8000"


def test_the_examples_of_the_page_answer_what_it_says(live_server, record, tmp_path):
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.first()
    lead = milestone.commitment.involvements.filter(role="lead").first().institution
    now = timezone.now()
    shown = tokens.make(make_user("editor", lead), "tests", ["report:write"], now + timedelta(days=1), now)[1]
    assert len(EXAMPLES) >= 6
    variables = f"TOKEN={shown} MILESTONE={milestone.pk}\n"
    for script, answer in EXAMPLES:
        script = variables + script.replace(HERE, live_server.url)
        done = subprocess.run(["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (script, done.stderr)
        assert done.stdout.replace(live_server.url, HERE).strip() == answer.strip(), script


def test_every_command_of_the_page_asks_an_address_that_there_is(client, record):
    addresses = re.findall(rf"{HERE}(/[^'\" ]*)", PAGE)
    assert len(addresses) >= 6
    for address in addresses:
        response = client.get(address)
        assert response.status_code in (200, 400, 401), address
        if response.streaming:
            b"".join(response.streaming_content)
