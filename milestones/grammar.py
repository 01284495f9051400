"""Puts the tokens of one cell together, step by step, until dates and their roles are left.

Each step is a pattern over the tokens' letters and what becomes of the tokens that match. ``lexicon`` lists the
letters; the steps make these of them:

    J a year with 년   w a stretch without its year   W one with its year   D one of "the year" of the other cell
    S from   X until
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from . import spans
from .spans import Unreadable, When, a_day, a_month, a_part, a_year, flagged, from_to, placed
from .tokens import Reader, Token, in_full

FISCAL_YEAR_UNKNOWN = "fiscal_year_unknown"
YEAR_MISSING = "year_missing"


def year(letters: str, values: list, reader: Reader) -> list[Token]:
    """2021년, "the year 2021", 21년 before a month."""
    number = next(value for value in values if value is not None)
    return [("J" if letters[-1] == "y" else "Y", in_full(number, reader) if "N" in letters else number)]


def fiscal(letters: str, values: list, reader: Reader) -> list[Token]:
    """FY2026, FY2025/26, 2026 회계연도: a token of the fiscal year, still to be placed."""
    years = [value for value, letter in zip(values, letters, strict=True) if letter in "YJNWL"]
    if isinstance(years[0], tuple):
        return [("L", (years[0][0], "/"))]
    if isinstance(years[0], When):
        years = [years[0].year, years[0].year + (years[0].last[0] - 1) // 12]
        if letters != "jW" or values[1].precision != "year" or not values[1].ends:
            raise Unreadable
    if len(years) == 1:
        return [("L", (in_full(years[0], reader) if "N" in letters else years[0], "name"))]
    if years[1] != years[0] + 1:
        raise Unreadable
    return [("L", (years[0], "/"))]


def part(letters: str, values: list, reader: Reader) -> list[Token]:
    """The words "Third quarter", "Q3", "1–2분기", "first and third quarters"."""
    kind = "quarter" if "q" in letters else "half"
    parts = [a_part(kind, value) for value, letter in zip(values, letters, strict=True) if letter in "NOr"]
    if "R" in letters:
        return [("w", from_to(*parts))]
    return separated(parts)


def separated(whens: list[When]) -> list[Token]:
    found = [("w", whens[0])]
    for when in whens[1:]:
        found += [("C", None), ("w", when)]
    return found


def korean_day(letters: str, values: list, reader: Reader) -> list[Token]:
    """3월 1일~15일, 3월 1일, 1~3월, 3·9월, 3월."""
    numbers = [value for value, letter in zip(values, letters, strict=True) if letter == "N"]
    if "d" in letters:
        days = [a_day(numbers[0], number) for number in numbers[1:]]
        return [("w", from_to(*days) if len(days) == 2 else days[0])]
    months = [a_month(number) for number in numbers]
    return [("w", from_to(*months))] if "R" in letters else separated(months)


def english_day(letters: str, values: list, reader: Reader) -> list[Token]:
    """The words "March 1–15", "1–15 March", "15 March", "March 15th", "March"."""
    month = values[letters.index("M")]
    days = [a_day(month, value) for value, letter in zip(values, letters, strict=True) if letter in "NO"]
    if len(days) == 2:
        return [("w", from_to(*days))]
    return [("w", days[0] if days else a_month(month))]


def year_and_part(letters: str, values: list, reader: Reader) -> list[Token]:
    when = next(value for value in values if isinstance(value, When))
    return [("W", replace(when, year=next(value for value in values if isinstance(value, int))))]


def fiscal_year(letters: str, values: list, reader: Reader) -> list[Token]:
    """Places a fiscal year, or a part of one. Where it is the calendar year, 2026-27 are two years."""
    first, kind = values[-1]
    part = values[0] if letters[0] == "w" else None
    month, name = reader.conventions.fiscal_month, reader.conventions.fiscal_name
    if part and part.precision == "season" and part.last[0] > 12:
        return [("W", replace(part, year=first))]  # winter 2020/21
    if month == 1 and kind == "-" and part is None:
        return [("W", from_to(a_year(first), a_year(first + 1)))]
    if not month or (month == 1) != (kind == "name") and month == 1 or kind == "name" and not name:
        raise Unreadable(FISCAL_YEAR_UNKNOWN)
    begins = first - 1 if kind == "name" and name == "ends" and month > 1 else first
    return [("W", spans.a_fiscal_year(month, begins, part))]


def whole_year(letters: str, values: list, reader: Reader) -> list[Token]:
    return [("W", a_year(values[0]))]


def place(letters: str, values: list, reader: Reader) -> list[Token]:
    """The words "Early March", 3월 말; "end of the year", which hangs on the other cell's year."""
    if letters == "KI":
        return [("D", placed(a_year(), values[0]))]
    position, when = values if letters[0] == "K" else values[::-1]
    letter = letters.strip("Kk")
    if letter in "pv":
        return [(letter, None), ("w", placed(a_year(), position))]
    return [(letter, placed(when, position))]


def place_of_each(letters: str, values: list, reader: Reader) -> list[Token]:
    """The words "by the end of each quarter", 매년 초: the end of a period is when it is due anyway."""
    position = values[re.search("[Kk]", letters).start()]
    cadence = values[letters.index("Z")]
    if position == "end":
        return [("Z", cadence)]
    if cadence != "yearly":
        raise Unreadable
    return [("Z", cadence), ("w", placed(a_year(), position))]


