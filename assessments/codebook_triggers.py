"""What makes the database itself keep a coding's method equal to its review's. Used by migrations.

A check constraint sees one row only, so this takes triggers, on both databases: on a coding that is written, and on a
review whose method is changed. A review's method stays what it is as long as a coding of it says otherwise.

A later migration that changes ``Coding`` or ``IRMReview`` begins with ``RunPython(release, hold)`` and ends with
``RunPython(hold, release)``: SQLite makes a changed table anew, which drops its triggers, and refuses to while another
table's trigger speaks of it.
"""

POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION coding_has_its_reviews_method() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE method text;
    BEGIN
        SELECT method_version INTO method FROM assessments_irmreview WHERE id = NEW.review_id FOR SHARE;
        IF NEW.method_version IS DISTINCT FROM method THEN
            RAISE EXCEPTION 'A coding has the method of its review.' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION review_keeps_its_codings_method() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM assessments_coding WHERE review_id = NEW.id AND method_version <> NEW.method_version
        ) THEN
            RAISE EXCEPTION 'A review keeps the method that its commitments are coded by.'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER coding_has_its_reviews_method BEFORE INSERT OR UPDATE OF method_version, review_id
    ON assessments_coding FOR EACH ROW EXECUTE FUNCTION coding_has_its_reviews_method()
    """,
    """
    CREATE TRIGGER review_keeps_its_codings_method BEFORE UPDATE OF method_version
    ON assessments_irmreview FOR EACH ROW EXECUTE FUNCTION review_keeps_its_codings_method()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER IF EXISTS coding_has_its_reviews_method ON assessments_coding",
    "DROP TRIGGER IF EXISTS review_keeps_its_codings_method ON assessments_irmreview",
    "DROP FUNCTION IF EXISTS coding_has_its_reviews_method()",
    "DROP FUNCTION IF EXISTS review_keeps_its_codings_method()",
]
OF_ITS_REVIEW = """
    FOR EACH ROW WHEN NEW.method_version IS NOT
        (SELECT method_version FROM assessments_irmreview WHERE id = NEW.review_id)
    BEGIN SELECT RAISE(ABORT, 'A coding has the method of its review.'); END
"""
SQLITE = [
    f"CREATE TRIGGER new_coding_has_its_reviews_method BEFORE INSERT ON assessments_coding {OF_ITS_REVIEW}",
    f"""
    CREATE TRIGGER coding_has_its_reviews_method
    BEFORE UPDATE OF method_version, review_id ON assessments_coding {OF_ITS_REVIEW}
    """,
    """
    CREATE TRIGGER review_keeps_its_codings_method BEFORE UPDATE OF method_version ON assessments_irmreview
    FOR EACH ROW WHEN EXISTS
        (SELECT 1 FROM assessments_coding WHERE review_id = NEW.id AND method_version <> NEW.method_version)
    BEGIN SELECT RAISE(ABORT, 'A review keeps the method that its commitments are coded by.'); END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER IF EXISTS new_coding_has_its_reviews_method",
    "DROP TRIGGER IF EXISTS coding_has_its_reviews_method",
    "DROP TRIGGER IF EXISTS review_keeps_its_codings_method",
]
FORWARD = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
BACK = {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK}


def release(_apps, schema_editor):
    for statement in BACK.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


def hold(apps, schema_editor):
    release(apps, schema_editor)
    for statement in FORWARD.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)
