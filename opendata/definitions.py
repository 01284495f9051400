"""What a table of the open data is made of. One definition serves CSV, JSON, SQLite, data package and dictionary.

Types are those of Frictionless Table Schema. A text that the record leaves empty is null in every format, for "not
stated": it never means "no" or zero.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.text import capfirst

from commitments.models import Member

CHUNK = 500  # rows that are in memory at once
TYPES = {  # of Django's fields; what is not here is text
    models.BooleanField: "boolean",
    models.DateField: "date",
    models.IntegerField: "integer",
    models.AutoField: "integer",
    models.JSONField: "array",
}
NESTED = ("array", "object")

Cell = str | int | bool | list | dict | None


@dataclass(frozen=True)
class Field:
    """A column: where its value comes from (*paths* of the query, one for most) and what it means."""

    name: str
    type: str
    title: Any
    paths: tuple[str, ...]
    description: Any = ""
    required: bool = False
    values: tuple[tuple[str, Any], ...] = ()  # what can stand in it, each with its words
    refers_to: str = ""  # the table whose id it holds
    unit: Any = ""  # of a number
    convert: Callable[..., Cell] | None = None

    def cell(self, values: list) -> Cell:
        """The value as JSON has it."""
        found = self.convert(*values) if self.convert else values[0]
        if isinstance(found, date):
            return found.isoformat()
        return None if found == "" else found


def type_of(source: models.Field) -> str:
    if isinstance(source, models.JSONField) and source.default is dict:
        return "object"
    return next((name for kind, name in TYPES.items() if isinstance(source, kind)), "string")


def of(model: type[models.Model], *names: str, tables: dict | None = None) -> list[Field]:
    """Columns that are fields of the model: title, type, values and whether they are always there come from it.
    *tables* says in which table the rows of a related model stand."""
    return [from_model(model._meta.get_field(name), tables or {}) for name in names]


def from_model(source: models.Field, tables: dict) -> Field:
    related = source.related_model
    is_text = type_of(source) == "string"
    return Field(
        name=f"{source.name}_id" if related else source.name,
        type="integer" if related else type_of(source),
        title=source.verbose_name,
        paths=(f"{source.name}_id" if related else source.name,),
        description=source.help_text,
        required=not source.null and not (source.blank and (is_text or type_of(source) in NESTED)),
        values=tuple((value, words) for value, words in source.flatchoices if value != ""),
        refers_to=tables[related] if related else "",
    )


@dataclass(frozen=True)
class Table:
    """A table: *row* says what one row of it is. *member* leads from a row to its member; None: it belongs to none."""

    name: str
    title: Any
    row: Any
    rows: Callable[[], QuerySet]
    fields: tuple[Field, ...]
    member: str | None
    key: tuple[str, ...] = ("id",)
    description: Any = ""
    is_derived: bool = field(default=False)  # follows from the other tables

    def query(self, member: Member | None) -> QuerySet:
        """The rows of real members, or of the one given, always in the same order."""
        rows = self.rows()
        if self.member is not None:
            path = f"{self.member}__" if self.member else ""
            rows = rows.filter(**{f"{path}is_fictional": False})
            if member:
                rows = rows.filter(**{f"{path}pk": member.pk})
        return rows.order_by(*self.order())

    def order(self) -> list[str]:
        return [path for column in self.fields if column.name in self.key for path in column.paths]

    def chunks(self, member: Member | None) -> Iterator[list[list[Cell]]]:
        """The rows, some at a time: a table of any length needs the same memory."""
        paths = list(dict.fromkeys(path for column in self.fields for path in column.paths))
        places = [[paths.index(path) for path in column.paths] for column in self.fields]
        columns = list(zip(self.fields, places, strict=True))
        chunk = []
        for values in self.query(member).values_list(*paths).iterator(chunk_size=CHUNK):
            chunk.append([column.cell([values[n] for n in where]) for column, where in columns])
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk


def with_words(columns: list[Field], words: dict[str, Any], units: dict[str, Any] | None = None) -> tuple[Field, ...]:
    """The columns with what is to be said of some of them. A name that no column has is an error of the definition."""
    units = units or {}
    if unknown := (set(words) | set(units)) - {column.name for column in columns}:
        raise KeyError(f"no such columns: {sorted(unknown)}")
    return tuple(
        replace(
            column,
            description=words.get(column.name, column.description),
            unit=units.get(column.name, column.unit),
        )
        for column in columns
    )


def as_text(value: Cell) -> str | int | None:
    """A value as CSV has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def title_of(thing: Field | Table) -> str:
    return capfirst(str(thing.title))
