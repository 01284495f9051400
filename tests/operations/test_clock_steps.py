"""Clocks that step, days of changing time and odd time zones, with the whole tracker at work under load."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.load import ask
from tests.processes import PATIENCE
from tests.servers import free_port
from tests.site import PEOPLE
from tests.tracker import ROOT, within

pytestmark = [pytest.mark.once, pytest.mark.faults]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SWEEP = "milestones.tasks.flag_overdue"
TWICE = """
SELECT deadline_id, overdue_since, count(*) FROM milestones_overduenotice GROUP BY 1, 2 HAVING count(*) > 1
"""


class Clock:
    """The clock of all processes of one tracker: the machine's, put forward or back while they run. How long something
    takes is measured as before, as on a machine whose time is set."""

    def __init__(self, site):
        self.site, self.file = site, site.folder / "clock"
        [library] = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self.put(timedelta(0))
        site.environment |= {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self.file)}
        site.environment |= dict.fromkeys(["FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"], "1")
        site.environment["PYTHONPATH"] = str(ROOT / "tests" / "put_clock")

    def put(self, ahead: timedelta):
        """So far ahead of the machine's, or behind it."""
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{ahead.total_seconds():+.0f}")
        os.replace(draft, self.file)

    def put_to(self, moment: datetime):
        self.put(moment - datetime.now(UTC))

    def swept(self):
        """Waits until a sweep has begun and ended by the clock as it is now."""
        [(before,)] = self.site.rows(f"SELECT coalesce(sum(runs), 0) FROM operations_jobrun WHERE job = '{SWEEP}'")
        done = f"SELECT runs >= {before} + 2 AND outcome = 'ok' FROM operations_jobrun WHERE job = '{SWEEP}'"
        assert within(PATIENCE, lambda: self.site.rows(done) == [(True,)]), "beat stands still"


def at_work(site) -> tuple[Clock, int]:
    """The whole tracker, under a clock that can be put."""
    clock, port = Clock(site), free_port()
    site.web(port)
    site.at_work()
    site.beat()
    return clock, port


def more(ledger, number=8):
    """Waits until so many writes more are acknowledged."""
    known = len(ledger.acknowledged)
    assert within(PATIENCE, lambda: len(ledger.acknowledged) >= known + number), ledger.statuses


# The clock steps ------------------------------------------------------------------------------------------------------
def test_a_clock_that_steps_under_load_loses_nothing_and_records_nothing_twice(site):
    """Web, worker and beat two days ahead, a day behind, right; the server's own zone is another. A clock that goes
    ahead ends sessions, so reviewers sign in anew after each step; programs go on with their token."""
    site.environment["TZ"] = "Pacific/Kiritimati"
    today = datetime.now(UTC).date()
    due = [(today + n * DAY).isoformat() for n in range(-4, 5)]
    site.shell(WORLD, ZONES=ZONES, DUE=due, PERIOD=((today - 90 * DAY).isoformat(), (today + 90 * DAY).isoformat()))
    clock, port = at_work(site)
    ledger = None
    for ahead in (2 * DAY, -DAY, 0 * DAY, -26 * HOUR, 0 * DAY):
        site.facts = site.shell(PEOPLE)
        with site.load(port, writers=1, ledger=ledger) as ledger:
            more(ledger)
            clock.put(ahead)
            clock.swept()
            more(ledger)
    assert set(ledger.statuses) <= {200, 201, 302} and set(ledger.reviews.statuses) == {302}, ledger.statuses
    clock.swept()
    assert site.rows(TWICE) == []
    assert site.rows("SELECT count(*) FROM milestones_overduenotice WHERE flagged_on >= current_date") > [(0,)]
    before = notices(site)
    clock.swept()
    assert notices(site) == before, "a sweep more finds nothing to do"
    site.assert_whole(ledger)


def notices(site) -> list:
    return site.rows("SELECT * FROM milestones_overduenotice ORDER BY id")


