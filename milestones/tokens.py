"""Cuts one cell of a plan's table into the tokens that ``lexicon`` describes.

Numbers that belong together are read here: 2021-12-31, 12/31/2021, 31.12.21, 2021. 3. 5., 03/2021, Dec-18, 2026-27,
3/4분기, Q3. What is neither a known word nor such a number makes the cell unreadable.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from . import lexicon
from .conventions import Conventions
from .spans import Unreadable, When, a_day, a_month, a_part, a_season, a_year, flagged, from_to

FIRST_YEAR, LAST_YEAR = 1990, 2099  # OGP began in 2011; a spreadsheet shows the bare year 2024 as a day of 1905

# Reasons why a cell is unreadable, where there is more to say than that.
YEAR_IMPLAUSIBLE = "year_implausible"
ORDER_UNKNOWN = "order_unknown"
SEASON_UNKNOWN = "season_unknown"

# What a person should know about how the words were read.
DAY_MONTH_ORDER = "day_month_order"
TWO_DIGIT_YEAR = "two_digit_year"
OVER_NEW_YEAR = "season_over_new_year"

Token = tuple[str, object]  # a letter of the lexicon and its value


@dataclass
class Reader:
    """How to read what depends on who wrote it; ``notes`` gathers what was noticed meanwhile."""

    conventions: Conventions
    shown_order: bool | None = None  # whether an unmistakable date of the same row has its month first
    notes: list[str] = field(default_factory=list)

    def note(self, code: str):
        if code not in self.notes:
            self.notes.append(code)


# Plain text -----------------------------------------------------------------------------------------------------------
# Only what stands for the same character is replaced: "ſ" and "ı" stay, and make a word unknown.
PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
PLAIN |= {0x2160 + number: numeral for number, numeral in enumerate((" i ", " ii ", " iii ", " iv "))}
PLAIN |= dict.fromkeys(map(ord, "‐‑‒–—―−"), "-") | dict.fromkeys(map(ord, "～〜∼∽"), "~")
PLAIN |= dict.fromkeys(map(ord, "‘’‛`´′"), "'") | dict.fromkeys(map(ord, "“”″"), '"')
PLAIN |= dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
PLAIN |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}

MONTH = "(?:" + "|".join(sorted(lexicon.MONTHS, key=len, reverse=True)) + ")"

TIME = re.compile(r"(\d)[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?z?(?![\d:])")
SHORT_YEAR = re.compile(r"'(\d{2})(?!\d)")
PART_SHORT_YEAR = re.compile(r"(?<![\da-z])(?:([1-4][qh]|[qh][1-4]) ?[-/]?'|([1-4][qh]))(\d{2})(?!\d)")
PART_YEAR = re.compile(r"(?<![\da-z])(?<!\d )([1-4][qh]|[qh][1-4])[-/](\d{4})(?!\d)")
YEAR_PART = re.compile(r"(^|[,;~] ?| - | to )(\d{4}) ?[-/.]? ?([1-4][qh]|[qh][1-4])(?![\da-z]| \d)")
DAY_YEAR = re.compile(rf"({MONTH})[. -]{{1,2}}(\d{{1,2}})(?:[.,-] ?|, )(\d{{4}})(?!\d)")
ISO_INTERVAL = re.compile(r"(?<!\d)(\d{4}-\d{2}(?:-\d{2})?)/(?=\d{4}-\d{2}(?!\d))")


def plain(text: str) -> str:
    """The cell in small ASCII letters, Hangul and plain punctuation, with single blanks."""
    text = unicodedata.normalize("NFC", text).translate(PLAIN)
    text = re.sub(r"\s+", " ", text).strip()
    text = TIME.sub(r"\1", text)
    text = PART_SHORT_YEAR.sub(lambda match: f"{match[1] or match[2]} 20{match[3]}", text)
    text = SHORT_YEAR.sub(r" 20\1", text)
    text = ISO_INTERVAL.sub(r"\1 ~ ", text)
    text = DAY_YEAR.sub(r"\1 \2 \3", text)
    text = PART_YEAR.sub(r"\1 \2", text)
    text = YEAR_PART.sub(r"\1\2 \3", text).strip()
    if text.startswith("~"):
        text = "until " + text[1:].strip()
    return text[:-1].strip() + " onwards" if text.endswith("~") else text


# Tokens ---------------------------------------------------------------------------------------------------------------
ABBREVIATED = "(?:" + "|".join(name for name in lexicon.MONTHS if len(name) == 3) + "|sept)"
PLAN = r"""
    (?:(?:end|start|beginning|duration)[ ]of|throughout|during|for[ ]the[ ]duration[ ]of)(?:[ ](?:the|this))?
    (?:[ ](?:entire|whole))?(?:[ ](?:period|implementation)[ ]of(?:[ ](?:the|this))?)?
    [ ](?:(?:ogp[ ])?(?:national[ ])?(?:action[ ])?plan|(?:ogp[ ])?nap|implementation[ ]period)(?:[ ](?:period|cycle))?
