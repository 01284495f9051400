#!/usr/bin/env python3
"""Measures the tracker at the partnership's size and at ten times that (``make bench``).

For each number of members: an invented world (``manage.py make_scale_data``) in a database of its own. Then every
public page and every list of the API is asked a few times in the one world, a few in the other, and so on in turn, so
that what else the machine does falls on both:
the number of queries, which has to be the same; the milliseconds of the first answer, for which nothing is kept
(``commitments.kept``), and the middle and the 95th hundredth of the further ones, with the ratio of the larger world's
to the smaller's.

``--members 23 230`` tries it on smaller worlds; ``--only /plans`` asks the addresses that hold these words; ``--plans``
adds the plan of the slowest statement of each address that grows. A world that is on the server already, in a database
``scale_230`` and the like, is measured as it is, once its migrations are applied: so a server of one's own in
``DATABASE_URL`` makes each world once.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench_addresses import API, PAGES  # noqa: E402  (the repository's root has to be on the path first)

GOAL = 1.3  # the most that a page of ten times as many rows may take
AT_ONCE = 5  # rounds in one world before the other's turn
FEWEST = 23  # members: a smaller world has not all the pages that are asked for


def database_url(server: str, name: str) -> str:
    return f"{server.rsplit('/', 1)[0]}/{name}"


def manage(url: str, *words: str):
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)


def make_world(server: str, members: int) -> str:
    """The address of a database that holds a world of so many members; made unless it is there."""
    name, url = f"scale_{members}", database_url(server, f"scale_{members}")
    if not answer_of(server, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'"):
        answer_of(server, f"CREATE DATABASE {name}")
    manage(url, "migrate", "--verbosity", "0")
    found = answer_of(url, "SELECT count(*) FROM commitments_member")
    if found not in (0, members):
        sys.exit(f"The database {name} holds {found:,} members instead of {members:,}: drop it, and it is made anew.")
    if not found:  # a world is written as a whole or not at all
        manage(url, "make_scale_data", "--members", str(members), "--processes", "2")
    return url


def answer_of(url: str, statement: str):
    """The first value that a statement gives, None where it gives none."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


class World:
    """A process that measures pages in one of the worlds."""

    def __init__(self, url: str):
        command = [sys.executable, str(ROOT / "scripts" / "bench_pages.py")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}, **pipes)

    def ask(self, address: str, rounds: int, plan: bool = False) -> dict:
        print(json.dumps({"address": address, "rounds": rounds, "plan": plan}), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{address} could not be measured.")
        return json.loads(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.stdin.close()
        self.process.wait(60)


def in_turn(worlds: dict[int, World], address: str, rounds: int) -> dict[int, dict]:
    """What is measured of an address in each world."""
    found: dict[int, dict] = {}
    for begun in range(0, rounds, AT_ONCE):
        for members, world in worlds.items():
            answer = world.ask(address, min(AT_ONCE, rounds - begun))
            found.setdefault(members, answer | {"spent": []})["spent"] += answer["spent"]
    for answer in found.values():
        spent = answer["spent"]
        answer["p50"] = statistics.median(spent)
        answer["p95"] = statistics.quantiles(spent, n=20, method="inclusive")[-1] if len(spent) > 1 else spent[0]
    return found


def table(worlds: dict[int, World], addresses: list[str], rounds: int, plans: bool) -> list[str]:
    """Asks each address in each world, and prints a line of it; the addresses that grow with the world."""
    row, (few, many) = "{:<58} {:>7} {:>16} {:>14} {:>16} {:>7} {:>7}", worlds
    print(row.format("address", "queries", "first ms", "p50 ms", "p95 ms", "× p50", "× p95"))
    growing = []
    for address in addresses:
        found = in_turn(worlds, address, rounds)
        less, more = found[few], found[many]
        ratio, slow = more["p50"] / less["p50"], more["p95"] / less["p95"]
        queries = str(less["queries"]) if less["queries"] == more["queries"] else f"{less['queries']}→{more['queries']}"
        grows = max(ratio, slow) > GOAL or "→" in queries
        growing += [address] if grows else []
        times = [f"{less[name]:.1f} → {more[name]:.1f}" for name in ("first", "p50", "p95")]
        print(row.format(address, queries, *times, f"{ratio:.2f}", f"{slow:.2f}"), flush=True)
        if plans and grows:
            print(worlds[many].ask(address, 1, plan=True)["plan"], flush=True)
    return growing


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, nargs=2, default=[230, 2_300])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="")
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    few, many = options.members
    if few < FEWEST:
        parser.error(f"--members: a world has at least {FEWEST} members, or some of the pages asked for are not there.")
    if many <= few:
        parser.error("--members: the second world is the larger one.")
    if options.rounds < 1:
        parser.error("--rounds: at least 1.")
    return options


def main():
    options = read_options()
    today = date.today()
    days = {"{on}": str(today), "{since}": str(today - timedelta(days=90))}
    addresses = [address for address in PAGES + API if options.only in address]
    for name, day in days.items():
        addresses = [address.replace(name, day) for address in addresses]
    with ExitStack() as stack:
        urls = {members: make_world(os.environ["DATABASE_URL"], members) for members in options.members}
        worlds = {members: stack.enter_context(World(url)) for members, url in urls.items()}
        growing = table(worlds, addresses, options.rounds, options.plans)
    throughput = [sys.executable, str(ROOT / "scripts" / "bench_throughput.py")]
    print(f"{len(growing)} of {len(addresses)} addresses take more than {GOAL} times as long:", *growing, sep="\n  ")
    if not options.only:
        subprocess.run(throughput, env={**os.environ, "DATABASE_URL": urls[options.members[0]]}, check=True)


if __name__ == "__main__":
    main()
