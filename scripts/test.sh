#!/bin/sh
# The suite on SQLite, then what depends on the database again on a throwaway PostgreSQL.
set -eu
cd "$(dirname "$0")/.."
unset DATABASE_URL
MIGRATED_DATABASES=$(mktemp -d) # migrated once for all that follows: tests/migrated.py
export MIGRATED_DATABASES
trap 'rm -rf "$MIGRATED_DATABASES"' EXIT

scripts/lint.sh
.venv/bin/python scripts/audit.py
.venv/bin/python -m pytest -m "not once" --numprocesses 2 --dist loadfile
.venv/bin/python -m pytest -m "once and not faults" --numprocesses 3 --dist loadfile # they wait a good deal
.venv/bin/python scripts/with_postgres.py .venv/bin/python -m pytest -m "not once" --numprocesses 2 --dist loadfile
