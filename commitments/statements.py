"""Statements that are compiled once and asked many times.

For each time that a query set is asked, Django builds and compiles its statement anew: in a short answer that takes
longer than all else. A ``Statement`` keeps the text that Django made; what differs from one time to the next stands in
it as a ``Slot``. The rows are read from the database each time.
"""

import json
from functools import cached_property

from django.db import connection
from django.db.models import BooleanField, Expression, F, Func, QuerySet


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
        self.compiler = rows.query.get_compiler(rows.db)
        self.text, self.parameters = self.compiler.as_sql()
        if sliced:
            self.text += " LIMIT %s OFFSET %s"
            self.parameters += (Slot("limit"), Slot("offset"))
        self.names = list(rows.query.selected)

    @cached_property
    def converters(self) -> dict:
        """What makes Python's values of the database's, for each column that needs it."""
        return self.compiler.get_converters([column for column, *_more in self.compiler.select])

    def ask(self, **values) -> list[dict]:
        """The rows, as ``values()`` gives them."""
        if connection.vendor == "sqlite":  # which knows no lists
            values = {name: json.dumps(value) if isinstance(value, list) else value for name, value in values.items()}
        given = [values[value.name] if isinstance(value, Slot) else value for value in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.text, given)
            rows = cursor.fetchall()
        found = self.compiler.apply_converters(rows, self.converters) if self.converters else rows
        return [dict(zip(self.names, row, strict=True)) for row in found]
