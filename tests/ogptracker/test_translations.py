"""The Korean interface: every text has its translation, and the compiled catalog that is read holds just these."""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
CATALOG = Path("locale", "ko", "LC_MESSAGES", "django.po")
COMMAND = ["makemessages", "-l", "ko", "--no-obsolete", "--add-location=file", "--ignore=.venv/*", "--ignore=var/*"]
NOT_SOURCE = shutil.ignore_patterns(".*", "var", "__pycache__")
# What a translation must carry over unchanged: %(name)s, {} and {name}, tags, and entities.
FIXED_PARTS = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}|</?\w[^>]*>|&#?\w+;")
# A particle has one form after a vowel and another after a consonant; what a placeholder ends with is not known.
PARTICLE_AFTER_PLACEHOLDER = re.compile(r"(?:%\(\w+\)[a-z]|\{\w*\})(?:을|를|은|는|이|가|와|과|로|으로)(?![가-힣])")

pytestmark = pytest.mark.once


@dataclass
class Message:
    """One entry of a .po file; ``texts`` maps each keyword ("msgid", "msgstr[0]" …) to its text."""

    flags: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return tuple(self.texts.get(word, "") for word in ("msgctxt", "msgid", "msgid_plural"))

    @property
    def translations(self) -> dict[str, str]:
        return {word: text for word, text in self.texts.items() if word.startswith("msgstr")}

    def __str__(self):
        return self.texts["msgid"]


def read(path: Path) -> list[Message]:
    """The messages of a .po file, its header first."""
    found = []
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip()):
        message, word = Message(), ""
        for line in block.splitlines():
            if line.startswith("#,"):
                message.flags |= {flag.strip() for flag in line[2:].split(",")}
            elif not line.startswith("#"):
                head, quote, rest = line.partition('"')
                word = head.strip() or word
                message.texts[word] = message.texts.get(word, "") + ast.literal_eval(quote + rest)
        found.append(message)
    return found


@pytest.fixture(scope="module")
def catalog() -> list[Message]:
    return read(ROOT / CATALOG)


@pytest.fixture(scope="module")
def messages(catalog) -> list[Message]:
    assert str(catalog[0]) == "", "the first entry is the header"
    assert len(catalog) > 500
    return catalog[1:]


def test_the_header_names_korean_and_its_one_plural_form(catalog):
    header = catalog[0].texts["msgstr"].splitlines()
    assert "Language: ko" in header
    assert "Plural-Forms: nplurals=1; plural=0;" in header
    assert "Content-Type: text/plain; charset=UTF-8" in header


def test_every_text_is_translated_and_none_is_fuzzy(catalog, messages):
    assert [str(m) for m in catalog if "fuzzy" in m.flags] == []
    assert [str(m) for m in messages if not m.translations or not all(t.strip() for t in m.translations.values())] == []
    forms = {"msgstr[0]"}
    assert [str(m) for m in messages if "msgid_plural" in m.texts and set(m.translations) != forms] == []


def test_placeholders_tags_and_entities_are_kept(messages):
    wrong = []
    for message in messages:
        original = message.texts.get("msgid_plural", message.texts["msgid"])
        for text in message.translations.values():
            if Counter(FIXED_PARTS.findall(text)) != Counter(FIXED_PARTS.findall(original)):
                wrong.append(f"{original} → {text}")
    assert wrong == []


def test_no_particle_depends_on_what_a_placeholder_ends_with(messages):
    texts = [text for message in messages for text in message.translations.values()]
    assert [text for text in texts if PARTICLE_AFTER_PLACEHOLDER.search(text)] == []


def test_the_compiled_catalog_holds_what_the_text_holds(catalog):
    """The .mo file is committed: nobody needs gettext to run the tracker. ``make messages`` compiles it anew."""
    expected = {}
    for message in catalog:
        context = f"{message.texts['msgctxt']}\x04" if "msgctxt" in message.texts else ""
        for word, text in message.translations.items():
            form = re.search(r"\[(\d+)\]", word)
            name = context + message.texts["msgid"]
            expected[(name, int(form[1])) if form else name] = text
    with (ROOT / CATALOG).with_suffix(".mo").open("rb") as file:
        compiled = dict(gettext.GNUTranslations(file)._catalog)
    date = re.compile(r"^POT-Creation-Date: .*\n", re.M)  # newer compilers leave it out
    expected[""], compiled[""] = date.sub("", expected[""]), date.sub("", compiled[""])
    changed = {name for name in expected.keys() | compiled.keys() if expected.get(name) != compiled.get(name)}
    assert changed == set(), "run make messages"


def test_the_source_has_no_text_that_the_catalog_lacks(catalog, tmp_path):
    """Collects the texts in a copy of the source, and compares both ways."""
    missing = [program for program in ("xgettext", "msgmerge", "msguniq") if not shutil.which(program)]
    assert not missing, "gettext is not installed: run scripts/system_packages.sh tests"
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=NOT_SOURCE)
    data = tmp_path / "data"
    data.mkdir()
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(data), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "manage.py", *COMMAND], cwd=copy, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    collected, kept = {m.key for m in read(copy / CATALOG)}, {m.key for m in catalog}
    assert collected - kept == set(), "in the source, not in the catalog: run make messages, then translate"
    assert kept - collected == set(), "in the catalog, no longer in the source: run make messages"


def test_django_reads_it():
    with translation.override("ko"):
        assert translation.gettext("Overdue") == "기한 경과"
        assert translation.ngettext("late by %(days)s day", "late by %(days)s days", 46) % {"days": 46} == "46일 지연"
    with translation.override("en"):
        assert translation.gettext("Overdue") == "Overdue"
