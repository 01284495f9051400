#!/usr/bin/env python3
"""Answers a second of the API, one process each, in the world of the database of ``DATABASE_URL`` (``make bench``).

The list of commitments (50 rows) and one commitment: ours, as the production server runs it; Django REST framework as
its tutorial has it, and with the same fields as ours; Datasette on an SQLite file of the same rows; and a bare WSGI
function, which is the limit (``bench_servers.py``). One reader asks one after the other, a new connection each. Each is
asked in turn, several times: the most answers a second by the clock, and how long server and database worked for one
(the median), which other work on the machine changes less. Then the memory of our worker over 10,000 mixed
requests, and its start.
"""

import argparse
import http.client
import math
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
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
KINDS = ("list", "one")
Server = tuple[int, subprocess.Popen]  # its port, and its process
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
def served(command: list[str], folder: str, name: str, output=None):
    """The port of a server, once it answers, and its process. PostgreSQL knows it by its name."""
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    own = {
        **os.environ,
        "DATA_DIR": folder,
        "PYTHONPATH": str(ROOT / "scripts"),
        "API_LIMIT_PUBLIC": "0",
        "PGAPPNAME": name,
    }
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


def workers(process: subprocess.Popen) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [process.pid, *map(int, children)]


def backends(name: str) -> list[int]:
    """PostgreSQL's processes that work for a server, one a connection, on this machine."""
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [name])
        return [pid for (pid,) in cursor.fetchall()]


def processor_time(pids: list[int]) -> float:
    """Seconds that processes have worked: unlike those of the clock nearly the same on a busy machine. Not a number
    when one of them has ended, as a connection does after a minute."""
    paths = [Path(f"/proc/{pid}/stat") for pid in pids]
    if not all(path.exists() for path in paths):
        return math.nan
    words = [path.read_text().rpartition(")")[2].split() for path in paths]
    return sum(int(ticks) for found in words for ticks in found[11:13]) / os.sysconf("SC_CLK_TCK")


def measured(name: str, server: Server, address: str, seconds: float, headers: dict | None = None, expected: int = 200):
    """Answers a second, and milliseconds that server and database worked for each."""
    port, process = server
    asked(port, address, headers)  # on a connection that is as new as can be
    pids = workers(process) + backends(name)
    number, worked, start = 0, processor_time(pids), time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        status, _headers, _body = asked(port, address, headers)
        if status != expected:
            sys.exit(f"{address} answers with status {status}.")
        number += 1
    return number / spent, (processor_time(pids) - worked) / number * 1000


def throughput(servers: dict[str, Server], seconds: float, rounds: int):
    addresses = {name: (LIST, ONE) for name in servers}
    if "Datasette" in servers:
        addresses["Datasette"] = ("/rows/commitments.json?_size=50", "/rows/commitments/200.json")
    found = {}
    for _round in range(rounds):
        for name, server in servers.items():
            for kind, address in zip(KINDS, addresses[name], strict=True):
                found.setdefault((name, kind), []).append(measured(name, server, address, seconds))
        for kind, address in zip(KINDS, (LIST, ONE), strict=True):
            has = {"If-None-Match": asked(servers["ours"][0], address)[1]["ETag"]}
            again = measured("ours", servers["ours"], address, seconds, has, 304)
            found.setdefault(("ours, 304", kind), []).append(again)
    rates = {key: max(rate for rate, _work in values) for key, values in found.items()}
    known = {key: [work for _rate, work in values if not math.isnan(work)] for key, values in found.items()}
    work = {key: statistics.median(values) if values else math.nan for key, values in known.items()}
    table("answers a second", rates, lambda mine, other: mine / other)
    table("ms of processor an answer", work, lambda mine, other: other / mine)


def table(title: str, values: dict, ratio):
    """*ratio* of a value and that of ``bare`` or ``plain``: how many times as good it is."""
    print(f"\n{title:<26}" + "".join(f" {kind:>8} {'× bare':>8} {'× plain':>8}" for kind in KINDS))
    for name in dict.fromkeys(name for name, _kind in values):
        cells = []
        for kind in KINDS:
            mine = values[name, kind]
            cells.append(
                f" {mine:>8.4g}" + "".join(f" {ratio(mine, values[o, kind]):>8.2f}" for o in ("bare", "plain"))
            )
        print(f"{name:<26}{''.join(cells)}", flush=True)


def memory(process: subprocess.Popen) -> float:
    """Megabytes that the one worker of a server holds by itself and shares."""
    pages = int(Path(f"/proc/{workers(process)[1]}/statm").read_text().split()[1])
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
        with served(gunicorn("ogptracker.wsgi"), folder, "start") as (port, _process):
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
            name: stack.enter_context(served(command, folder, name, noisy.get(name)))
            for name, command in commands.items()
        }
        throughput(servers, options.seconds, options.rounds)
        grow(*servers["ours"], options.requests)
        start_time(folder)


if __name__ == "__main__":
    main()
