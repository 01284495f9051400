"""Understands one cell of a plan's table: dates, what recurs, what goes on, or what hangs on the other cell.

A cell is understood only when every one of its tokens has found its place.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .grammar import YEAR_MISSING, put_together
from .lexicon import LEXICON
from .spans import Span, Unreadable, When, a_year, from_to
from .tokens import Reader, Token, plain, tokens

SPREADSHEET_NUMBER = "spreadsheet_number"

LONGEST = 1000  # characters; no date needs as many
NOT_STATED = re.compile(r"[-.\s]*")
REMARK = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|[*※](.*)")


@dataclass(frozen=True)
class Words:
    """One cell, understood. ``kind`` is one of: not_stated, dates, every, often, previous, next, following, same, plan,
    continuous, open_end, unreadable. ``spans`` are its dates in order; ``rounds`` the parts of a year that recur or
    that follow from the other cell; ``since`` and ``until`` bound what recurs or goes on."""

    kind: str
    spans: tuple[Span, ...] = ()
    role: str = ""  # of dates: "from" or "until" when the words say so; of "plan": its "first" day, "last", or "both"
    rounds: tuple[When, ...] = ()
    often: str = ""
    anchor: Span | None = None  # one round of those that come every two years
    since: Span | None = None
    until: Span | None = None
    reason: str = ""


# Dates ----------------------------------------------------------------------------------------------------------------
def with_years(whens: list[When]) -> tuple[Span, ...]:
    """Dates in a row: one that names no year is in the year of its neighbour, if it is as exact and in order."""
    whens = list(whens)
    for index in range(1, len(whens)):
        whens[index] = in_year_of(whens[index], whens[index - 1], later=True)
    for index in range(len(whens) - 2, -1, -1):
        whens[index] = in_year_of(whens[index], whens[index + 1], later=False)
    if any(when.year is None for when in whens):
        raise Unreadable(YEAR_MISSING)
    return tuple(when.at() for when in whens)


def in_year_of(when: When, neighbour: When, later: bool) -> When:
    if when.year or not neighbour.year:
        return when
    in_order = neighbour.last < when.first if later else when.last < neighbour.first
    if when.precision != neighbour.precision or not in_order:
        raise Unreadable(YEAR_MISSING)
    return replace(when, year=neighbour.year)


def letters_of(found: list[Token]) -> str:
    return "".join(letter for letter, _value in found)


def in_a_row(found: list[Token]) -> list[When]:
    """The dates of a list. Two that are not alike need a comma or an "and" between them, as in "March, June 2021"; and
    "June of 2021 and 2022" is no list of a month and a year."""
    if re.search("w[wWXS]|[WXS]w|W[XS]|[XS]W|XS", letters_of(found)):
        raise Unreadable
    whens = [value for letter, value in found if letter in "wWXS"]
    precisions = {when.precision for when in whens}
    if not whens or "year" in precisions and len(precisions) > 1:
        raise Unreadable
    return whens


def one_span(whens: list[When]) -> Span | None:
    if len(whens) > 1:
        raise Unreadable
    return with_years(whens)[0] if whens else None


def by_letter(found: list[Token], allowed: str) -> dict[str, list]:
    """The values of each letter. Raises ``Unreadable`` when a token is left over that has no place."""
    if not {letter for letter, _value in found} <= set(allowed + ",C/"):
        raise Unreadable
    return {letter: [value for own, value in found if own == letter] for letter in allowed}


def dates(found: list[Token]) -> Words:
    of = by_letter(found, "wWXS")
    if letters_of(found) in ("SX", "S,X"):
        return Words("dates", with_years([from_to(*of["S"], *of["X"])]))
    whens = in_a_row(found)
    if of["S"] and len(of["S"]) != len(whens):
        raise Unreadable
    role = "from" if of["S"] else "until" if len(of["X"]) == len(whens) else ""
    return Words("dates", with_years(whens), role)


# What goes on, recurs, or hangs on the other cell ---------------------------------------------------------------------
def endless(found: list[Token]) -> Words:
    """The words "Ongoing", "ongoing until 2023", "2021 onwards", "throughout 2021", 2021~2023년 상시."""
    of = by_letter(found, "WXSoca")
    kind = "continuous" if of["c"] + of["a"] else "open_end"
    if re.search("[oc][,C/]?W", letters_of(found)):
        raise Unreadable  # "ongoing, December 2021": since then, or until then?
    within = [when for when in of["W"] if when.ends or of["a"]]
    since = one_span(of["W"] + of["S"])
    until = one_span(within + of["X"])
    return Words(kind, since=since, until=until)


# Bounds, then what recurs and when in the year, then bounds.
RECURRING = re.compile("(?:[SXWoca],?){,2}(?:Ew(?:[,C]+w)*|Z,?w(?:[,C]+w)*|w(?:[,C]+w)*,?Z|Z)(?:,?[SXWoca]){,2}")


def recurring(found: list[Token]) -> Words:
    """The words "Every March", "annually by 31 March until 2024", "quarterly", 매년 3월·9월, "2022 (biennially)"."""
    found = [("w" if letter in "XD" and not value.year else letter, value) for letter, value in found]
    if not RECURRING.fullmatch(letters_of(found)):
        raise Unreadable
    of = by_letter(found, "ZEwWXSoca")
    rounds = of["w"]
    ranged = [when for when in of["W"] if when.ends]
    anchors = [when for when in of["W"] if not when.ends]
    if len(anchors) > 1 or of["E"] and anchors:
        raise Unreadable
    (cadence,) = of["Z"] or ["yearly"]
    since = one_span(of["S"] + ranged)
    until = one_span(of["X"] + ranged)
    if anchors and cadence == "yearly":
        if rounds or since:
            raise Unreadable
        since = one_span(anchors)
        rounds = [] if anchors[0] == a_year(anchors[0].year) else [replace(anchors[0], year=None)]
    elif anchors and cadence != "every_two_years" or rounds and cadence != "yearly":
        raise Unreadable
    kind = "every" if rounds else "often"
    anchor = one_span(anchors) if cadence == "every_two_years" else None
    return Words(kind, rounds=tuple(rounds), often=cadence, anchor=anchor or since, since=since, until=until)


def relative(found: list[Token]) -> Words:
    """The words "Previous December", 익년 3월, "end of the year": they hang on the year of the other cell."""
    of = by_letter(found, "pxvDwX")
    kinds = [letter for letter, _value in found if letter in "pxv"]
    rounds = of["w"] + of["D"] + of["X"]
    if len(kinds) + len(of["D"]) != 1 or len(rounds) > 1 or any(when.year for when in rounds):
        raise Unreadable
    if kinds == ["x"] and not rounds:
        raise Unreadable
    kind = {"p": "previous", "x": "next", "v": "following"}[kinds[0]] if kinds else "same"
    return Words(kind, rounds=tuple(rounds) or (a_year(),))


# The whole cell -------------------------------------------------------------------------------------------------------
def understood(found: list[Token]) -> Words:
    """What the tokens that are left mean together."""
    while found and found[-1][0] == ",":
        found = found[:-1]
    if re.search("^[,C/]|[,C/]$|,,|C[,C/]|/[,C/]", letters_of(found)):
        raise Unreadable
    letters = set(letters_of(found))
    if letters <= set("n"):
        return Words("not_stated")
    if letters & set("ZE"):
        return recurring(found)
    if letters & set("pxvD"):
        return relative(found)
    if letters == {"P"} and len(found) == 1:
        return Words("plan", role=found[0][1])
    if letters & set("oca"):
        return endless(found)
    return dates(found)


def spreadsheet_date(text: str, reader: Reader) -> str:
    """What a spreadsheet made of a date: 43525 is 2019-03-01, 2014.0 is 2014, 2021.1199999999999 is 2021.12.

    A bare 2021.1 is January, or October that lost its zero: it stays unreadable.
    """
    if re.fullmatch(r"20\d\d\.1", text):
        raise Unreadable
    if re.fullmatch(r"(?:19|20)\d\d\.(?:0+|\d{6,18})", text):
        reader.note(SPREADSHEET_NUMBER)
        return spreadsheet_date(f"{float(text):.2f}".rstrip("0").rstrip("."), reader)
    if not re.fullmatch(r"\d{5}(?:\.\d{1,18})?|\d\.\d{1,18}e\+?0?4", text):
        return text
    day = date(1899, 12, 30) + timedelta(days=int(float(text) + 1e-6))
    if not 2000 <= day.year < 2050:
        raise Unreadable
    reader.note(SPREADSHEET_NUMBER)
    return day.isoformat()


def belongs(remark: str, rest: str, reader: Reader) -> bool:
    """Whether words in brackets say when or how often: "(biennially)"; "(Q3)" after a bare year, or "(March)" after
    "annually"; "(2021–2023)" where there is no year without it."""
    try:
        letters = set(letters_of(tokens(remark, Reader(reader.conventions, reader.shown_order))))
    except Unreadable:
        return False
    bare = re.fullmatch(r"\d{4}\s?년?", rest) or LEXICON.get(rest, "n")[0] == "Z"
    part = bare and letters & set("qhwMm") and letters <= set("qhwMmNOrRC,Kk")
    return letters == {"Z"} or bool(part) or bool(letters & set("YWL") and not re.search(r"\d{4}", rest))


def with_remarks(text: str, reader: Reader) -> str:
    """The cell without its remarks, in brackets or after an asterisk."""
    rest = REMARK.sub(" ", text).strip()
    remarks = [(match[1] or match[2] or match[3] or "").strip() for match in REMARK.finditer(text)]
    if NOT_STATED.fullmatch(rest):
        return rest or " ".join(remarks)
    return " ".join([rest, *(remark for remark in remarks if belongs(remark, rest, reader))])


def read_words(wording: str, reader: Reader) -> Words:
    """Understands one cell of the plan's table."""
    if len(wording) > LONGEST:
        return Words("unreadable")
    try:
        text = with_remarks(plain(wording), reader)
        if NOT_STATED.fullmatch(text):
            return Words("not_stated")
        return understood(put_together(tokens(spreadsheet_date(text, reader), reader), reader))
    except Unreadable as unreadable:
        return Words("unreadable", reason=unreadable.reason)
