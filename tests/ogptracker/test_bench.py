"""The benchmark of sizes says at once what it cannot measure, and measures a single round."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from bench import in_turn  # noqa: E402  (the scripts have to be on the path first)

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--members", "22", "220"], "at least 23 members"),
        (["--members", "230", "230"], "the second world is the larger one"),
        (["--rounds", "0"], "--rounds: at least 1"),
    ],
)
def test_what_cannot_be_measured_is_said_before_a_world_is_made(words, said):
    command = [sys.executable, ROOT / "scripts" / "bench.py", *words]
    done = subprocess.run(command, capture_output=True, text=True, env={}, timeout=60)
    assert done.returncode == 2 and said in done.stderr


class World:
    """Answers as a process of the benchmark does: each time a millisecond later."""

    def __init__(self, start: float):
        self.next = start

    def ask(self, _address, rounds):
        spent = [self.next + number for number in range(rounds)]
        self.next += rounds
        return {"queries": 3, "first": 9.0, "spent": spent}


@pytest.mark.parametrize(("rounds", "p50", "p95"), [(1, 1, 1), (12, 6.5, 11.45)])
def test_rounds_are_asked_in_turn_and_one_is_enough(rounds, p50, p95):
    found = in_turn({23: World(1), 230: World(101)}, "/", rounds)
    assert (found[23]["p50"], found[23]["p95"]) == (p50, pytest.approx(p95))
    assert found[230]["p50"] == p50 + 100 and len(found[230]["spent"]) == rounds
