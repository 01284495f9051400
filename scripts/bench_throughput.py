#!/usr/bin/env python3
"""Answers a second of the API, one process each, in the world of the database of ``DATABASE_URL`` (``make bench``).

The list of commitments (50 rows) and one commitment: ours, as the production server runs it; Django REST framework as
its tutorial has it, and with the same fields as ours; Datasette on an SQLite file of the same rows; and a bare WSGI
function, which is the limit (``bench_servers.py``). One reader asks one after the other, a new connection each. Each is
asked in turn, several times, and the best time of each counts. Then the memory of our worker over 10,000 mixed
requests, and its start.
"""

import argparse
import http.client
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2
import psycopg2.extras

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench_addresses import API, PAGES  # noqa: E402  (the repository's root has to be on the path first)
from bench_servers import COLUMNS  # noqa: E402

from tests.servers import answers, free_port, stop  # noqa: E402

LIST, ONE = "/api/v1/commitments/", "/api/v1/commitments/200/"
HOST = {"Host": "localhost"}
MIXED = [address for address in PAGES + API if "{" not in address and address != "/hello"]
SLOW = ("/sitemap", "/members/compare", "/compare/", "/deadlines.ics", "/search/", "/milestones/?status")
GUNICORN = ["-m", "gunicorn", "--workers", "1", "--log-level", "error", "--no-control-socket", "--timeout", "120"]


def asked(port: int, address: str, headers: dict | None = None) -> tuple[int, dict, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", address, headers=HOST | (headers or {}))
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


@contextmanager
def served(command: list[str], folder: str, output=None):
    """The port of a server, once it answers."""
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    own = {**os.environ, "DATA_DIR": folder, "PYTHONPATH": str(ROOT / "scripts"), "API_LIMIT_PUBLIC": "0"}
    process = subprocess.Popen(words, cwd=ROOT, env=own, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{' '.join(words)} does not answer.")
            time.sleep(0.02)
        yield port, process
    finally:
        stop(process, 15)


def gunicorn(application: str) -> list[str]:
    return [sys.executable, *GUNICORN, "--bind", "127.0.0.1:{port}", application]


def as_sqlite(folder: str) -> Path:
    """The rows of the list as an SQLite file, for Datasette."""
    path = Path(folder, "rows.db")
    source, target = psycopg2.connect(os.environ["DATABASE_URL"]), sqlite3.connect(path)
    with source.cursor() as cursor:
        cursor.execute(f"{COLUMNS} WHERE c.is_form ORDER BY p.member_id, p.number, c.position")
        names = [column.name for column in cursor.description]
        columns = ", ".join(f'"{name}"{" INTEGER PRIMARY KEY" * (name == "id")}' for name in names)
        target.execute(f"CREATE TABLE commitments ({columns})")
        rows = ([value if isinstance(value, int | None) else str(value) for value in row] for row in cursor)
        target.executemany(f"INSERT INTO commitments VALUES ({', '.join('?' * len(names))})", rows)
    target.commit()
    target.close()
    source.close()
    return path


def datasette(folder: str) -> list[str]:
    """The command of a Datasette that is installed for this run alone."""
    program = Path(folder, "datasette", "bin", "python")
    subprocess.run([sys.executable, "-m", "venv", str(program.parents[1])], check=True)
    quiet = ["install", "--quiet", "--disable-pip-version-check", "datasette"]
    subprocess.run([program, "-m", "pip", *quiet, "setuptools<81"], check=True)
    path = as_sqlite(folder)
    return [str(program), "-m", "datasette", "serve", "--immutable", str(path), "--port", "{port}"]


def best(port: int, address: str, seconds: float, headers: dict | None = None, expected: int = 200) -> float:
    """Answers a second."""
    number, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        status, _headers, _body = asked(port, address, headers)
        if status != expected:
            sys.exit(f"{address} answers with status {status}.")
        number += 1
    return number / spent


def throughput(ports: dict[str, int], seconds: float, rounds: int):
    addresses = {name: (LIST, ONE) for name in ports}
    if "Datasette" in ports:
        addresses["Datasette"] = ("/rows/commitments.json?_size=50", "/rows/commitments/200.json")
    found = {}
    for _round in range(rounds):
        for name, port in ports.items():
            for kind, address in zip(("list", "one"), addresses[name], strict=True):
                found.setdefault((name, kind), []).append(best(port, address, seconds))
    for kind, address in (("list", LIST), ("one", ONE)):
        has = {"If-None-Match": asked(ports["ours"], address)[1]["ETag"]}
        found["ours, 304", kind] = [best(ports["ours"], address, seconds, has, 304) for _ in range(rounds)]
    print(f"\n{'':<12} {'list /s':>10} {'× bare':>8} {'× plain':>8} {'one /s':>10} {'× bare':>8} {'× plain':>8}")
    for name in dict.fromkeys(name for name, _kind in found):
        cells = []
        for kind in ("list", "one"):
            rate = max(found.get((name, kind), [0]))
            cells.append(f"{rate:>10.0f}" + "".join(f" {rate / max(found[o, kind]):>8.2f}" for o in ("bare", "plain")))
        print(f"{name:<12} {' '.join(cells)}", flush=True)


def memory(process: subprocess.Popen) -> float:
    """Megabytes that the one worker of a server holds by itself and shares."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    pages = int(Path(f"/proc/{children[0]}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def grow(port: int, process: subprocess.Popen, requests: int):
    quick = [address for address in MIXED if not address.startswith(SLOW)]
    print(f"\nMemory of one worker over {requests:,} requests to {len(quick)} addresses in turn:")
    for number in range(requests + 1):
        if number in (0, len(quick)) or (number and number % (requests // 5) == 0):
            print(f"{number:>8,} {memory(process):>8.1f} MB", flush=True)
        status, _headers, _body = asked(port, quick[number % len(quick)])
        if status >= 500:
            sys.exit(f"{quick[number % len(quick)]} answers with status {status}.")


def start_time(folder: str, times: int = 5):
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        with served(gunicorn("ogptracker.wsgi"), folder) as (port, _process):
            asked(port, "/healthz")
            spent.append(time.perf_counter() - begun)
    print(f"\nFrom the start of the server to its first answer: {statistics.median(spent):.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--without-datasette", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ogptracker-bench-"))
        environment = os.environ | {"DATA_DIR": folder}
        quiet = ["collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run([sys.executable, "manage.py", *quiet], cwd=ROOT, env=environment, check=True)
        commands = {name: gunicorn(f"bench_servers:{name}") for name in ("bare", "plain", "same")}
        if not options.without_datasette:
            commands["Datasette"] = datasette(folder)
        commands["ours"] = gunicorn("ogptracker.wsgi")
        noisy = {"Datasette": subprocess.DEVNULL}  # which has a line for each request
        servers = {
            name: stack.enter_context(served(command, folder, noisy.get(name))) for name, command in commands.items()
        }
        throughput({name: port for name, (port, _process) in servers.items()}, options.seconds, options.rounds)
        grow(*servers["ours"], options.requests)
        start_time(folder)


if __name__ == "__main__":
    main()
