#!/usr/bin/env python3
"""The bill of materials of what production installs, and whether any of it is known to be vulnerable.

scripts/audit.py [FILE]        (FILE: where the CycloneDX bill goes; default var/bill-of-materials.json)

Ends with status 1 when a known vulnerability is found. Where the index in use tells nothing of vulnerabilities, as
a mirror or a machine without internet, that is said: then nothing was audited.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LOCK = "requirements.lock"


def write_bill(path: Path) -> int:
    """Writes the bill, the same for the same lock file; returns how many packages it names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    words = ["requirements", LOCK, "--pyproject", "pyproject.toml", "--output-reproducible", "--output-file", str(path)]
    subprocess.run([BIN / "cyclonedx-py", *words], cwd=ROOT, check=True, capture_output=True)
    return len(json.loads(path.read_text())["components"])


def audited() -> list[dict]:
    """What pip-audit says of each package. Raises ``RuntimeError`` when it says nothing at all."""
    words = ["--requirement", LOCK, "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run([BIN / "pip-audit", *words], cwd=ROOT, capture_output=True, text=True, timeout=300)
    try:
        return json.loads(done.stdout)["dependencies"]
    except ValueError as error:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no answer") from error


def main(bill: Path) -> int:
    print(f"Bill of materials: {write_bill(bill)} packages in {bill}.")
    try:
        found = audited()
    except RuntimeError as error:
        print(f"Not audited: {error}")
        return 0
    known = [row for row in found if "skip_reason" not in row]
    for row in known:
        for flaw in row["vulns"]:
            print(
                f"{row['name']} {row['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'none'}"
            )
    print(f"Audited: {len(known)} of {len(found)} packages; the index in use knows nothing of the others.")
    return 1 if any(row["vulns"] for row in known) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "var" / "bill-of-materials.json")))
