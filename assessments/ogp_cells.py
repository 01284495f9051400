"""What the cells of one row of OGP's commitment data say, in the record's terms, and what is wrong with them.

Nothing here touches the database. Repaired is only what is certain; everything else is kept as given and reported.
``ND`` (not coded in that era), ``NR`` (not yet reviewed) and ``NA`` (not applicable) stay apart, and none means "No".
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.utils.text import slugify

from commitments.models import OGP_ID, Member
from milestones.conventions import OGP
from milestones.schedule import read_schedule

from .ogp_columns import COLUMNS, POLICY_AREAS

PLACE = {name: place for place, name in enumerate(COLUMNS)}
AREAS = slice(PLACE[POLICY_AREAS[0]], PLACE[POLICY_AREAS[-1]] + 1)
ABSENT = {"ND", "NR", "NA"}
FLAGS = ABSENT | {"0", "1"}
SHOWN = 200  # characters of a value that a fault repeats
LONGEST_TITLE, LONGEST_WORDING, LONGEST_NUMBER, LONGEST_LEAD = 2000, 300, 20, 150

REGIONS = {
    "Africa and the Middle East": Member.Region.AFRICA_MIDDLE_EAST,
    "Americas": Member.Region.AMERICAS,
    "Asia and the Pacific": Member.Region.ASIA_PACIFIC,
    "Europe": Member.Region.EUROPE,
}
KINDS = {
    "National": Member.Kind.NATIONAL,
    "Local": Member.Kind.LOCAL,
    "Legacy Local": Member.Kind.LOCAL,
    "Other": Member.Kind.OTHER,
}

COMPLETION = {
    "withdrawn": ("withdrawn", "0"),
    "unclear": ("no_evidence", "1"),
    "no evidence available": ("no_evidence", "1"),
    "not started": ("not_started", "2"),
    "limited": ("limited", "3"),
    "substantial": ("substantial", "4"),
    "complete": ("complete", "5"),
}
SPECIFICITY = {"none": ("none", "0"), "low": ("low", "1"), "medium": ("medium", "2"), "high": ("high", "3")}
IMPACT = {
    "none": ("none", "0"),
    "minor": ("minor", "1"),
    "moderate": ("moderate", "2"),
    "transformative": ("transformative", "3"),
}
RESULTS = {"unclear": ("unclear", "0"), "modest": ("modest", "1"), "substantial": ("substantial", "2")}
EARLY = {
    "no notable results": ("no_notable_results", "0"),
    "moderate": ("moderate", "1"),
    "significant": ("significant", "2"),
}
OPENED = {
    "worsened": ("worsened", "0"),
    "did not change": ("did_not_change", "1"),
    "marginal": ("marginal", "2"),
    "major": ("major", "3"),
    "outstanding": ("outstanding", "4"),
}
# For the three values, OGP's file counts from one, and has 0 for "Not Applicable".
OPENED_VALUE = {label: (value, str(int(code) + 1)) for label, (value, code) in OPENED.items()}
ANSWERS = {"yes": (True, ""), "no": (False, "")}
ZERO_ONE = {"1": (True, ""), "0": (False, "")}


class Indicator(NamedTuple):
    """A column of ``Coding``, the file's column of words and that of codes (or none), and what the words mean."""

    name: str
    column: str
    codes: str
    values: dict[str, tuple]


OGP_VALUES = (
    Indicator("access_to_information", "OGP Value Access To Information", "", ZERO_ONE),
    Indicator("civic_participation", "OGP Value Civic Participation", "", ZERO_ONE),
    Indicator("public_accountability", "OGP Value Public Accountability", "", ZERO_ONE),
    Indicator("technology_and_innovation", "OGP Value Technology", "", ZERO_ONE),
)
LENS = Indicator("open_government_lens", "_Relevant", "", ZERO_ONE)
OF_DESIGN = (
    Indicator("specificity", "Specificity", "_Specificity", SPECIFICITY),
    Indicator("verifiability", "Verifiable", "", ANSWERS),
    *OGP_VALUES,
    Indicator("potential_impact", "Potential Impact", "_Potential Impact", IMPACT),
    Indicator("potential_for_results", "Potential for Results", "_Potential for Results", RESULTS),
)
COMPLETION_IN_PROGRESS = Indicator("completion", "Completion (Progress Report)", "_CompletionProgress", COMPLETION)
OF_RESULTS = (
    Indicator("completion", "Completion (End Of Term)", "_CompletionEndTerm", COMPLETION),
    Indicator("early_results", "Early Results", "_Early Results", EARLY),
    Indicator("did_it_open_government", "Did It Open Government (Overall)", "_OpenGovernment", OPENED),
    Indicator(
        "did_it_open_government_access_to_information",
        "Did It Open Government (Access To Information)",
        "_DIOGATI",
        OPENED_VALUE,
    ),
    Indicator(
        "did_it_open_government_civic_participation",
        "Did It Open Government (Civic Participation)",
        "_DIOGCP",
        OPENED_VALUE,
    ),
    Indicator(
        "did_it_open_government_public_accountability",
        "Did It Open Government: Public Accountability",
        "_DIOGPA",
        OPENED_VALUE,
    ),
)
YEARS = {
    "design": PLACE["Report Publication Year (Progress Report)"],
    "results": PLACE["Report Publication Year (End Of Term)"],
}
# Texts that a spreadsheet could take for a formula.
TEXTS = [PLACE[name] for name in ("Commitment Title", "Short Title", "Full Text", "Lead Institution", "Theme")]
ADDRESS = re.compile(r"/members/([^/?#]+)/commitments/([^/?#]+)/?$")
DAMAGED_NUMBER = re.compile(r"\d{1,4}\.\d{12,}")
FIRST_DAY = date(1899, 12, 30)  # from which spreadsheets count days
YEAR = re.compile(r"(?:19|20)\d\d")
SEVERAL = re.compile(r"[,;/\n\r•|]| and ")


