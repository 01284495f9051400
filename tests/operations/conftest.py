"""Trackers for fault tests: one filled database, copied for each test."""

import time
from contextlib import closing

import psycopg2
import pytest

from tests.servers import postgres_server, redis_server
from tests.site import Site


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A PostgreSQL that writes as carefully as in production, with the record and people in it."""
    with postgres_server(durable=True) as server, redis_server() as broker:
        folder = tmp_path_factory.mktemp("filled")
        site = Site(folder, server, broker)
        site.fill()
        yield server, site.facts, folder / "static"


def new_database(server, template="postgres"):
    """A database of its own on the server: a copy of the filled one, or empty."""
    address, name = server.url.removesuffix("/postgres"), f"copy_{time.time_ns()}"
    with closing(psycopg2.connect(f"{address}/template1")) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    class Database:
        url, start, stop = f"{address}/{name}", server.start, server.stop

    return Database


@pytest.fixture
def empty_database(filled):
    return new_database(filled[0], "template0")


@pytest.fixture
def site(filled, tmp_path):
    """A tracker of its own on a copy of that database: nothing runs yet."""
    server, facts, static = filled

    (tmp_path / "static").symlink_to(static)
    with redis_server() as broker:
        found = Site(tmp_path, new_database(server), broker)
        found.facts = facts
        yield found
        found.end()


@pytest.fixture
def embedded_site(tmp_path):
    """The same on SQLite and a broker of files."""
    found = Site(tmp_path)
    found.fill()
    yield found
    found.end()
