"""Triggers by which the database itself notes that the record was written to. Used by migrations (``search.triggers``).

PostgreSQL adds a row for each transaction, dated when it is committed. One row that all writers count up would make
them wait for each other, and the highest key alone does not tell of a transaction that was quicker to begin than to
end: hence the number of rows beside it (``change_models.State``).
"""

TABLE = "commitments_recordchange"
NAME = "record_changed"

POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('ogptracker.{NAME}', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
            INSERT INTO {TABLE} (at) VALUES (clock_timestamp());
            PERFORM set_config('ogptracker.{NAME}', pg_current_xact_id()::text, true);
        END IF;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION {NAME}_is_committed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE {TABLE} SET at = clock_timestamp() WHERE id = NEW.id; RETURN NULL; END $$
    """,
    f"DROP TRIGGER IF EXISTS {NAME}_is_committed ON {TABLE}",
    f"""
    CREATE CONSTRAINT TRIGGER {NAME}_is_committed AFTER INSERT ON {TABLE}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {NAME}_is_committed()
    """,
]


def on_postgresql(table: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {NAME} ON {table}",
        f"CREATE TRIGGER {NAME} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()",
    ]


def on_sqlite(table: str) -> list[str]:
    found = []
    for operation in ("insert", "update", "delete"):
        trigger = f"{NAME}_{operation}_{table}"
        found += [
            f"DROP TRIGGER IF EXISTS {trigger}",
            f"CREATE TRIGGER {trigger} AFTER {operation} ON {table} FOR EACH ROW BEGIN DELETE FROM {TABLE};"
            f" INSERT INTO {TABLE} (at) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now')); END",
        ]
    return found


def is_ready(schema_editor) -> bool:
    """Whether the table of changes is there yet: earlier migrations watch the record, too."""
    return TABLE in schema_editor.connection.introspection.table_names()


def watch(schema_editor, tables):
    if not is_ready(schema_editor):
        return
    postgresql = schema_editor.connection.vendor == "postgresql"
    statements = [*POSTGRESQL] if postgresql else []
    for table in tables:
        statements += on_postgresql(table) if postgresql else on_sqlite(table)
    for statement in statements:
        schema_editor.execute(statement, params=None)


def unwatch(schema_editor, tables):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {NAME}() CASCADE", params=None)
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {NAME}_is_committed() CASCADE", params=None)
        return
    for table in tables:
        for operation in ("insert", "update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}_{operation}_{table}", params=None)