class Fault(NamedTuple):
    """Something that is not as it should be, and what was done about it."""

    column: str
    value: str
    done: str


def fault(column: str, value: str, done: str) -> Fault:
    return Fault(column, value[:SHOWN].replace("\x00", "␀"), done)


@dataclass(frozen=True)
class Identity:
    """Which member, plan and commitment a row is about. ``prefix`` is what the identifier begins with."""

    identifier: str
    prefix: str
    code: str
    country: str
    region: str
    kind: str
    slug: str
    plan_id: str
    plan_number: int
    year: int | None
    end_year: int | None


@dataclass
class Parsed:
    """A row in the record's terms. Codings are None where the report coded nothing."""

    identity: Identity | None
    fields: dict = field(default_factory=dict)
    lead: str = ""
    areas: list[int] = field(default_factory=list)
    design: tuple[dict, dict] | None = None
    results: tuple[dict, dict] | None = None
    faults: list[Fault] = field(default_factory=list)


def cell(cells: list[str], column: str) -> str:
    return cells[PLACE[column]]


def text_of(cells: list[str], column: str) -> str:
    """A text, without what no database holds; empty where the file says that there is none."""
    text = cell(cells, column).replace("\x00", "").strip()
    return "" if text in ABSENT else text


def year_of(cells: list[str], column: str, faults: list[Fault]) -> int | None:
    text = cell(cells, column).strip()
    if YEAR.fullmatch(text):
        return int(text)
    if text not in ABSENT:
        faults.append(fault(column, text, "Not a year: kept as given, not read."))
    return None


def slug_of(cells: list[str], identifier: str, faults: list[Fault]) -> str:
    """The member's name in addresses: as OGP's own address of the commitment has it, where that can be one here."""
    address = cell(cells, "URL")
    found = ADDRESS.search(address)
    if not found or found[2].upper() != identifier:
        faults.append(fault("URL", address, "Not the address of this commitment: not used."))
        return slugify(cell(cells, "Country/Locality"))[:50]
    slug = slugify(found[1])[:50]
    if slug != found[1]:
        faults.append(fault("URL", address, f"The member's part is no address name here: {slug} is used."))
    return slug


def choice(cells: list[str], column: str, choices: dict, faults: list[Fault], otherwise: str) -> str:
    text = cell(cells, column)
    if text not in choices:
        faults.append(fault(column, text, "Not a known value: kept as given, not read."))
    return choices.get(text, otherwise)


def identity_of(cells: list[str], faults: list[Fault]) -> Identity | None:
    """None where the row cannot be told to be about one commitment of one plan."""
    identifier, code = cells[0], cell(cells, "Code").strip()
    number = cell(cells, "Action Plan Number").strip()
    if not re.fullmatch(OGP_ID, identifier):
        faults.append(fault(COLUMNS[0], identifier, "Not an identifier of OGP: the row is kept as given, not read."))
        return None
    if not re.fullmatch(r"[1-9]\d?", number) or not re.fullmatch(r"[A-Z]{2,8}", code):
        column = "Code" if number.isdecimal() else "Action Plan Number"
        faults.append(fault(column, cell(cells, column), "The plan cannot be told: the row is kept, not read."))
        return None
    plan_id = cell(cells, "Action Plan ID").strip()
    if plan_id != f"AP_{code}{int(number):02d}":
        faults.append(fault("Action Plan ID", plan_id, "Contradicts code and number of the plan, which are kept."))
    year, end = (year_of(cells, name, faults) for name in ("Year Of Submission", "Action Plan End Year"))
    return Identity(
        identifier=identifier,
        prefix=identifier[:-4],
        code=code,
        country=text_of(cells, "Country/Locality")[:200],
        region=choice(cells, "Region", REGIONS, faults, ""),
        kind=choice(cells, "National Or Local", KINDS, faults, Member.Kind.OTHER),
        slug=slug_of(cells, identifier, faults),
        plan_id=f"AP_{code}{int(number):02d}",
        plan_number=int(number),
        year=year,
        end_year=end,
    )


