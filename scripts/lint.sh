#!/bin/sh
# Style, missing migrations, and Django's checks of a production set-up: silent apart from what is wrong.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin

"$bin/ruff" check .
"$bin/ruff" format --check .

DATA_DIR=$(mktemp -d)
export DATA_DIR
trap 'rm -rf "$DATA_DIR"' EXIT
"$bin/python" manage.py makemigrations --check --dry-run

OGPTRACKER_MODE=production ALLOWED_HOSTS=tracker.example.org \
    DATABASE_URL=postgres://tracker@127.0.0.1/tracker CELERY_BROKER_URL=redis://127.0.0.1/0 \
    SECRET_KEY=$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(64))') \
    "$bin/python" manage.py check --deploy --fail-level WARNING
