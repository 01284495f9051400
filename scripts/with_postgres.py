#!/usr/bin/env python3
"""Runs a command with ``DATABASE_URL`` set to a throwaway PostgreSQL server, and ends with the command's exit code.

scripts/with_postgres.py python -m pytest -m "not once"
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.servers import postgres  # noqa: E402  (the repository's root has to be on the path first)


def main(command: list[str]) -> int:
    if not command:
        sys.exit(__doc__)
    # A request to end must unwind the "with" block, or the server would be left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with postgres() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
