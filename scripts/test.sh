#!/bin/sh
# The suite on SQLite, then what depends on the database again on a throwaway PostgreSQL.
set -eu
cd "$(dirname "$0")/.."
unset DATABASE_URL
MIGRATED_DATABASES=$(mktemp -d) # migrated once for all that follows: tests/migrated.py
export MIGRATED_DATABASES
trap 'rm -rf "$MIGRATED_DATABASES"' EXIT

.venv/bin/python -m tests.migrated & # while there is a core left
scripts/lint.sh
.venv/bin/python scripts/audit.py
wait $!
.venv/bin/python -m pytest -m "not once" --numprocesses 2 --dist loadfile
# These wait a good deal, hence more workers than cores; the longest come first (tests/conftest.py).
.venv/bin/python -m pytest -m "once and not faults" --numprocesses 4 --dist loadfile --no-loadscope-reorder
.venv/bin/python scripts/with_postgres.py .venv/bin/python -m pytest -m "not once" --numprocesses 2 --dist loadfile
