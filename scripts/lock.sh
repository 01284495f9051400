#!/bin/sh
# Resolves pyproject.toml into the two lock files, for every platform and for Python 3.11 and newer.
# The tests' lock is held to the other's versions, so that what is tested is what runs.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}
if ! command -v "$uv" >/dev/null 2>&1; then
    echo "uv is missing: install it (https://docs.astral.sh/uv/), or name it: make lock UV=/path/to/uv" >&2
    exit 1
fi

resolve() { "$uv" pip compile --quiet --universal --python-version 3.11 pyproject.toml --generate-hashes --no-header "$@"; }
resolve --output-file requirements.lock
resolve --extra test --constraint requirements.lock --output-file requirements-test.lock
# Where this machine looks for packages is nobody else's concern.
for lock in requirements.lock requirements-test.lock; do
    sed -i -e '/^--find-links/d' -e '/^--extra-index-url/d' -e '/^--index-url/d' "$lock"
done