# The commitment -------------------------------------------------------------------------------------------------------
def number_of(cells: list[str], faults: list[Fault]) -> str:
    """The number as text, with a spreadsheet's damage repaired; the identifier where none can stand in an address."""
    given = number = text_of(cells, "Commitment Number")
    if DAMAGED_NUMBER.fullmatch(number):
        number = repr(float(number))
        faults.append(fault("Commitment Number", given, f"Damaged by a spreadsheet: repaired to {number}."))
    if not number or "/" in number or not number.strip(".") or len(number) > LONGEST_NUMBER or "\n" in number:
        faults.append(fault("Commitment Number", given, f"Cannot stand in an address: {cells[0]} is used."))
        return cells[0]
    return number


def cut(text: str, longest: int, column: str, faults: list[Fault]) -> str:
    if len(text) <= longest:
        return text
    faults.append(fault(column, text, f"Longer than {longest} characters: cut in the record, whole in the row kept."))
    return f"{text[: longest - 1]}…"


def title_of(cells: list[str], faults: list[Fault]) -> str:
    title = text_of(cells, "Commitment Title") or text_of(cells, "Short Title")
    if not title:
        faults.append(fault("Commitment Title", cell(cells, "Commitment Title"), f"No title: {cells[0]} is used."))
    return cut(" ".join(title.split()) or cells[0], LONGEST_TITLE, "Commitment Title", faults)


def damaged_year(wording: str) -> str:
    """ "7/16/1905" is day 2024 as a spreadsheet counts: somebody wrote 2024 into a cell made for dates."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/1905", wording)
    try:
        day = found and (date(1905, int(found[1]), int(found[2])) - FIRST_DAY).days
    except ValueError:
        day = None
    return f"Perhaps the year {day}, which a spreadsheet took for a number of days: kept as given." if day else ""


@lru_cache(maxsize=4096)
def date_fault(wording: str) -> str:
    """What is odd about a date, or nothing. Read as OGP writes dates, month first; the words stay as they are."""
    if damaged := damaged_year(wording):
        return damaged
    reading = read_schedule("", wording, conventions=OGP)
    if not reading.readable and not reading.open_ended:
        return "Cannot be read as a date: kept as given."
    due = max((due.due_on for due in reading.deadlines), default=None)
    if due and due.year < 2000:
        return f"Read as {due:%Y-%m-%d}, before OGP began: kept as given."
    if wording.isdecimal() and due and len(wording) > 4:
        return f"A spreadsheet's serial number: read as {due:%Y-%m-%d}, kept as given."
    return ""


def wording_of(cells: list[str], column: str, faults: list[Fault]) -> str:
    wording = cut(" ".join(text_of(cells, column).split()), LONGEST_WORDING, column, faults)
    if wording and (odd := date_fault(wording)):
        faults.append(fault(column, wording, odd))
    return wording


def others_of(cells: list[str], lead: str) -> str:
    """Other actors; before them the leads, where the file's words cannot be told to be one name."""
    leads, supporting = text_of(cells, "Lead Institution"), text_of(cells, "Supporting Institution(s)")
    first = f"Lead institution(s), as stated: {leads}" if leads and not lead else ""
    return "\n\n".join(filter(None, [first, supporting]))


def lead_of(cells: list[str]) -> str:
    """The lead institution's name, where the cell is one short name."""
    lead = text_of(cells, "Lead Institution")
    return "" if len(lead) > LONGEST_LEAD or SEVERAL.search(lead) else lead


def institution_key(name: str) -> str:
    """A key for addresses; names in other scripts, and long ones, get a digest of the name."""
    key = slugify(name)
    if key and len(key) <= 120 and key.isascii() and name.isascii():
        return key
    return f"{key[:100]}-{hashlib.sha256(name.encode()).hexdigest()[:10]}".lstrip("-")