# Days of changing time ------------------------------------------------------------------------------------------------
ZONES = ["America/New_York", "Europe/London", "Asia/Seoul", "Pacific/Kiritimati"]
# Moments (UTC) → the day at each of ZONES: an hour around each midnight before, on and after the days on which clocks
# are changed (New York: 14 March and 7 November, London: 28 March and 31 October), and midnights of the other two.
MOMENTS = {
    "03-13 12:00": "03-13 03-13 03-13 03-14",
    "03-14 04:30": "03-13 03-14 03-14 03-14",
    "03-14 05:30": "03-14 03-14 03-14 03-14",
    "03-14 09:30": "03-14 03-14 03-14 03-14",
    "03-14 10:30": "03-14 03-14 03-14 03-15",
    "03-14 14:30": "03-14 03-14 03-14 03-15",
    "03-14 15:30": "03-14 03-14 03-15 03-15",
    "03-15 03:30": "03-14 03-15 03-15 03-15",
    "03-15 04:30": "03-15 03-15 03-15 03-15",  # by winter's time it would be the 14th in New York
    "03-27 23:30": "03-27 03-27 03-28 03-28",
    "03-28 00:30": "03-27 03-28 03-28 03-28",
    "03-28 22:30": "03-28 03-28 03-29 03-29",
    "03-28 23:30": "03-28 03-29 03-29 03-29",  # by winter's time it would be the 28th in London
    "10-30 22:30": "10-30 10-30 10-31 10-31",
    "10-30 23:30": "10-30 10-31 10-31 10-31",
    "10-31 23:30": "10-31 10-31 11-01 11-01",  # by summer's time it would be 1 November in London
    "11-01 00:30": "10-31 11-01 11-01 11-01",
    "11-07 03:30": "11-06 11-07 11-07 11-07",
    "11-07 04:30": "11-07 11-07 11-07 11-07",
    "11-08 04:30": "11-07 11-08 11-08 11-08",  # by summer's time it would be the 8th in New York
    "11-08 05:30": "11-08 11-08 11-08 11-08",
}
DUE = ["03-12", "03-13", "03-14", "03-15", "03-26", "03-27", "03-28", "10-29", "10-30", "10-31", "11-06", "11-07"]
WORLD = """
from datetime import date
from accounts import tokens
from django.utils import timezone
from milestones import services
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_user
START, END = map(date.fromisoformat, PERIOD)
def milestone(due, **facts):
    made = make_milestone(commitment, due, **facts)
    services.read_deadlines(made)
    return made
for n, zone in enumerate(ZONES):
    member = make_member(time_zone=zone)
    ministry = make_institution(member)
    commitment = make_commitment(make_plan(member, slug=f"zone-{n}", starts_on=START, ends_on=END), ministry)
    for due in DUE:
        milestone(date.fromisoformat(due), title=due[5:])
now = timezone.now()
editor = make_user("editor", ministry)
token = tokens.make(editor, "load", tokens.scopes_for(editor), now + timezone.timedelta(days=300), now)[1]
print(json.dumps({"milestone": milestone(END).pk, "token": token}))
"""
NOTICES = """
SELECT p.slug, m.title, n.overdue_since, n.flagged_on, n.cleared_on FROM milestones_overduenotice n
JOIN milestones_deadline d ON d.id = n.deadline_id JOIN milestones_milestone m ON m.id = d.milestone_id
JOIN commitments_commitment c ON c.id = m.commitment_id JOIN commitments_actionplan p ON p.id = c.plan_id
WHERE p.slug LIKE 'zone-%' ORDER BY n.id
"""


def on(day: str) -> date:
    return date.fromisoformat(f"2027-{day}")


def shown_as_overdue(port, plan: str) -> list[str]:
    """What the public API says is overdue today, by its due day."""
    status, _headers, body = ask(port, "GET", f"/api/v1/milestones/?plan={plan}&overdue=true&page_size=50")
    assert status == 200, body
    return sorted(row["title"] for row in json.loads(body)["results"])


@contextmanager
def writing(site, clock, port):
    """Programs write all the while. The world and their token are made at the first of the moments."""
    clock.put_to(datetime(2027, 3, 13, 12, tzinfo=UTC))
    due = [f"2027-{day}" for day in DUE]
    made = site.shell(WORLD, ZONES=ZONES, DUE=due, PERIOD=("2027-01-01", "2027-12-31"))
    site.facts = site.facts | made
    with site.load(port, writers=0, reviewers={}, on_date="2027-01-05") as ledger:
        yield ledger


def test_days_end_at_each_members_midnight_on_days_of_changing_time(site):
    """At the hour before and after: what is due, what is noted and what pages say is of the member's own day."""
    clock, port = at_work(site)
    flagged = {}
    with writing(site, clock, port) as ledger:
        for moment, days in MOMENTS.items():
            clock.put_to(datetime.fromisoformat(f"2027-{moment}+00:00"))
            clock.swept()
            for n, day in enumerate(days.split()):
                late = [due for due in DUE if due < day]
                assert shown_as_overdue(port, f"zone-{n}") == late, (moment, ZONES[n])
                flagged |= {(f"zone-{n}", due): day for due in late if (f"zone-{n}", due) not in flagged}
            assert noted(site) == flagged, moment
        more(ledger)
        clock.put_to(datetime(2027, 3, 28, 23, 30, tzinfo=UTC))  # back by half a year, and right again
        clock.swept()
        assert shown_as_overdue(port, "zone-1") == [due for due in DUE if due < "03-29"]
        assert noted(site) == flagged, "what later days found is left alone"
        clock.put_to(datetime(2027, 11, 8, 5, 30, tzinfo=UTC))
        clock.swept()
        assert noted(site) == flagged, "nothing is noted twice"
        more(ledger)
    assert set(ledger.statuses) == {200, 201}, ledger.statuses
    site.assert_whole(ledger, reviewed=False)


def noted(site) -> dict:
    """(plan, due day) → the day on which it was flagged: one open notice each, overdue since the day after."""
    rows = site.rows(NOTICES)
    assert len({row[:2] for row in rows}) == len(rows), "noted twice"
    assert all(since == on(due) + DAY and cleared is None for _plan, due, since, _day, cleared in rows)
    return {(plan, due): f"{day:%m-%d}" for plan, due, _since, day, _cleared in rows}


# A server in an odd zone ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_sweeps_by_a_clock_that_steps_on_a_server_in_an_odd_zone_record_nothing_twice(site, zone):
    """Sweeps by a clock two days ahead, then a day behind, then right."""
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
