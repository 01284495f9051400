"""Why a result was found: a passage of its text with the words that were asked for marked."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .models import Entry
from .words import RUN, Question, is_ideographic, plain, stem

LONGEST = 240  # characters of a passage
BEFORE = 60  # of them before the first word that was found
TELLING = ("commitment", "report", "claim", "self_assessment", "finding", "question")
SPACED = re.compile(r"\s+")


def is_asked(run: str, asked: Question) -> bool:
    """Whether a run of the text, as it is written, is one that was asked for."""
    found = stem(plain(run))
    return any(found.startswith(term) for term in asked.terms) if asked.begins else found in asked.terms


def asked_characters(run: str, start: int, asked: Question) -> list[tuple[int, int]]:
    """The stretches of a run without spaces whose pairs, or whose characters, were asked for."""
    found = [term for term in asked.terms if is_ideographic(term)]
    return [(start + at.start(), start + at.end()) for term in found for at in re.finditer(re.escape(term), run)]


def spans(text: str, asked: Question) -> list[tuple[int, int]]:
    """Where in the text the words stand that were asked for, in order and without overlaps."""
    found = []
    for match in RUN.finditer(text):
        if is_ideographic(match[0]):
            found += asked_characters(match[0], match.start(), asked)
        elif is_asked(match[0], asked):
            found.append(match.span())
    return merged(sorted(found))


def merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring stretches as one."""
    kept: list[tuple[int, int]] = []
    for start, end in found:
        if kept and start <= kept[-1][1]:
            kept[-1] = kept[-1][0], max(end, kept[-1][1])
        else:
            kept.append((start, end))
    return kept


def marked(text: str, asked: Question) -> SafeString:
    """The text with what was asked for marked; everything else escaped."""
    parts, last = [], 0
    for start, end in spans(text, asked):
        parts += [(text[last:start], text[start:end])]
        last = end
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", parts), text[last:])


def passage(text: str, asked: Question) -> SafeString:
    """The stretch of the text around the first word that was asked for; its beginning when there is none."""
    text = SPACED.sub(" ", text).strip()
    found = spans(text, asked)
    start = max(found[0][0] - BEFORE, 0) if found else 0
    start = text.find(" ", start - 1) + 1 if start else 0
    end = start + LONGEST
    end = len(text) if end >= len(text) else text.rfind(" ", start, end) if " " in text[start:end] else end
    return format_html("{}{}{}", "… " if start else "", marked(text[start:end], asked), " …" if end < len(text) else "")


def texts(entry: Entry, language: str) -> list[tuple[str, str]]:
    """``(language, text)`` of an entry, the reader's language first."""
    both = [("en", entry.body), ("ko", entry.body_ko)]
    return sorted((pair for pair in both if pair[1]), key=lambda pair: pair[0] != language)


def snippet(entry: Entry, asked: Question, language: str) -> tuple[str, SafeString]:
    """``(language, passage)``: of the first text that holds what was asked for, else of the first there is, where that
    says what the entry is about: a milestone has only the words of its dates, a plan the heads of its sections."""
    found = texts(entry, language)
    telling = next((pair for pair in found if asked and spans(pair[1], asked)), None)
    if telling is None and entry.source in TELLING:
        telling = next(iter(found), None)
    return (telling[0], passage(telling[1], asked)) if telling else ("", SafeString(""))
