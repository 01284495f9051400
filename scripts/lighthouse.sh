#!/bin/sh
# Lighthouse on the five main pages, in the installed Chromium, against a tracker served from a folder of its own.
# Fails when one of the four categories is below 95 on any of them. Needs Node.js and npm; takes about three minutes.
set -eu
cd "$(dirname "$0")/.."
version=12.8.2
work=$(mktemp -d)
export DATA_DIR="$work/data"
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

command -v npm >/dev/null 2>&1 || { echo "npm is missing: install Node.js and npm, then try again." >&2; exit 1; }
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
npm install --silent --no-audit --no-fund --prefix "$work/npm" "lighthouse@$version"

port=${PORT:-$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')}
.venv/bin/python manage.py migrate -v 0
.venv/bin/python manage.py load_record
.venv/bin/python manage.py collectstatic --noinput -v 0
.venv/bin/gunicorn --bind "127.0.0.1:$port" --workers 1 --threads 4 --no-control-socket ogptracker.wsgi >"$work/log" 2>&1 &
server=$!
until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/healthz"; do sleep 0.5; done

for path in / '/plans/kr-5/?as_of=2021-11-15' '/plans/kr-5/commitments/2-1/?as_of=2021-11-15' \
    '/overdue/?as_of=2021-11-15' '/search/?q=budget'; do
    curl --silent --output /dev/null "http://127.0.0.1:$port$path" # the first answer of a process reads its templates
    CHROME_PATH=$chromium "$work/npm/node_modules/.bin/lighthouse" "http://127.0.0.1:$port$path" --quiet \
        --only-categories=performance,accessibility,best-practices,seo --output=json --output-path="$work/report.json" \
        --chrome-flags="--headless=new --no-sandbox --disable-gpu --disable-background-networking"
    .venv/bin/python - "$work/report.json" "$path" <<'PYTHON'
import json
import sys

report = json.load(open(sys.argv[1], encoding="utf-8"))
scores = {name: round(100 * category["score"]) for name, category in report["categories"].items()}
print(sys.argv[2], *(f"{name} {score}" for name, score in scores.items()), sep="  ")
sys.exit(min(scores.values()) < 95)
PYTHON
done
