"""Many rows at once into the tables of models: COPY on PostgreSQL, ``executemany`` elsewhere.

A row is a list of plain values in the order of the model's columns: None, words, numbers, true and false, a day in ISO
form, JSON as its text. ``Table.row`` fills in what the model's defaults say.
"""

import json
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from io import StringIO

from django.db import connection
from django.db.models import Model

# What is taken away while rows come in, and made anew afterwards, which checks it for all rows at once. Primary keys
# and check constraints stay.
CONSTRAINTS = """
SELECT conrelid::regclass, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u') ORDER BY contype DESC, conname"""
INDEXES = """
SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY indexrelid"""


def plain(value):
    """A value as a row holds it."""
    if isinstance(value, list | dict):
        return json.dumps(value)
    return value.isoformat() if isinstance(value, date) else value


class Table:
    """The columns of a model that are written, and what stands in them by default."""

    def __init__(self, model: type[Model]):
        self.name = model._meta.db_table
        self.fields = model._meta.concrete_fields
        self.columns = [field.column for field in self.fields]
        self.place = {column: place for place, column in enumerate(self.columns)}

    @cached_property
    def defaults(self) -> list:
        return [plain(field.get_default()) if field.has_default() or not field.null else None for field in self.fields]

    def row(self, **facts) -> list:
        """A row with these columns. Raises ``KeyError`` for a column that the table does not have."""
        values = self.defaults.copy()
        for column, value in facts.items():
            values[self.place[column]] = value
        return values


def copied(value) -> str:
    """A value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return value.replace("\\", r"\\").replace("\n", r"\n").replace("\t", r"\t").replace("\r", r"\r")
    return str(value)


def as_text(rows: Iterable[list]) -> str:
    """Rows as COPY reads them."""
    return "".join("\t".join(map(copied, row)) + "\n" for row in rows)


def copy(table: Table, text: str):
    """Writes rows that ``as_text`` has made (PostgreSQL)."""
    columns = ", ".join(map(connection.ops.quote_name, table.columns))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table.name} ({columns}) FROM STDIN", StringIO(text))


def insert(table: Table, rows: list[list]):
    """Writes rows, on any database."""
    columns = ", ".join(map(connection.ops.quote_name, table.columns))
    places = ", ".join(["%s"] * len(table.columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({places})", rows)


def write(table: Table, rows: list[list]):
    if connection.vendor == "postgresql":
        copy(table, as_text(rows))
    else:
        insert(table, rows)


def fetched(cursor, statement: str, names: list[str]) -> list[tuple]:
    cursor.execute(statement, [names])
    return cursor.fetchall()


def taken_away(cursor, names: list[str]) -> list[str]:
    """Drops indexes and constraints and rests the triggers; returns the statements that bring them back."""
    back = []
    for table, name, definition in fetched(cursor, CONSTRAINTS, names):
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        back.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for name, definition in fetched(cursor, INDEXES, names):
        cursor.execute(f"DROP INDEX {name}")
        back.append(definition)
    for name in names:
        cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        back.append(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    return back


@contextmanager
def in_bulk(tables: Iterable[Table]):
    """Inside, rows come in without indexes, references and triggers, all of which are back at the end, and true.

    One transaction's work: if the rows break a rule, nothing is kept. Elsewhere than on PostgreSQL it does nothing."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        back = taken_away(cursor, [table.name for table in tables])
        yield
        for statement in back:
            cursor.execute(statement)
