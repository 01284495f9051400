"""What makes the database itself keep events as they were written. Used by migrations.

Both databases refuse to change an event. PostgreSQL also refuses to delete one, unless by the end of the transaction
what it is about is gone as well; SQLite has no trigger that waits so long. When a migration makes the table anew,
SQLite drops its triggers: such a migration has to call ``forbid`` again.
"""

POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION event_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'An event is never changed.' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE OR REPLACE FUNCTION event_goes_with_what_it_is_about() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM commitments_commitment WHERE id = OLD.commitment_id)
            AND (OLD.milestone_id IS NULL OR EXISTS (SELECT 1 FROM milestones_milestone WHERE id = OLD.milestone_id))
        THEN RAISE EXCEPTION 'An event is never deleted.' USING ERRCODE = 'integrity_constraint_violation'; END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON milestones_event
    FOR EACH ROW EXECUTE FUNCTION event_is_never_changed()
    """,
    """
    CREATE CONSTRAINT TRIGGER event_goes_with_what_it_is_about AFTER DELETE ON milestones_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION event_goes_with_what_it_is_about()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER event_goes_with_what_it_is_about ON milestones_event",
    "DROP TRIGGER event_is_never_changed ON milestones_event",
    "DROP FUNCTION event_goes_with_what_it_is_about()",
    "DROP FUNCTION event_is_never_changed()",
]
SQLITE = [
    """
    CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON milestones_event
    BEGIN SELECT RAISE(ABORT, 'An event is never changed.'); END
    """
]
SQLITE_BACK = ["DROP TRIGGER event_is_never_changed"]


def run(schema_editor, statements: dict[str, list[str]]):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


def forbid(_apps, schema_editor):
    run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def allow(_apps, schema_editor):
    run(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK})
