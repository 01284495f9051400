"""The database as one file and back, by each database's own means: PostgreSQL's programs, SQLite's backup."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections, transaction

from .archive import Unusable

# Of what the tracker has made in its schema: tables with all that hangs on them, then the functions of its triggers.
EMPTY = """
DO $$ DECLARE found record; BEGIN
FOR found IN SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', found.name);
END LOOP;
FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', found.name);
END LOOP; END $$;
"""


# PostgreSQL -----------------------------------------------------------------------------------------------------------
def program(name: str) -> str:
    """The path of a program of PostgreSQL, of the newest version installed. Raises Unusable without one."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise Unusable(f"{name} is not installed: install PostgreSQL's client programs (postgresql-client).")
    return found


def environment() -> dict[str, str]:
    """How PostgreSQL's programs reach the database. The password stands on no command line."""
    own = settings.DATABASES["default"]
    given = {"PGHOST": own["HOST"], "PGPORT": own["PORT"], "PGUSER": own["USER"], "PGPASSWORD": own["PASSWORD"]}
    given["PGDATABASE"] = connection.settings_dict["NAME"]
    given |= {name: os.environ[name] for name in ("PATH", "HOME", "PGSSLMODE", "PGSSLROOTCERT") if name in os.environ}
    if mode := own.get("OPTIONS", {}).get("sslmode"):
        given["PGSSLMODE"] = mode
    return {name: str(value) for name, value in given.items() if value}


def run(*words: str):
    """Runs a program. Raises Unusable with what it says went wrong."""
    done = subprocess.run([program(words[0]), *words[1:]], env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise Unusable(f"{words[0]}: {done.stderr.strip()[-2000:]}")


@contextmanager
def one_snapshot() -> Iterator[str]:
    """The name of a snapshot that other programs can see, too; queries in the block see the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def dump_postgresql(path: Path) -> tuple[dict, list]:
    with one_snapshot() as name:
        told = rows(), applied()
        run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}", f"--file={path}")
    return told


def load_postgresql(path: Path):
    """Everything in one transaction: what was there before stays, unless all of the new is."""
    script, empty = path.with_suffix(".sql"), path.with_suffix(".empty.sql")
    run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(path))
    empty.write_text(EMPTY)
    words = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    connections.close_all()
    run("psql", *words, f"--file={empty}", f"--file={script}")


# SQLite ---------------------------------------------------------------------------------------------------------------
def dump_sqlite(path: Path) -> tuple[dict, list]:
    """SQLite copies a moment of the file, whoever writes meanwhile; rows are counted in the copy."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        ask = copy.execute
        counted = {table: ask(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables()}
        return counted, [list(row) for row in ask("SELECT app, name FROM django_migrations ORDER BY id")]


def load_sqlite(path: Path):
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        copy.backup(connection.connection)
    connections.close_all()


# Either ---------------------------------------------------------------------------------------------------------------
def tables() -> list[str]:
    """The tables of this software that are there."""
    return sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))


def rows() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        found = {}
        for table in tables():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            found[table] = cursor.fetchone()[0]
        return found


def applied() -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [list(row) for row in cursor.fetchall()]


def dump(path: Path) -> tuple[dict, list]:
    """Writes one moment of the database to the file; the rows of each table, and the migrations, of that moment."""
    return dump_postgresql(path) if connection.vendor == "postgresql" else dump_sqlite(path)


def load(path: Path):
    """Puts what ``dump`` wrote in the place of what the database holds."""
    load_postgresql(path) if connection.vendor == "postgresql" else load_sqlite(path)
