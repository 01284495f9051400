"""Clocks that step and odd time zones, with the whole tracker at work."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.processes import PATIENCE
from tests.tracker import ROOT

pytestmark = [pytest.mark.once, pytest.mark.faults]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_clock_that_steps_and_a_server_in_an_odd_zone_record_nothing_twice(site, zone):
    """Sweeps by a clock two days ahead, then a day behind, then right; on a server whose own zone is another."""
    steps = ["+2d", "-1d", "+0", "-26h", "+0"]
    site.environment["TZ"] = zone
    day = datetime.now(UTC).date()
    site.shell("from tests.sweeps import *; make_world(['Asia/Seoul', 'America/Santiago']); print(1)")
    for step in steps:
        words = ["faketime", "-f", step, sys.executable, "manage.py", "flag_overdue"]
        done = subprocess.run(words, cwd=ROOT, env=site.environment, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
    open_ones = "FROM milestones_overduenotice WHERE cleared_on IS NULL"
    assert site.rows(f"SELECT deadline_id {open_ones} GROUP BY deadline_id HAVING count(*) > 1") == []
    assert site.rows("SELECT count(*) FROM milestones_overduenotice WHERE flagged_on >= current_date")
    site.manage("check_record", "--only", "notices", "periods")
    [(latest,)] = site.rows("SELECT max(flagged_on) FROM milestones_overduenotice")
    assert (latest - day).days <= 3
