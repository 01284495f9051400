#!/bin/sh
# Makes .venv and installs exactly what a lock file names: scripts/install_python_packages.sh requirements.lock
# A stamp with the lock's checksum lies in .venv, so that the second run has nothing to do.
set -eu
cd "$(dirname "$0")/.."

lock=$1
stamp=.venv/installed-$lock
sum=$(sha256sum "$lock" | cut -d' ' -f1)

if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null; then
    [ "$(cat "$stamp" 2>/dev/null || true)" = "$sum" ] && exit 0
else
    python=$(scripts/find_python.sh)
    echo "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
fi

echo "Installing the Python packages of $lock ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --progress-bar off \
    --require-hashes --no-deps --requirement "$lock"
echo "$sum" >"$stamp"