"""
TOKEN = re.compile(
    rf"""
      (?P<compact_day>20\d{{6}}(?!\d))
    | (?P<dotted_range>\d{{4}}\.\s?\d{{1,2}}(?:\.\s?\d{{1,2}})?\.?\s?~\s?
        \d{{1,2}}(?:\.\s?\d{{1,2}})?(?!\d|\s?\.\s?\d)(?:\.|월)?)
    | (?P<year_first_day>\d{{4}}(?:-\d{{1,2}}-|/\d{{1,2}}/|\s?\.\s?\d{{1,2}}\s?\.\s?)\d{{1,2}}(?!\d)\.?)
    | (?P<year_last_day>\d{{1,2}}(?:-\d{{1,2}}-|\s?/\s?\d{{1,2}}\s?/\s?|\s?\.\s?\d{{1,2}}\s?\.\s?)
        (?:\d{{4}}|\d\d)(?!\d)\.?)
    | (?P<named_day>\d{{1,2}}[-/.]{MONTH}\.?[-/.](?:\d{{4}}|\d\d)(?!\d))
    | (?P<named_month>{MONTH}[-/]\d{{4}}(?!\d)|{ABBREVIATED}-\d\d(?![\d-]))
    | (?P<korean_quarter>[1-4]\s?/\s?4\s?분기)
    | (?P<two_years>\d{{4}}[-/](?:\d{{4}}|\d\d)(?!\d|[-/.]\d))
    | (?P<year_month>\d{{4}}(?:[./]\d{{1,2}}(?!\d|[/.]\d|\s?[분반]기)(?:\.|월)?|\s?\.\s\d{{1,2}}\s?(?:\.(?!\d)|월)))
    | (?P<month_year>\d{{1,2}}\s?[/.-]\s?\d{{4}}(?!\d))
    | (?P<part>[qh]\s?\.?[1-4](?!\d)|[1-4]\s?[qh](?![a-z]))
    | (?P<ordinal>\d{{1,2}}(?:st|nd|rd|th)(?![a-z]))
    | (?P<plan>{PLAN}(?![a-z]))
    | (?P<phrase>{lexicon.PHRASE})
    | (?P<number>\d+)
    | (?P<blank>[\s."']+)
    """,
    re.VERBOSE,
)


def tokens(text: str, reader: Reader) -> list[Token]:
    """The tokens of a plain text. Raises ``Unreadable`` at the first character that belongs to none."""
    found, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise Unreadable
        if match.lastgroup != "blank":
            token = HANDLERS[match.lastgroup](match[0], reader)
            found += [token] if token[0] else []
        position = match.end()
    return found


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def in_full(year: int, reader: Reader) -> int:
    """The year that two digits stand for."""
    reader.note(TWO_DIGIT_YEAR)
    return year + (1900 if year >= FIRST_YEAR % 100 else 2000)


def plausible(year: int) -> int:
    """The year itself. Raises ``Unreadable`` for one in which no plan can have been made."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unreadable(YEAR_IMPLAUSIBLE)
    return year


def compact_day(text: str, reader: Reader) -> Token:
    return "W", a_day(int(text[4:6]), int(text[6:]), plausible(int(text[:4])))


def dotted_range(text: str, reader: Reader) -> Token:
    """2021.3~5, 2021.1.1~12.31: the second date is in the year of the first, and as exact."""
    first, second = text.split("~")
    (year, *start), end = numbers_in(first), numbers_in(second)
    year = plausible(year)
    if len(start) != len(end):
        raise Unreadable
    make = a_month if len(start) == 1 else a_day
    return "W", from_to(make(*start, year), make(*end, year))


def year_first_day(text: str, reader: Reader) -> Token:
    year, month, day = numbers_in(text)
    return "W", a_day(month, day, plausible(year))


def year_last_day(text: str, reader: Reader) -> Token:
    """Three numbers with the year at the end, or with two digits, by the member's convention, at the beginning."""
    first, second, last = numbers_in(text)
    short = len(re.search(r"\d+\.?$", text)[0].rstrip(".")) == 2
    if short and "." in text and reader.conventions.year_first and 10 <= first < 30 and 1 <= second <= 12:
        reader.note(DAY_MONTH_ORDER)
        return "W", flagged(a_day(second, last, in_full(first, reader)), "?")
    year = in_full(last, reader) if short else plausible(last)
    if "." in text or first > 12:
        return "W", a_day(second, first, year)
    if second > 12 or first == second:
        return "W", a_day(first, second, year)
    if reader.shown_order is not None:
        return "W", a_day(first, second, year) if reader.shown_order else a_day(second, first, year)
    if reader.conventions.month_first is None:
        raise Unreadable(ORDER_UNKNOWN)
    reader.note(DAY_MONTH_ORDER)
    day = a_day(first, second, year) if reader.conventions.month_first else a_day(second, first, year)
    return "W", flagged(day, "?")


def named_day(text: str, reader: Reader) -> Token:
    """31-Dec-2021, 31-Dec-21."""
    day, year = numbers_in(text)
    name = re.search(r"[a-z]+", text)[0]
    year = plausible(year) if text[-4:].isdigit() else in_full(year, reader)
    return "W", a_day(lexicon.MONTHS[name], day, year)


def named_month(text: str, reader: Reader) -> Token:
    """Dec-2021; Dec-21, as a spreadsheet shows a month."""
    (year,) = numbers_in(text)
    year = plausible(year) if text[-4:].isdigit() else in_full(year, reader)
    return "W", a_month(lexicon.MONTHS[re.match("[a-z]+", text)[0]], year)


def korean_quarter(text: str, reader: Reader) -> Token:
    return "w", a_part("quarter", int(text[0]))


def two_years(text: str, reader: Reader) -> Token:
    """2019-2021 and 2019-21 are those years; 2021-12 is a month; of 2026-27 and 2026/2027 the grammar decides."""
    first, second = numbers_in(text)
    year = plausible(first)
    if second < 100:
        if 1 <= second <= 12 and (text[4] == "-" or second != (year + 1) % 100):
            return "W", a_month(second, year)
        second += year - year % 100
    if second == year + 1 and (text[4] == "/" or len(text) == 7):
        return "L", (year, text[4])
    if text[4] == "/" or not year < second <= LAST_YEAR:
        raise Unreadable
    return "W", from_to(a_year(year), a_year(second))


def year_month(text: str, reader: Reader) -> Token:
    year, month = numbers_in(text)
    return "W", a_month(month, plausible(year))


def month_year(text: str, reader: Reader) -> Token:
    month, year = numbers_in(text)
    return "W", a_month(month, plausible(year))


def part(text: str, reader: Reader) -> Token:
    return "w", a_part("quarter" if "q" in text else "half", numbers_in(text)[0])


def ordinal(text: str, reader: Reader) -> Token:
    return "O", numbers_in(text)[0]


def plan(text: str, reader: Reader) -> Token:
    edges = {"end": "last", "start": "first", "beginning": "first"}
    return "P", edges.get(text.split()[0], "both")


def phrase(text: str, reader: Reader) -> Token:
    letter, value = lexicon.look_up(text)
    return ("w", season(value, reader)) if letter == "S" else (letter, value)


def season(number: int, reader: Reader) -> When:
    if not reader.conventions.hemisphere:
        raise Unreadable(SEASON_UNKNOWN)
    found = a_season(number, reader.conventions.hemisphere)
    if found.last[0] > 12:
        reader.note(OVER_NEW_YEAR)
    return found


def number(text: str, reader: Reader) -> Token:
    if len(text) == 4:
        return "Y", plausible(int(text))
    if len(text) > 2:
        raise Unreadable
    return "N", int(text)


HANDLERS = {
    handler.__name__: handler
    for handler in (
        *(compact_day, dotted_range, year_first_day, year_last_day, named_day, named_month, korean_quarter),
        *(two_years, year_month, month_year, part, ordinal, plan, phrase, number),
    )
}
