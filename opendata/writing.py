"""The tables in three formats at once: CSV files in one archive, one JSON file, one SQLite database.

The same rows give the same bytes: one order, no date of making inside, entries of the archive dated 1980. Nothing is
kept but the chunk of rows under way.
"""

import csv
import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable
from pathlib import Path

from assessments.packages import EARLIEST

from . import datapackage
from .definitions import NESTED, Cell, Field, Table, as_text, title_of

SQL_TYPES = {"integer": "INTEGER", "boolean": "INTEGER"}  # the others are text


class CsvArchive:
    """A Frictionless Data Package: a CSV file a table, datapackage.json, and a README in each language."""

    def __init__(self, path: Path):
        self._archive = zipfile.ZipFile(path, "w", allowZip64=True)
        self.listed: dict[str, datapackage.Listed] = {}

    def begin(self, table: Table) -> None:
        self._table, self._digest, self._size, self._rows = table, hashlib.sha256(), 0, -1
        self._part = self._archive.open(entry(f"{table.name}.csv"), "w", force_zip64=True)
        self.add([[column.name for column in table.fields]])

    def add(self, chunk: list[list[Cell]]) -> None:
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\r\n").writerows([as_text(value) for value in row] for row in chunk)
        piece = lines.getvalue().encode()
        self._part.write(piece)
        self._digest.update(piece)
        self._size += len(piece)
        self._rows += len(chunk)

    def end(self) -> None:
        self._part.close()
        listed = datapackage.Listed(self._rows, self._size, self._digest.hexdigest())
        self.listed[self._table.name] = listed

    def close(self, descriptor: dict, readmes: dict[str, str]) -> None:
        """*readmes* are texts by the name of their file."""
        for name, text in {"datapackage.json": readable(descriptor), **readmes}.items():
            self._archive.writestr(entry(name), text)
        self._archive.close()


def entry(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, EARLIEST)
    found.compress_type, found.create_system, found.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return found


def readable(data: dict) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


class JsonFile:
    """``{"about": {…}, "tables": {"members": [{…}, …], …}}``: a line a row."""

    def __init__(self, path: Path, about: dict):
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write(f'{{"about": {json.dumps(about, ensure_ascii=False)},\n"tables": {{')
        self._is_first_table = True

    def begin(self, table: Table) -> None:
        self._names, self._is_first = [column.name for column in table.fields], True
        self._file.write(f"{'' if self._is_first_table else ','}\n{json.dumps(table.name)}: [")
        self._is_first_table = False

    def add(self, chunk: list[list[Cell]]) -> None:
        for row in chunk:
            self._file.write("\n" if self._is_first else ",\n")
            self._file.write(json.dumps(dict(zip(self._names, row, strict=True)), ensure_ascii=False))
            self._is_first = False

    def end(self) -> None:
        self._file.write("]")

    def close(self) -> None:
        self._file.write("\n}}\n")
        self._file.close()


class BrokenReference(Exception):
    """A row names another that is not among the public ones."""


class SqliteFile:
    """A database with keys and constraints, and the tables ``about`` and ``data_dictionary``."""

    def __init__(self, path: Path, tables: Iterable[Table], about: dict[str, str]):
        self._database = sqlite3.connect(path)
        self._database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA page_size=4096;")
        self._add("about", "name TEXT PRIMARY KEY, value TEXT NOT NULL", list(about.items()))
        columns = "table_name TEXT, field TEXT, title TEXT, type TEXT, unit TEXT, description TEXT"
        self._add("data_dictionary", columns, list(dictionary_rows(tables)))

    def _add(self, name: str, columns: str, rows: list) -> None:
        self._database.execute(f"CREATE TABLE {name} ({columns})")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._database.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)

    def begin(self, table: Table) -> None:
        self._database.execute(table_sql(table))
        self._nested = [column.type in NESTED for column in table.fields]
        self._insert = f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(table.fields))})'

    def add(self, chunk: list[list[Cell]]) -> None:
        rows = (
            [as_text(value) if nested else value for value, nested in zip(row, self._nested, strict=True)]
            for row in chunk
        )
        self._database.executemany(self._insert, rows)

    def end(self) -> None:
        pass

    def close(self) -> None:
        """Raises BrokenReference."""
        self._database.commit()
        faults = self._database.execute("PRAGMA foreign_key_check").fetchmany(5)
        self._database.close()
        if faults:
            words = "; ".join(f"{table} row {row} → {other}" for table, row, other, _n in faults)
            raise BrokenReference(words)


def dictionary_rows(tables: Iterable[Table]):
    for table in tables:
        for column in table.fields:
            yield table.name, column.name, title_of(column), column.type, str(column.unit), str(column.description)


def table_sql(table: Table) -> str:
    keys = ", ".join(f'"{name}"' for name in table.key)
    lines = [*map(column_sql, table.fields), f"PRIMARY KEY ({keys})"]
    inner = ",\n  ".join(lines)
    return f'CREATE TABLE "{table.name}" (\n  {inner}\n)'


def column_sql(column: Field) -> str:
    words = [f'"{column.name}"', SQL_TYPES.get(column.type, "TEXT")]
    if column.required:
        words.append("NOT NULL")
    if column.refers_to:
        words.append(f'REFERENCES "{column.refers_to}" (id)')
    if column.type == "boolean":
        words.append(f'CHECK ("{column.name}" IN (0, 1))')
    if column.values:
        allowed = ", ".join("'{}'".format(str(value).replace("'", "''")) for value, _words in column.values)
        words.append(f'CHECK ("{column.name}" IN ({allowed}))')
    return " ".join(words)
