"""Imports of OGP's commitment data in processes of their own: killed, started twice at once, and of any size."""

import signal
from contextlib import ExitStack

import pytest

from tests.assessments.ogp_rows import Y2014, many, row, write_all
from tests.migrated import migrate
from tests.processes import Processes
from tests.servers import postgres
from tests.tracker import environment_in

pytestmark = pytest.mark.once

IMPORT = """
from pathlib import Path
from assessments.ogp_import import import_file
run = import_file(Path(path), on_progress=lambda done, total: print(done, flush=True))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([run.counts, int(peak.split()[1]) // 1024]))
"""
COUNT = """
from assessments.models import Coding, OGPImport, OGPRow
from commitments.models import Commitment, Member
print(json.dumps([model.objects.count() for model in (Member, Commitment, OGPRow, Coding, OGPImport)]))
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.faults)])
def tracker(request, tmp_path):
    """An empty tracker's processes, on each database."""
    environment = environment_in(tmp_path)
    with ExitStack() as stack:
        if request.param == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(postgres())
        processes = Processes(environment)
        migrate(environment)
        yield processes
        for process in processes.started:
            process.kill()
            process.communicate()


def rows_of_data(number: int):
    return (row(f"QA{n:04d}", **Y2014) for n in range(1, number + 1))


def test_an_import_that_is_killed_leaves_nothing_behind_and_can_be_repeated(tracker, tmp_path):
    path = write_all(tmp_path / "rows.csv", rows_of_data(2000))
    process = tracker.begin_shell(IMPORT, path=str(path))
    assert process.stdout.readline() == "500\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tracker.shell(COUNT) == [0, 0, 0, 0, 0]
    counts, _memory = tracker.shell(IMPORT, path=str(path))
    assert counts["commitments made"] == 2000
    assert tracker.shell(COUNT) == [1, 2000, 2000, 4000, 1]


def test_two_imports_at_once_give_the_result_of_one(tracker, tmp_path):
    path = write_all(tmp_path / "rows.csv", rows_of_data(1000))
    both = [tracker.begin_shell(IMPORT, path=str(path)) for _n in range(2)]
    ended = [(process.communicate(), process.returncode) for process in both]
    assert [code for _output, code in ended] == [0, 0], ended
    assert tracker.shell(COUNT) == [1, 1000, 1000, 2000, 2]


@pytest.mark.faults
def test_memory_does_not_grow_with_the_file(tmp_path):
    processes = Processes(environment_in(tmp_path))
    migrate(processes.environment)
    used = []
    for number in (1_110, 11_100):  # ten and a hundred times the sample
        path = write_all(tmp_path / f"{number}.csv", many(number))
        counts, memory = processes.shell(IMPORT, path=str(path))
        used.append(memory)
        assert counts["rows new"] == number - counts.get("rows unchanged", 0)
    assert used[1] - used[0] < 25, f"{used} MB"
