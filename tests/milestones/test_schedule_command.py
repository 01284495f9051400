"""``manage.py read_schedule``: a line in, a JSON object out."""

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[2]
KEYS = {"starts_on", "due_on", "precision", "cadence", "open_ended", "readable", "reason", "edtf", "deadlines"}


@pytest.fixture
def read(monkeypatch):
    """Runs the command on bytes and gives the objects it prints, line by line."""

    def run(data: bytes, **options):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        output = io.StringIO()
        call_command("read_schedule", stdout=output, **options)
        return [json.loads(line) for line in output.getvalue().splitlines()]

    return run


def test_a_line_becomes_an_object(read):
    (answer,) = read("2021년 3월\t2021년 4분기\n".encode())
    assert answer.keys() >= KEYS
    assert {key: answer[key] for key in KEYS} == {
        "starts_on": "2021-03-01",
        "due_on": "2021-12-31",
        "precision": "quarter",
        "cadence": "once",
        "open_ended": False,
        "readable": True,
        "reason": "",
        "edtf": "2021-03/2021-12",
        "deadlines": [{"starts_on": "2021-03-01", "due_on": "2021-12-31", "precision": "quarter"}],
    }


def test_the_plans_period_bounds_what_recurs(read):
    line = b"Every July\t-\n"
    (without,) = read(line)
    (within,) = read(line, plan_start="2021-01-01", plan_end="2022-12-31")
    assert (without["readable"], without["reason"]) == (False, "no_period")
    assert [due["due_on"] for due in within["deadlines"]] == ["2021-07-31", "2022-07-31"]


@pytest.mark.parametrize(
    "line, reason",
    [
        (b"June 2021\n", "not_two_cells"),
        (b"\n", "not_two_cells"),
        (b"June 2021\tJuly 2021\tAugust 2021\n", "not_two_cells"),
        (b"\xff\xfe\tJune 2021\n", "not_utf8"),
        ("3월".encode("euc-kr") + b"\t\n", "not_utf8"),
        (b"\tafter the law is passed\n", "end_unreadable"),
        (b"\x00\t\x00\n", "start_unreadable"),
    ],
)
def test_a_line_that_cannot_be_read_is_answered_and_the_next_is_read(read, line, reason):
    broken, sound = read(line + b"\t2021")
    assert (broken["readable"], broken["reason"], broken["deadlines"]) == (False, reason, [])
    assert broken.keys() >= KEYS
    assert (sound["readable"], sound["due_on"]) == (True, "2021-12-31")


def test_line_ends_of_other_systems_and_a_byte_order_mark_do_no_harm(read):
    answers = read("\ufeff\t2021-12-31\r\n2021\t2022\r\n".encode())
    assert [answer["due_on"] for answer in answers] == ["2021-12-31", "2022-12-31"]


def test_the_members_conventions_hold_whether_or_not_it_is_in_the_record(read, record):
    line = b"\t03/04/2021\n"
    for member, due_on in [(None, "2021-03-04"), ("KR", "2021-03-04"), ("FR", "2021-04-03"), ("us", "2021-03-04")]:
        (answer,) = read(line, member=member)
        assert (answer["due_on"], answer["ambiguous"], answer["notes"]) == (due_on, True, ["day_month_order"])


@pytest.mark.parametrize("name", ["KR", "kor", "kr"])
def test_a_member_of_the_record_is_known_by_each_of_its_names(read, record, name):
    (answer,) = read(b"\tFY2022\n", member=name)
    assert answer["edtf"] == "2022"


@pytest.mark.parametrize(
    "options", [{"plan_start": "1 May 2021"}, {"plan_start": "2022-01-01", "plan_end": "2021-01-01"}]
)
def test_a_period_that_is_none_is_refused(read, options):
    with pytest.raises(CommandError):
        read(b"", **options)


@pytest.mark.once
def test_answers_come_line_by_line_in_any_locale_and_without_a_database(tmp_path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "LC_ALL": "C", "PYTHONUTF8": "0"}
    environment.pop("PYTHONUNBUFFERED", None)
    command = [sys.executable, "manage.py", "read_schedule", "--member", "KR"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        patience = threading.Timer(30, process.kill)
        patience.start()
        for wording, due_on in [("2021년 상반기", "2021-06-30"), ("2021년 하반기", "2021-12-31")]:
            process.stdin.write(f"\t{wording}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["due_on"] == due_on  # before the next line is sent
        _rest, errors = process.communicate()
        patience.cancel()
    assert (process.returncode, errors) == (0, b"")
