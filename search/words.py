"""Texts to terms: what is looked up, the same on every database.

A run of Hangul, Hanja or kana has no spaces that could be relied on, so it becomes every one of its characters and
every two neighbours: "공개" is found inside "정보공개". What is found that way is held against the text itself, so that
"정보공개" never finds "정보 보공 공개". A run of four characters or more may be several words, which Korean writes with
spaces or without: "정보공개" and "정보 공개" are one. Not so a shorter one, or "민주" (democracy) would be found in
"시민 주도" (led by citizens). A word in any other script becomes its stem, by the English rules:
"whistleblowers" and "whistleblowing" are one. Case and accents do not count. A number in parts, such as "4-1" or
"3.2.5", is kept whole as well.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

MOST_WORDS = 12  # of a question
COMPOUND = 4  # characters of a run that may be several words
LONGEST_TERM = 60  # characters: what is longer is no word
IDEOGRAPHS = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
RUN = re.compile(rf"[{IDEOGRAPHS}]+|[^\W_{IDEOGRAPHS}]+")
CODE = re.compile(r"(?<![\w.-])[0-9]+(?:[.-][0-9a-z]+)+(?![\w-])")
WORD = re.compile(r"[^\W_]+")
QUOTED = re.compile(r'["“”]([^"“”]+)["“”]')
# What a question may hold without meaning it. A question of nothing else is taken at its word.
UNMEANT = frozenset(
    re.findall(
        r"\w+",
        """a an and are about at be been by did do does for from had has have how in is it its many much of on or our
        that the their they this to was were what when where which who why will with""",
    )
)
stemmer = snowballstemmer.stemmer("english")


def plain(text: str) -> str:
    """The text without case and accents, in one spelling of each character."""
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(part for part in parts if unicodedata.category(part) != "Mn"))


def is_ideographic(run: str) -> bool:
    return re.match(f"[{IDEOGRAPHS}]", run) is not None


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    return stemmer.stemWord(word)[:LONGEST_TERM]


def pairs(run: str) -> set[str]:
    return {run[n : n + 2] for n in range(len(run) - 1)}


def terms_of_run(run: str) -> set[str]:
    return {*run, *pairs(run)} if is_ideographic(run) else {stem(run)}


def asked_of_run(run: str) -> set[str]:
    """Of a run of several characters, its pairs alone: they hold the characters."""
    return pairs(run) if is_ideographic(run) and len(run) > 1 else {stem(run)}


def is_compound(run: str) -> bool:
    return is_ideographic(run) and len(run) >= COMPOUND


def looked_up_of_run(run: str) -> set[str]:
    """Of a run that may be several words, its characters: which of its pairs a space parts is not known."""
    return set(run) if is_compound(run) else asked_of_run(run)


def codes(plain_text: str) -> set[str]:
    return {re.sub(r"[.-]", "_", code)[:LONGEST_TERM] for code in CODE.findall(plain_text)}


def terms(text: str) -> set[str]:
    """Everything by which the text is found."""
    text = plain(text)
    return {term for run in RUN.findall(text) for term in terms_of_run(run)} | codes(text)


def spelled(text: str) -> str:
    """The text's words in order, with one space around each: what a phrase is held against."""
    return f" {' '.join(WORD.findall(plain(text)))} "


@dataclass(frozen=True)
class Question:
    """What is asked for. The index must have all of *looked_up*; *parts* must stand in the text as they are written,
    *compounds* in the text without its spaces. *terms* are what is shown as found."""

    terms: frozenset[str]
    looked_up: frozenset[str]
    parts: tuple[str, ...]
    compounds: tuple[str, ...]
    begins: bool = False  # whether it is enough that a word begins with a term

    def __bool__(self):
        return bool(self.terms)


def words_of(text: str) -> list[str]:
    """The words of a question that mean something, at most ``MOST_WORDS``."""
    found = plain(text).split()
    meant = [word for word in found if word.strip("?!.,;:\"'“”") not in UNMEANT]
    return (meant or found)[:MOST_WORDS]


def parts_of(text: str, runs: list[str]) -> list[str]:
    """What has to stand in the text as it is: phrases in quotes, and runs without spaces of three characters."""
    phrases = [spelled(phrase) for phrase in QUOTED.findall(text)]
    words = [run for run in runs if is_ideographic(run) and len(run) > 2 and not is_compound(run)]
    return [part for part in [*phrases, *words] if part.strip()]


def question(text: str, begins: bool = False) -> Question:
    """What the text asks for. *begins* takes words of other scripts by their beginning alone."""
    terms, looked_up, runs = set(), set(), []
    for word in words_of(text):
        whole, own = codes(word), RUN.findall(word)
        terms |= whole or set().union(*map(asked_of_run, own))
        looked_up |= whole or set().union(*map(looked_up_of_run, own))
        runs += own
    compounds = tuple(run for run in runs if is_compound(run))
    return Question(frozenset(terms), frozenset(looked_up), tuple(parts_of(text, runs)), compounds, begins)
