#!/bin/sh
# The whole suite on SQLite, then what depends on the database again on a throwaway PostgreSQL.
set -eu
cd "$(dirname "$0")/.."
unset DATABASE_URL

scripts/lint.sh
.venv/bin/python -m pytest
.venv/bin/python scripts/with_postgres.py .venv/bin/python -m pytest -m "not once"
