#!/usr/bin/env python3
"""Does below a folder of this machine what the Dockerfile does in an image, where there is no container engine.

scripts/image_steps.py FOLDER

Each instruction is read from the Dockerfile itself. Left to an image alone, and said so: the package manager (its
packages must be there already) and the account. Prints, as JSON, what a container would be started with.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OF_THE_MACHINE = (
    "HOME",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
)
OF_THE_IMAGE = ("apt-get update", "rm -rf /var/lib/apt", "useradd", "chown")


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """``(instruction, its words)`` in order, with continued lines joined and comments left out."""
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines()]


def is_ignored(path: str, patterns: list[str]) -> bool:
    """Whether ``.dockerignore`` keeps *path*, or a folder above it, out of the image."""
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for pattern in patterns:
        anywhere = pattern.removeprefix("**/")
        names = parts if anywhere != pattern else above
        if any(fnmatch.fnmatchcase(name, anywhere) for name in names):
            return True
    return False


def files_of(patterns: list[str]) -> Iterator[str]:
    """The files of the repository that ``.dockerignore`` lets into the image."""
    for folder, folders, files in os.walk(ROOT):
        inside = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if not is_ignored((inside / name).as_posix(), patterns)]
        names = ((inside / name).as_posix() for name in files)
        yield from (name for name in names if not is_ignored(name, patterns))


def ways_to_packages() -> dict[str, str]:
    """How this machine reaches its package index, which an image gets from its builder."""
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name in OF_THE_MACHINE}


class Image:
    """The image as it grows: its folder, environment and working directory."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.environment = {"PATH": f"{self.folder}/python/bin:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
        self.workdir, self.command = self.folder, []

    def inside(self, words: str) -> str:
        """*words*, with the image's own folders below ours."""
        return re.sub(r"(?<![\w/.])/(srv|app)\b", rf"{self.folder}/\1", words)

    def do_from(self, words: str):
        wanted = re.match(r"python:(\d+\.\d+)", words)[1]
        if wanted != f"{sys.version_info.major}.{sys.version_info.minor}":
            print(f"The image has Python {wanted}; this is {sys.version.split()[0]}.", file=sys.stderr)
        venv.create(self.folder / "python", with_pip=True, symlinks=True)

    def do_env(self, words: str):
        self.environment |= dict(pair.split("=", 1) for pair in self.inside(words).split())

    def do_workdir(self, words: str):
        self.workdir = Path(self.inside(words))
        self.workdir.mkdir(parents=True)

    def do_copy(self, words: str):
        *sources, _target = words.split()
        patterns = (ROOT / ".dockerignore").read_text().split()
        for source in sources:
            for name in [source] if (ROOT / source).is_file() else files_of(patterns):
                (self.workdir / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.workdir / name)

    def do_run(self, words: str):
        for step in (part.strip() for part in self.inside(words).split("&&")):
            if step.startswith("apt-get install"):
                packages = re.findall(r"\slib\S+", step)
                subprocess.run(["dpkg-query", "-W", *map(str.strip, packages)], check=True, stdout=subprocess.DEVNULL)
            elif step.startswith(OF_THE_IMAGE):
                print(f"Left to an image: {step}", file=sys.stderr)
            else:
                environment = ways_to_packages() | self.environment
                subprocess.run(step, shell=True, check=True, cwd=self.workdir, env=environment, stdout=sys.stderr)

    def do_user(self, words: str):
        print(f"Left to an image: USER {words}", file=sys.stderr)

    def do_expose(self, words: str):
        """Says only which port the command listens on."""

    def do_cmd(self, words: str):
        self.command = json.loads(words)


def main(folder: str):
    image = Image(Path(folder))
    for instruction, words in instructions((ROOT / "Dockerfile").read_text()):
        getattr(image, f"do_{instruction.lower()}")(words)
    print(json.dumps({"cwd": str(image.workdir), "env": image.environment, "command": image.command}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    main(sys.argv[1])
