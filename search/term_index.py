"""The index of the entries' terms, in each database's own kind. Used by migrations.

PostgreSQL has a column of its own, which it makes of the terms by itself: an index of the expression alone would have
it made anew for each row that is looked at. SQLite has a table of FTS5 beside the entries, kept by triggers; its
tokenizer only parts the terms at their spaces, since ``search.words`` made them.
"""

VECTOR = "array_to_tsvector(string_to_array(terms, ' '))"
POSTGRESQL = [
    f"ALTER TABLE search_entry ADD COLUMN vector tsvector GENERATED ALWAYS AS ({VECTOR}) STORED",
    "CREATE INDEX search_entry_terms ON search_entry USING gin (vector)",
]
POSTGRESQL_BACK = ["DROP INDEX search_entry_terms", "ALTER TABLE search_entry DROP COLUMN vector"]
TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* M* N* Co' tokenchars '_'"
REMOVE = "INSERT INTO search_entry_terms (search_entry_terms, rowid, terms) VALUES ('delete', OLD.id, OLD.terms);"
PUT = "INSERT INTO search_entry_terms (rowid, terms) VALUES (NEW.id, NEW.terms);"
SQLITE = [
    "CREATE VIRTUAL TABLE search_entry_terms USING fts5"
    f"(terms, content='search_entry', content_rowid='id', tokenize=\"{TOKENIZER}\")",
    f"CREATE TRIGGER search_entry_put AFTER INSERT ON search_entry BEGIN {PUT} END",
    f"CREATE TRIGGER search_entry_changed AFTER UPDATE OF terms ON search_entry BEGIN {REMOVE} {PUT} END",
    f"CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN {REMOVE} END",
    "INSERT INTO search_entry_terms (search_entry_terms) VALUES ('rebuild')",  # of entries that are there already
]
SQLITE_BACK = [
    "DROP TRIGGER search_entry_put",
    "DROP TRIGGER search_entry_changed",
    "DROP TRIGGER search_entry_removed",
    "DROP TABLE search_entry_terms",
]


def run(schema_editor, statements: dict[str, list[str]]):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def make(_apps, schema_editor):
    run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop(_apps, schema_editor):
    run(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK})
