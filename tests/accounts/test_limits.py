"""Limits of the API: what the headers say, who shares a limit, and that all processes count together."""

import os
import subprocess
import sys
import time

import pytest

from accounts import counts as counting
from accounts import limits
from accounts.counts import FileCounts, NotCounted, RedisCounts
from tests import servers
from tests.tracker import ROOT

PLANS = "/api/v1/plans/"


class Counter(dict):
    """Counts of one process, for tests of what follows from them."""

    def add(self, key, seconds):
        self[key] = self.get(key, 0) + 1
        return self[key]


@pytest.fixture
def counter(monkeypatch, settings):
    """Three requests a minute, at a moment in the midst of one."""
    settings.API_LIMIT_PUBLIC = 3
    made = Counter()
    monkeypatch.setattr(limits, "counts", lambda: made)
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_040.0)
    return made


def test_what_is_left_is_said_and_one_too_many_is_refused_until_the_minute_ends(client, db, counter):
    answers = [client.get(PLANS) for _n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit"] for answer in answers] == [f'"public";r={n};t=40' for n in (2, 1, 0, 0)]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"public";q=3;w=60'}
    assert answers[3]["Retry-After"] == "40"
    assert answers[3]["Content-Type"] == "application/problem+json"
    assert "no-store" in answers[3]["Cache-Control"]


def test_the_next_minute_begins_anew(client, db, counter, monkeypatch):
    for _n in range(4):
        client.get(PLANS)
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_081.0)
    assert client.get(PLANS).status_code == 200


def test_each_address_has_its_own_limit_and_a_network_of_ipv6_one(client, db, counter):
    def status(address):
        return client.get(PLANS, REMOTE_ADDR=address).status_code

    assert [status("192.0.2.1") for _n in range(4)] == [200, 200, 200, 429]
    assert status("192.0.2.2") == 200
    assert [status(f"2001:db8::{n}") for n in range(1, 5)] == [200, 200, 200, 429]


def test_behind_a_proxy_the_reader_counts_and_nobody_chooses_who_that_is(client, db, counter, settings):
    settings.PROXY_COUNT = 1
    sent = [{"X-Forwarded-For": f"198.51.100.{n}, 192.0.2.1"} for n in range(4)]
    assert [client.get(PLANS, headers=headers).status_code for headers in sent] == [200, 200, 200, 429]


def test_a_reader_that_is_not_known_has_no_limit(client, db, counter, settings):
    settings.PRODUCTION = True
    assert [client.get(PLANS).status_code for _n in range(4)] == [200] * 4
    assert not counter


def test_without_counts_everybody_is_answered(client, db, counter, monkeypatch):
    def silent():
        class Silent:
            def add(self, key, seconds):
                raise NotCounted

        return Silent()

    monkeypatch.setattr(limits, "counts", silent)
    answer = client.get(PLANS)
    assert answer.status_code == 200 and "RateLimit" not in answer


# Where counts live ----------------------------------------------------------------------------------------------------
COUNT = """
import sys
from pathlib import Path
from accounts.counts import FileCounts, RedisCounts
kind, place, times = sys.argv[1:]
found = FileCounts(Path(place)) if kind == "file" else RedisCounts(place)
print(max(found.add("same", 60) for n in range(int(times))))
"""


def counted_by_processes(kind: str, place: str, times=200) -> list[int]:
    """The highest number that each of three processes, counting at the same time, was told."""
    words = [sys.executable, "-c", COUNT, kind, place, str(times)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _n in range(3)]
    return [int(process.communicate(timeout=60)[0]) for process in running]


@pytest.mark.once
def test_processes_of_the_embedded_tracker_count_together(tmp_path):
    assert max(counted_by_processes("file", str(tmp_path / "counts.sqlite3"))) == 600


@pytest.mark.once
def test_processes_of_production_count_together_and_redis_forgets():
    with servers.redis() as url:
        assert max(counted_by_processes("redis", url)) == 600
        found = RedisCounts(url)
        found.add("brief", 1)
        assert found.redis.ttl("limits:brief") == 1


@pytest.mark.once
def test_a_redis_that_is_away_holds_nobody_up_and_is_found_again(monkeypatch):
    monkeypatch.setattr(counting, "PAUSE", 0.5)
    with servers.redis_server() as server:
        found = RedisCounts(server.url)
        assert found.add("key", 60) == 1
        server.stop(servers.signal.SIGKILL)
        with pytest.raises(NotCounted):
            found.add("key", 60)
        begun = time.monotonic()
        for _n in range(100):
            with pytest.raises(NotCounted):
                found.add("key", 60)
        assert time.monotonic() - begun < 0.4, "it is not asked each time"
        server.start()
        time.sleep(0.6)
        assert found.add("key", 60) == 1


@pytest.mark.once
def test_a_file_of_counts_forgets_what_is_over(tmp_path):
    found = FileCounts(tmp_path / "counts.sqlite3")
    found.add("over", -1)
    found.add("new", 60)
    keys = found.connection().execute("SELECT key FROM counts").fetchall()
    assert keys == [("new",)]
