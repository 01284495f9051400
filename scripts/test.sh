#!/bin/sh
# The whole suite on SQLite, then what depends on the database again on a throwaway PostgreSQL.
set -eu
cd "$(dirname "$0")/.."
unset DATABASE_URL

scripts/lint.sh
.venv/bin/python -m pytest -m "not once" --numprocesses 2 --dist loadfile
.venv/bin/python -m pytest -m once # one after the other: they start processes of their own, and watch the clock
.venv/bin/python scripts/with_postgres.py .venv/bin/python -m pytest -m "not once" --numprocesses 2 --dist loadfile
