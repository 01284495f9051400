"""The whole tracker under faults, with real processes on real PostgreSQL and Redis, while reports are handed in.

After each: what was acknowledged is in the database once, and ``manage.py check_record`` finds nothing wrong, and no
job that waits.
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.load import send
from tests.processes import PATIENCE, kill, pool_of
from tests.servers import free_port
from tests.site import AN_HOUR_PASSES, readiness
from tests.tracker import ROOT, status_of, within

pytestmark = [pytest.mark.once, pytest.mark.faults]


def chance() -> random.Random:
    """By a seed that the test prints, so that what was found can be found again (``FAULT_SEED``)."""
    seed = int(os.environ.get("FAULT_SEED") or time.time_ns() % 10**6)
    print(f"FAULT_SEED={seed}")
    return random.Random(seed)


def test_two_of_everything_and_any_of_them_killed_at_random_moments(site):
    """Web servers and their processes, workers and theirs, beats: what died is started anew, as Compose would do."""
    random_ = chance()
    ports = [free_port(), free_port()]
    makers = {f"web {port}": (lambda port=port: site.web(port)) for port in ports}
    makers |= {"worker one": site.at_work, "worker two": site.at_work}
    makers |= {"beat one": lambda: site.beat("one"), "beat two": lambda: site.beat("two")}
    running = {name: make() for name, make in makers.items()}
    assert site.ask_for_a_report(ports[0]) == 302
    with site.load(*ports) as ledger:
        for _ in range(12):
            time.sleep(random_.uniform(0.5, 3))
            name = random_.choice(sorted(running))
            inner = [] if "beat" in name else pool_of(running[name])
            if inner and random_.random() < 0.5:
                os.kill(random_.choice(inner), signal.SIGKILL)
            else:
                kill(running[name])
                running[name] = makers[name]()
        time.sleep(2)
    assert site.shell(AN_HOUR_PASSES) >= 0
    assert within(PATIENCE, lambda: set(site.reports()) == {"done"}), site.reports()
    site.assert_whole(ledger)


def test_pages_and_admin_work_while_redis_is_away_and_jobs_catch_up(site):
    port = free_port()
    site.web(port)
    site.at_work()
    site.beat()
    with site.load(port) as ledger:
        time.sleep(2)
        site.broker.stop(signal.SIGKILL)
        before = len(ledger.acknowledged)
        assert site.ask_for_a_report(port) == 302, "kept in the database"
        assert [send(port, "GET", path)[0] for path in ("/", "/ko/plans/kr-5/", "/search/?q=information")] == [200] * 3
        assert send(port, "GET", "/admin/", site.facts["coordinator"])[0] == 200
        assert status_of(port, "/healthz") == 200 and within(PATIENCE, lambda: readiness(port) == (200, ["broker"]))
        assert within(PATIENCE, lambda: len(ledger.acknowledged) > before + 10), "reports are taken as before"
        site.broker.start()
    assert set(ledger.statuses) == {302, 201, 200}, "nobody who handed a report in noticed"
    assert set(ledger.reviews.statuses) == {302} and within(PATIENCE, lambda: readiness(port) == (200, []))
    site.shell(AN_HOUR_PASSES)
    assert within(PATIENCE, lambda: site.reports() == {"done": 1}), site.reports()
    site.assert_whole(ledger)


def test_postgresql_crashing_fails_requests_cleanly_and_the_same_web_processes_go_on(site):
    port = free_port()
    web = site.web(port)
    site.at_work()
    site.beat()
    before = pool_of(web)
    with site.load(port) as ledger:
        time.sleep(2)
        site.server.stop(signal.SIGQUIT)
        assert send(port, "GET", "/plans/kr-5/")[0] == 503 and send(port, "GET", "/api/v1/plans/")[0] == 503
        assert status_of(port, "/healthz") == 200 and status_of(port, "/readyz") == 503
        time.sleep(1)
        site.server.start()
        known = len(ledger.acknowledged)
        assert within(PATIENCE, lambda: len(ledger.acknowledged) > known + 10 and ledger.is_enough()), ledger.statuses
    assert set(ledger.statuses) <= {302, 201, 200, 503} and ledger.statuses[503], ledger.statuses
    assert set(ledger.reviews.statuses) <= {302, 503}, ledger.reviews.statuses
    assert pool_of(web) == before, "nothing was started anew"
    site.assert_whole(ledger)


def test_a_migration_of_the_next_version_is_applied_while_this_one_serves(site):
    port = free_port()
    site.web(port)
    site.at_work()
    site.beat()
    with site.load(port) as ledger:
        time.sleep(2)
        environment = site.environment | {"DJANGO_SETTINGS_MODULE": "tests.tomorrow.settings"}
        migrate = [sys.executable, "manage.py", "migrate", "-v", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True, timeout=PATIENCE)
        column = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'of_tomorrow'"
        assert site.rows(column) == [(1,)]
        known = len(ledger.acknowledged)
        assert within(PATIENCE, lambda: len(ledger.acknowledged) > known + 10 and ledger.is_enough()), ledger.statuses
    assert set(ledger.statuses) == {302, 201, 200}, ledger.statuses
    assert set(ledger.reviews.statuses) == {302}, ledger.reviews.statuses
    site.assert_whole(ledger)
