"""Statements that are compiled once and asked many times.

For each time that a query set is asked, Django builds and compiles its statement anew: in a short answer that takes
longer than all else. A ``Statement`` keeps the text that Django made; what differs from one time to the next stands in
it as a ``Slot``. PostgreSQL, whose planning takes longer than reading one row, prepares it once a connection. The rows
are read from the database each time.
"""

import json
from functools import cached_property
from hashlib import sha256
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connection
from django.db.models import BooleanField, Expression, F, Func, QuerySet
from psycopg2.errors import FeatureNotSupported, InvalidSqlStatementName
from psycopg2.extensions import AsIs

# What was prepared holds no longer: a migration has changed the type of a column, or a pooler the session.
STALE = (FeatureNotSupported, InvalidSqlStatementName)
PREPARED: WeakKeyDictionary = WeakKeyDictionary()  # connection of psycopg2 → names of what it has prepared


class Slot(Expression):
    """A value of a statement that is given when it is asked."""

    def __init__(self, name: str, output_field=None):
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]


class Among(Func):
    """Whether a column's value is in the list of that name, which is given when the statement is asked."""

    output_field = BooleanField()
    arg_joiner = " = ANY("
    template = "%(expressions)s)"

    def __init__(self, column: str | F, name: str | Slot):
        super().__init__(column, Slot(name) if isinstance(name, str) else name)

    def as_sqlite(self, compiler, connection):
        joiner, template = " IN (SELECT value FROM json_each(", "%(expressions)s))"
        return self.as_sql(compiler, connection, arg_joiner=joiner, template=template)


class Statement:
    """What a query set of ``values()`` asks. *sliced*: the slots ``limit`` and ``offset`` say which of its rows."""

    def __init__(self, rows: QuerySet, sliced: bool = False):
        compiler = rows.query.get_compiler(rows.db)
        try:
            self.text, self.parameters = compiler.as_sql()
        except EmptyResultSet:  # no row can be like that, such as one whose number no column can hold
            self.text = ""
            return
        if sliced:
            self.text += " LIMIT %s OFFSET %s"
            self.parameters += (Slot("limit"), Slot("offset"))
        self.names = list(rows.query.selected)
        self.converters = compiler.get_converters([column for column, *_more in compiler.select])

    def ask(self, **values) -> list[dict]:
        """The rows, as ``values()`` gives them."""
        if not self.text:
            return []
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                self.execute_prepared(cursor, values)
            else:
                cursor.execute(self.text, [self.given(value, values) for value in self.parameters])
            rows = cursor.fetchall()
        return [dict(zip(self.names, self.converted(row), strict=True)) for row in rows]

    def converted(self, row: tuple) -> list:
        """Python's values of the database's, for each column that needs it."""
        found = list(row)
        for place, (functions, expression) in self.converters.items():
            for function in functions:
                found[place] = function(found[place], expression, connection)
        return found

    def given(self, parameter, values: dict):
        value = values[parameter.name] if isinstance(parameter, Slot) else parameter
        return json.dumps(value) if isinstance(value, list) and connection.vendor == "sqlite" else value

    def execute_prepared(self, cursor, values: dict):
        slots = [values[slot.name] for slot in self.parameters if isinstance(slot, Slot)]
        marks = f"({', '.join(['%s'] * len(slots))})" if slots else ""
        if self.name not in PREPARED.setdefault(connection.connection, set()):
            self.prepare()
        try:
            cursor.execute(f"EXECUTE {self.name} {marks}", slots)
        except DatabaseError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, STALE):
                raise
            self.prepare(anew=isinstance(error.__cause__, FeatureNotSupported))
            cursor.execute(f"EXECUTE {self.name} {marks}", slots)

    def prepare(self, anew: bool = False):
        """*anew*: it was prepared before, and is to be planned again."""
        with connection.connection.cursor() as own:  # part of what a connection is, not of a request
            if anew:
                own.execute(f"DEALLOCATE {self.name}")
            own.execute(f"PREPARE {self.name} AS {self.numbered}")
        PREPARED[connection.connection].add(self.name)

    @cached_property
    def numbered(self) -> str:
        """The text for PostgreSQL, its slots as ``$1``, ``$2``."""
        parameters, number = [], 0
        for value in self.parameters:
            number += isinstance(value, Slot)
            parameters.append(AsIs(f"${number}") if isinstance(value, Slot) else value)
        with connection.connection.cursor() as own:
            return own.mogrify(self.text, parameters).decode()

    @cached_property
    def name(self) -> str:
        return f"kept_{sha256(self.numbered.encode()).hexdigest()[:24]}"