def part_of_year(letters: str, values: list, reader: Reader) -> list[Token]:
    """The words "Year-end 2021", 당해 12월, "December of the same year"."""
    if "g" in letters:
        return [("D", next((value for value in values if value), a_year()))]
    part, whole = values if letters == "DW" else values[::-1]
    if whole != a_year(whole.year):
        raise Unreadable
    return [("W", replace(part, year=whole.year))]


def doubtful(letters: str, values: list, reader: Reader) -> list[Token]:
    when = next(value for value in values if value is not None)
    return [(letters.strip("u?"), flagged(when, "~" if "u" in letters else "?"))]


def stretch(letters: str, values: list, reader: Reader) -> list[Token]:
    """The words "January – March 2021", 3월부터 5월까지, "between 2019 and 2021"; also "June/July 2021"."""
    start, end = (value for value, letter in zip(values, letters, strict=True) if letter in "wW")
    if "U" in letters and not start.year and end == a_year(end.year):
        return [("w", start), ("X", end)]  # "every March until 2022"
    both = from_to(start, end)
    if "/" in letters:
        one, other = (when.at(2001) for when in both.ends)
        if one.last + timedelta(days=1) != other.first:
            return [(letters[0], start), ("C", None), (letters[-1], end)]
    return [("W" if both.year else "w", both)]


def over_new_year(letters: str, values: list, reader: Reader) -> list[Token]:
    """11월~익년 2월: the end is in the year after the start's."""
    start, end = (value for value, letter in zip(values, letters, strict=True) if letter in "wW")
    if start.ends or end.ends or end.year:
        raise Unreadable
    (first, first_day), (last, last_day) = end.first, end.last
    end = replace(end, first=(first + 12, first_day), last=(last + 12, last_day), code=None)
    return [(letters[0], from_to(start, replace(end, year=start.year)))]


def until(letters: str, values: list, reader: Reader) -> list[Token]:
    when = next(value for value in values if value is not None)
    if not set(letters) & set("Bb") or when.first == when.last and when.precision != "day":
        return [("X", when)]  # "before the end of June" is by the end of June
    if not when.year:
        raise Unreadable(YEAR_MISSING)
    day = when.at().first - timedelta(days=1)
    return [("X", replace(a_day(day.month, day.day, day.year), precision=when.precision, flag=when.flag))]


def since(letters: str, values: list, reader: Reader) -> list[Token]:
    when = next(value for value in values if value is not None)
    return [("S", when)] + ([("o", None)] if "A" in letters else [])


def nothing(letters: str, values: list, reader: Reader) -> list[Token]:
    return []


Step = tuple[re.Pattern, Callable[[str, list, Reader], list[Token]]]


def steps(*pairs) -> list[Step]:
    return [(re.compile(pattern), make) for pattern, make in pairs]


PARTS = steps(
    (r"_,?", nothing),
    (r"Ny(?=Nm|[NOr]?[qhk]|w)|IY|YI|Yy", year),
    (r"j(?:[YJ][R/]Y|[YJNLW])|[YJL]j", fiscal),
    (r"[NOr](?:[,C][NOr])+[qh]|[NOr]R[NOr][qh]|[NOr][qh]|[qh][NOr]", part),
    (r"NmNdRNd|NmNd|NRNm|N(?:[,C]N)*m", korean_day),
    (r"M[NO]R[NO](?!M)|[NO]R[NO]M|[NO]M|M[NO]|M", english_day),
    (r"Jw", year_and_part),
    (r"wL|L", fiscal_year),
)
YEAR_BEFORE = steps((r"^Y,w$|Yw", year_and_part))
YEAR_AFTER = steps((r"Yw(?!,?Y)|w,?Y", year_and_part))
ROLES = steps(
    (r"[YJ]", whole_year),
    (r"g[wD]?|[wD]g", part_of_year),
    (r"[TU]?KZ|Zkt?", place_of_each),
    (r"KI|K[wWpv]|[wWpv]k", place),
    (r"DW|WD", part_of_year),
    (r"u[wW]|[wW][u?]", doubtful),
    (r"[wW]f?[RU][vx]wt?", over_new_year),
    (r"G[wW][,C][wW]|F?[wW]f?[RU][wW]t?|[wW]f[wW]t?|[wW]/[wW]", stretch),
    (r"T?B[wW]|[wW]bt?|[TU],?[wW]t?|[wW]t", until),
    (r"F?[wW]A|F[wW]f?|[wW]f", since),
    (r"[wW](?=R[oca])", since),
    (r"(?<=S)R|[TU](?=[pvxDP])|(?<=[pvxDP])t", nothing),
)


def take(found: list[Token], steps: list[Step], reader: Reader) -> list[Token]:
    """Takes the steps in turn, each wherever its pattern matches, from left to right."""
    for pattern, make in steps:
        letters = "".join(letter for letter, _value in found)
        taken, position = [], 0
        for match in pattern.finditer(letters):
            values = [value for _letter, value in found[match.start() : match.end()]]
            taken += found[position : match.start()] + make(match[0], values, reader)
            position = match.end()
        found = taken + found[position:]
    return found


def put_together(found: list[Token], reader: Reader) -> list[Token]:
    """From words to dates with their roles."""
    found = take(found, PARTS, reader)
    order = "".join(letter for letter, _value in found if letter in "wY")
    found = take(found, YEAR_BEFORE if order[:1] == "Y" and order[-1:] == "w" else YEAR_AFTER, reader)
    return take(found, ROLES, reader)
