"""The database itself: keys that lead somewhere, constraints and triggers that are there, sequences, migrations."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import ForeignKey, Model

from assessments.codebook_triggers import POSTGRESQL as CODEBOOK_POSTGRESQL
from assessments.codebook_triggers import SQLITE as CODEBOOK_SQLITE
from milestones.append_only import POSTGRESQL as EVENTS_POSTGRESQL
from milestones.append_only import SQLITE as EVENTS_SQLITE
from search import term_index
from search.triggers import OPERATIONS, WATCHED, name

from .base import Check, Finding, Look

LACKING = "Run manage.py migrate; if it has nothing to do, restore a backup: this database was put together by hand."
LEFT_OUT = "Restore a backup: migrate refuses, and what this one does was never done, or somebody took its row away."
MOST = 1000  # broken keys told of one column


def rows_of(statement: str, params: list | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def tables() -> list[type[Model]]:
    """Every table of the software, with those of its many-to-many relations."""
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


# Keys -----------------------------------------------------------------------------------------------------------------
def foreign_keys() -> list[ForeignKey]:
    return [field for model in tables() for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]


def broken_in(field: ForeignKey) -> Iterator[Finding]:
    """Rows whose key leads nowhere. Asked of the rows, since a constraint may be missing or have been switched off."""
    quote, own, other = connection.ops.quote_name, field.model._meta, field.target_field
    found = rows_of(
        f"SELECT a.{quote(own.pk.column)}, a.{quote(field.column)} FROM {quote(own.db_table)} a"
        f" LEFT JOIN {quote(other.model._meta.db_table)} b ON b.{quote(other.column)} = a.{quote(field.column)}"
        f" WHERE a.{quote(field.column)} IS NOT NULL AND b.{quote(other.column)} IS NULL LIMIT {MOST}"
    )
    for key, value in found:
        what = f"Its {field.name} is {value}, and there is no such row."
        yield Finding(f"{own.label_lower} {key}", what, "Bring the missing row back from a backup.")


def broken_keys(look: Look) -> Iterator[Finding]:
    for field in foreign_keys():
        yield from broken_in(field)


def broken_pages(look: Look) -> Iterator[Finding]:
    """What SQLite finds wrong in its file, rows against their constraints included."""
    for (said,) in rows_of("PRAGMA integrity_check(100)"):
        if said != "ok":
            yield Finding("database file", f"SQLite says: {said}.", "Restore a backup.")
    for table, rowid, parent, _number in rows_of("PRAGMA foreign_key_check"):
        what = f"A key of it leads to no row of {parent}."
        yield Finding(f"{table} {rowid}", what, "Bring the missing row back from a backup.")


def all_of_keys(look: Look) -> Iterator[Finding]:
    yield from broken_keys(look) if is_postgresql() else broken_pages(look)


# Constraints ----------------------------------------------------------------------------------------------------------
def wanted_constraints() -> list[tuple[str, str]]:
    """(table, name) of each constraint that the models declare."""
    return [(model._meta.db_table, each.name) for model in tables() for each in model._meta.constraints]


def missing_constraints(look: Look) -> Iterator[Finding]:
    for model in tables():
        names = {each.name for each in model._meta.constraints}
        if not names:
            continue
        with connection.cursor() as cursor:
            there = set(connection.introspection.get_constraints(cursor, model._meta.db_table))
        for lacking in sorted(names - there):
            yield Finding(f"{model._meta.db_table}.{lacking}", "The database lacks this constraint.", LACKING)


def constraints_not_validated(look: Look) -> Iterator[Finding]:
    """Constraints that hold for new rows alone, and indexes whose making was cut short (PostgreSQL)."""
    if not is_postgresql():
        return
    for table, lax in rows_of(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
    ):
        remedy = f'Run: ALTER TABLE {table} VALIDATE CONSTRAINT "{lax}"; it names the first row that is wrong.'
        yield Finding(f"{table}.{lax}", "This constraint was never checked on the rows that were there.", remedy)
    for index, table in rows_of(
        "SELECT indexrelid::regclass::text, indrelid::regclass::text FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE NOT indisvalid AND c.relnamespace = current_schema()::regnamespace"
    ):
        yield Finding(f"{table}.{index}", "This index is not valid.", f"Run: REINDEX INDEX {index};")


def all_of_constraints(look: Look) -> Iterator[Finding]:
    yield from missing_constraints(look)
    yield from constraints_not_validated(look)


# Triggers -------------------------------------------------------------------------------------------------------------
def named_in(statements: list[str]) -> set[str]:
    """The names of the triggers that the statements make."""
    words = [statement.split() for statement in statements]
    return {said[said.index("TRIGGER") + 1] for said in words if said[0] == "CREATE" and "TRIGGER" in said[:3]}


def wanted_triggers() -> set[str]:
    made = [CODEBOOK_POSTGRESQL, EVENTS_POSTGRESQL] if is_postgresql() else [CODEBOOK_SQLITE, EVENTS_SQLITE]
    if not is_postgresql():
        made.append(term_index.SQLITE)
    notes = {name(table, operation) for table in WATCHED for operation in OPERATIONS}
    return notes.union(*map(named_in, made))


def missing_triggers(look: Look) -> Iterator[Finding]:
    statement = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if is_postgresql():
        statement = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    there = {found for (found,) in rows_of(statement)}
    for lacking in sorted(wanted_triggers() - there):
        yield Finding(lacking, "The database lacks this trigger, or it is switched off.", LACKING)


# Sequences ------------------------------------------------------------------------------------------------------------
def sequences_behind(look: Look) -> Iterator[Finding]:
    """Sequences that would give a key a second time (PostgreSQL; SQLite looks at the rows themselves)."""
    for model in tables() if is_postgresql() else []:
        table, column = model._meta.db_table, model._meta.pk.column
        [(sequence,)] = rows_of("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', column])
        if not sequence:
            continue
        [(last, called)] = rows_of(f"SELECT last_value, is_called FROM {sequence}")
        [(highest,)] = rows_of(f'SELECT max("{column}") FROM "{table}"')
        if highest is not None and (highest > last or (highest == last and not called)):
            remedy = f"Run: SELECT setval('{sequence}', {highest});"
            yield Finding(sequence, f"It is at {last}, but the highest key of {table} is {highest}.", remedy)


# Migrations -----------------------------------------------------------------------------------------------------------
def migrations_not_applied(look: Look) -> Iterator[Finding]:
    """Every migration of the software, wherever it stands in the order. A plan for ``migrate`` would not name one that
    is missing below an applied one."""
    loader = MigrationExecutor(connection).loader
    graph, applied = loader.graph, set(loader.applied_migrations)
    for key in sorted(set(graph.nodes) - applied):
        above = sorted(".".join(other) for other in set(graph.backwards_plan(key)) & applied)
        what, remedy = "This migration is not applied.", "Run manage.py migrate."
        if above:
            what, remedy = f"This migration is not applied, but {above[0]} is, which rests on it.", LEFT_OUT
        yield Finding(".".join(key), what, remedy)
    yield from migrations_not_known(loader)


def migrations_not_known(loader: MigrationLoader) -> Iterator[Finding]:
    ours = {config.label for config in apps.get_app_configs()}
    known = set(loader.graph.nodes) | set(loader.disk_migrations)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    for app, found in sorted(set(loader.applied_migrations) - known - replaced):
        if app in ours:
            what = "This migration is applied, and this version of the software does not know it."
            yield Finding(f"{app}.{found}", what, "Run the version of the software that the database is of.")


CHECKS = [
    Check(
        "migrations",
        "migrations",
        lambda: len(MigrationExecutor(connection).loader.graph.nodes),
        migrations_not_applied,
    ),
    Check("keys", "foreign keys, in all rows", lambda: len(foreign_keys()), all_of_keys),
    Check("constraints", "constraints", lambda: len(wanted_constraints()), all_of_constraints),
    Check("triggers", "triggers", lambda: len(wanted_triggers()), missing_triggers),
    Check("sequences", "tables' next keys", lambda: len(tables()), sequences_behind),
]