def areas_of(cells: list[str], faults: list[Fault]) -> list[int]:
    """The places of the policy areas that are flagged."""
    flags = cells[AREAS]
    if not FLAGS.issuperset(flags):
        for name, flag in zip(POLICY_AREAS, flags, strict=True):
            if flag not in FLAGS:
                faults.append(fault(name, flag, "Neither 0 nor 1: kept as given, not read."))
    return [place for place, flag in enumerate(flags) if flag == "1"]


# What the IRM found ---------------------------------------------------------------------------------------------------
def read_indicator(cells: list[str], indicator: Indicator, faults: list[Fault]) -> tuple:
    """``(value, "")``, or ``(None, why it is empty)``. Where code and words contradict each other the words hold."""
    words = cell(cells, indicator.column).strip()
    code = cell(cells, indicator.codes).strip() if indicator.codes else ""
    if words in ABSENT or words == "Not Applicable":
        why = "NA" if words == "Not Applicable" else words
        # 0 stands for "Not Applicable" in the three columns of "did it open government?" by value.
        if indicator.codes and code != why and not (words == "Not Applicable" and code == "0"):
            faults.append(fault(indicator.codes, code, f"Contradicts “{words}”, which is kept."))
        return None, why
    if (found := indicator.values.get(words.casefold())) is None:
        done = "No value of the codebook: kept as given, not coded."
        faults.append(fault(indicator.column, words, done))
        return None, words[:100]
    if indicator.codes and code != found[1]:
        faults.append(fault(indicator.codes, code, f"Contradicts “{words}” ({found[1]}), which is kept."))
    return found[0], ""


def read_indicators(cells: list[str], indicators, faults: list[Fault]) -> tuple[dict, dict]:
    values, absent = {}, {}
    for indicator in indicators:
        value, why = read_indicator(cells, indicator, faults)
        if value is None:
            absent[indicator.name] = why
        else:
            values[indicator.name] = value
    return values, absent


def check_change(cells: list[str], faults: list[Fault]):
    """The change of completion is OGP's own sum: kept as given, and reported where words and number disagree."""
    words, number = cell(cells, "Change In Completion"), cell(cells, "_ChangeCompletion")
    if words in ABSENT and words == number:
        return
    sign = {"No Change": {"0"}, "Increase": set("12345"), "Decrease": {"-1", "-2", "-3", "-4", "-5"}}.get(words, set())
    if number not in sign:
        faults.append(fault("_ChangeCompletion", number, f"Contradicts “{words[:50]}”: both are kept as given."))


def codings_of(cells: list[str], faults: list[Fault]):
    """What the two reports found, each as (values, why others are empty), or None where a report coded nothing.

    Under the methods of 2020 on "_Relevant" is the open government lens: the four values are not coded any more.
    """
    values, absent = read_indicators(cells, OF_DESIGN, faults)
    if not any(indicator.name in values for indicator in OGP_VALUES):
        more, missing = read_indicators(cells, (LENS,), faults)
        values, absent = values | more, absent | missing
    check_change(cells, faults)
    progress = read_indicators(cells, (COMPLETION_IN_PROGRESS,), faults)
    results = read_indicators(cells, OF_RESULTS, faults)
    design = (values | progress[0], absent | progress[1])
    carried = (values | results[0], absent | results[1]) if results[0] else None
    return (design if design[0] else None), carried


def odd_texts(cells: list[str], faults: list[Fault]):
    """Reports what no text should be: a formula, a damaged number where a name stands, a NUL character."""
    for place in TEXTS:
        if cells[place][:1] in ("=", "@"):
            faults.append(fault(COLUMNS[place], cells[place], "Looks like a formula: kept as text."))
    cluster = cell(cells, "Cluster")
    if DAMAGED_NUMBER.fullmatch(cluster):
        done = f"Damaged by a spreadsheet: reads {float(cluster)!r}, kept as given."
        faults.append(fault("Cluster", cluster, done))
    if any("\x00" in text for text in cells):
        for name, text in zip(COLUMNS, cells, strict=True):
            if "\x00" in text:
                faults.append(fault(name, text, "Holds a NUL character: left out in the record, kept in the row."))


def parse(cells: list[str]) -> Parsed:
    """The row in the record's terms."""
    faults: list[Fault] = []
    if (identity := identity_of(cells, faults)) is None:
        return Parsed(None, faults=faults)
    odd_texts(cells, faults)
    lead = lead_of(cells)
    fields = {
        "number": number_of(cells, faults),
        "title": title_of(cells, faults),
        "description": text_of(cells, "Full Text"),
        "starts_wording": wording_of(cells, "Start Date", faults),
        "ends_wording": wording_of(cells, "End Date", faults),
        "others_as_stated": others_of(cells, lead),
    }
    design, results = codings_of(cells, faults)
    return Parsed(identity, fields, lead, areas_of(cells, faults), design, results, faults)
