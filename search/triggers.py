"""What makes the database itself note which rows the index has to be brought up to date with, and that the record was
written to at all. Used by migrations.

``WATCHED`` names each table whose rows stand in the index, and how a row of it tells which entries are to be made anew.
What stands below a row, such as the reports on a milestone, is found when the note is worked off (``search.below``).
SQLite makes a table anew when a migration changes it, which drops its triggers: such a migration ends with
``RunPython(triggers.watch, triggers.unwatch)``, which is safe to repeat. A test writes to each table and sees the note.
"""

from commitments import changes

# What the API answers from, and whatever else is kept for one state of the record (``commitments.kept``): each
# transaction that writes to one of these is noted (``commitments.changes``).
RECORD = (
    "commitments_member",
    "commitments_institution",
    "commitments_sourcedocument",
    "commitments_actionplan",
    "commitments_theme",
    "commitments_commitment",
    "commitments_involvement",
    "commitments_policyarea",
    "commitments_commitment_policy_areas",
    "milestones_milestone",
    "milestones_deadline",
    "milestones_readingcorrection",
    "milestones_statusupdate",
    "milestones_overdueperiod",
    "milestones_event",
    "assessments_selfassessment",
    "assessments_selfassessmententry",
    "assessments_entryresult",
    "assessments_snapshot",
    "assessments_report",
    "assessments_irmreview",
    "assessments_coding",
    "assessments_publiccomment",
    "search_entry",
)

# table: [(source, the keys of the entries, where ROW stands for the written row)]
OF_PLAN = "ROW.plan_id"
OF_COMMITMENT = "ROW.commitment_id"
WATCHED = {
    "commitments_member": [("member", "ROW.id")],
    "commitments_institution": [("institution", "ROW.id")],
    "commitments_sourcedocument": [("document", "ROW.id")],
    "commitments_actionplan": [("plan", "ROW.id")],
    "commitments_plansection": [("plan", OF_PLAN)],
    "commitments_theme": [("plan", OF_PLAN)],
    "commitments_commitment": [("commitment", "ROW.id")],
    "commitments_involvement": [("commitment", OF_COMMITMENT)],
    "milestones_milestone": [("milestone", "ROW.id")],
    "milestones_statusupdate": [("report", "ROW.id")],
    "milestones_evidence": [("report", "ROW.update_id")],
    "assessments_selfassessment": [
        ("self_assessment", "ROW.id"),
        ("claim", "(SELECT id FROM assessments_selfassessmententry WHERE assessment_id = ROW.id)"),
    ],
    "assessments_selfassessmentsection": [("self_assessment", "ROW.assessment_id")],
    "assessments_selfassessmententry": [("claim", "ROW.id")],
    "assessments_entryresult": [("claim", "ROW.entry_id")],
    "assessments_irmreview": [
        ("review", "ROW.id"),
        ("finding", "(SELECT id FROM assessments_coding WHERE review_id = ROW.id)"),
    ],
    "assessments_recommendation": [("review", "ROW.review_id")],
    "assessments_coding": [("finding", "ROW.id")],
    "assessments_publiccomment": [("question", "ROW.id")],
}
ABOVE = ("member", "institution", "document")  # no entries themselves; entries show their names and dates
OPERATIONS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def note(source: str, keys: str, row: str) -> str:
    """The statement that notes the entries of one written row."""
    keys = keys.replace("ROW", row)
    if keys.startswith("("):
        return f"INSERT INTO search_change (source, key) SELECT '{source}', found.id FROM {keys} found;"
    return f"INSERT INTO search_change (source, key) VALUES ('{source}', {keys});"


def name(table: str, operation: str) -> str:
    return f"search_notes_{operation}_{table}"


def sqlite(table: str, operation: str, row: str) -> list[str]:
    notes = " ".join(note(source, keys, row) for source, keys in WATCHED[table])
    return [
        f"DROP TRIGGER IF EXISTS {name(table, operation)}",
        f"CREATE TRIGGER {name(table, operation)} AFTER {operation} ON {table} FOR EACH ROW BEGIN {notes} END",
    ]


def postgresql(table: str, operation: str, row: str) -> list[str]:
    notes = " ".join(note(source, keys, row) for source, keys in WATCHED[table])
    trigger = name(table, operation)
    return [
        f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN {notes} RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {trigger} ON {table}",
        f"CREATE TRIGGER {trigger} AFTER {operation} ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger}()",
    ]


def watch(_apps, schema_editor):
    make = {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]
    for table in WATCHED:
        for operation, row in OPERATIONS.items():
            for statement in make(table, operation, row):
                schema_editor.execute(statement, params=None)
    changes.watch(schema_editor, RECORD)


def unwatch(_apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in WATCHED:
        for operation in OPERATIONS:
            trigger = name(table, operation)
            if on_postgresql:
                schema_editor.execute(f"DROP FUNCTION IF EXISTS {trigger}() CASCADE", params=None)
            else:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger}", params=None)
    unwatch_record(_apps, schema_editor)


def unwatch_record(_apps, schema_editor):
    changes.unwatch(schema_editor, RECORD)


def note_all(_apps, schema_editor):
    """Notes every row, so that a database that was there before its index is found in from the next run on."""
    for table, noted in WATCHED.items():
        for source, keys in noted:
            if keys == "ROW.id" and source not in ABOVE:
                statement = f"INSERT INTO search_change (source, key) SELECT '{source}', id FROM {table}"
                schema_editor.execute(statement, params=None)
