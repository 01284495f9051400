#!/bin/sh
# Prints the Python to build the environment with: $PYTHON, or the first of the usual names that is 3.11 or newer.
# A name counts only if it runs: version managers leave names behind that do not.
set -u

suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

for name in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    suits "$name" || continue
    if ! "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "$name cannot make virtual environments: install python$version-venv (apt-get install python$version-venv)." >&2
        exit 1
    fi
    echo "$name"
    exit 0
done
echo "No Python 3.11 or newer found (tried: ${PYTHON:-python3.13 python3.12 python3.11 python3}): install one, or name it: make PYTHON=/path/to/python3" >&2
exit 1
