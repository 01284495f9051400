"""The arrows of the architecture: who may import whom, read from the code itself."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = [  # each may import from those before it
    "commitments",
    "accounts",
    "milestones",
    "assessments",
    "search",
    "following",
    "opendata",
    "operations",
    "ogptracker",
]
FILES = [path for app in LAYERS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


def imports_of(tree):
    """``(name of the top-level package, node)`` for each absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0], node


@pytest.mark.once
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way_and_stand_at_the_top(path):
    app = path.relative_to(ROOT).parts[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    above = set(LAYERS[LAYERS.index(app) + 1 :])
    assert not {name for name, _node in imports_of(tree)} & above
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    hidden = [node.lineno for function in functions for _name, node in imports_of(function)]
    assert not hidden, f"imports inside functions, at lines {hidden}"
    assert "django.db.models.signals" not in path.read_text(encoding="utf-8")


@pytest.mark.once
def test_every_test_that_the_security_manual_names_is_there():
    named = re.findall(r"`([a-z]+/test_\w+\.py)(?:::(test_\w+))?`", (ROOT / "docs" / "security.md").read_text())
    assert len(named) > 40
    for file, test in named:
        text = (ROOT / "tests" / file).read_text()
        assert not test or f"def {test}(" in text, f"{file} has no {test}"
