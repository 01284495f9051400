"""Made-up rows in the form of OGP's commitment data, and files of any number of them."""

import csv
import io
from pathlib import Path

from assessments.ogp_columns import COLUMNS, DESIGN, END_OF_TERM, POLICY_AREAS

NOT_REVIEWED = dict.fromkeys((*DESIGN, *END_OF_TERM), "NR")
NOT_CODED = dict.fromkeys((*DESIGN, *END_OF_TERM), "ND")

# What the IRM's reports coded, by the method.
Y2014 = NOT_CODED | {
    "Report Publication Year (Progress Report)": "2016",
    "Specificity": "High",
    "_Specificity": "3",
    "Verifiable": "Yes",
    "OGP Value Access To Information": "1",
    "OGP Value Civic Participation": "0",
    "OGP Value Public Accountability": "0",
    "OGP Value Technology": "1",
    "_Relevant": "1",
    "Potential Impact": "Transformative",
    "_Potential Impact": "3",
    "Completion (Progress Report)": "Limited",
    "_CompletionProgress": "3",
    "Starred (2015 Only)": "0",
    "Starred (Current Formula) Progress Report": "0",
    "Report Publication Year (End Of Term)": "2018",
    "Completion (End Of Term)": "Complete",
    "_CompletionEndTerm": "5",
    "Did It Open Government (Overall)": "Major",
    "_OpenGovernment": "3",
    "Did It Open Government (Access To Information)": "Marginal",
    "_DIOGATI": "3",
    "Did It Open Government (Civic Participation)": "Not Applicable",
    "_DIOGCP": "0",
    "Starred (Current Formula) End of Term": "1",
}
Y2018 = NOT_CODED | {
    "Report Publication Year (Progress Report)": "2019",
    "Verifiable": "Yes",
    "OGP Value Access To Information": "1",
    "OGP Value Civic Participation": "0",
    "OGP Value Public Accountability": "0",
    "OGP Value Technology": "0",
    "_Relevant": "1",
    "Potential Impact": "Moderate",
    "_Potential Impact": "2",
    "Completion (Progress Report)": "NA",
    "_CompletionProgress": "NA",
}
Y2021 = NOT_REVIEWED | {
    "Report Publication Year (Progress Report)": "2022",
    "Specificity": "ND",
    "_Specificity": "ND",
    "Verifiable": "Yes",
    **dict.fromkeys([name for name in DESIGN if name.startswith("OGP Value")], "ND"),
    "_Relevant": "1",
    "Potential Impact": "ND",
    "_Potential Impact": "ND",
    "Completion (Progress Report)": "NA",
    "_CompletionProgress": "NA",
    "Potential for Results": "Modest",
    "_Potential for Results": "1",
}


def row(identifier="QA0001", **cells) -> list[str]:
    """A row of a member that does not exist, not reviewed, with these cells: ``Short_Title`` or ``**{"…": …}``."""
    texts = {
        "Commitment Unique Identifier": identifier,
        "Country/Locality": "Qaland",
        "Action Plan Number": "1",
        "Commitment Number": str(int(identifier[-4:])),
        "Code": "QAL",
        "Region": "Europe",
        "National Or Local": "National",
        "Commitment Dummy": "1",
        "Year Of Submission": "2016",
        "Action Plan End Year": "2018",
        "Action Plan Duration (Years)": "2",
        "Theme": "NA",
        "Commitment Title": f"Promise {identifier}",
        "Short Title": f"Promise {identifier}",
        "Full Text": f"What {identifier} promises.\nIn two lines, with “quotes” and commas.",
        "Start Date": "1/1/2017",
        "End Date": "12/31/2017",
        "Lead Institution": "Ministry of Promises",
        "Supporting Institution(s)": "NA",
    }
    values = dict.fromkeys(COLUMNS, "0") | dict.fromkeys(POLICY_AREAS, "0") | NOT_REVIEWED | texts
    values |= {name.replace("_", " ") if name not in values else name: text for name, text in cells.items()}
    plan = (
        f"AP_{values['Code']}{int(values['Action Plan Number']):02d}"
        if values["Action Plan Number"].isdecimal()
        else "NA"
    )
    slug = "".join(letter if letter.isalnum() else "-" for letter in values["Country/Locality"].lower())
    made = {
        "Action Plan ID": plan,
        "URL": f"https://opengovpartnership.org/members/{slug}/commitments/{identifier.lower()}",
    }
    values |= {name: text for name, text in made.items() if name not in cells}
    assert set(values) == set(COLUMNS), set(values) - set(COLUMNS)
    return [values[name] for name in COLUMNS]


def korean(identifier: str, **cells) -> list[str]:
    """A row of the Republic of Korea's fifth plan."""
    facts = {"Country/Locality": "South Korea", "Code": "KOR", "Region": "Asia and the Pacific"}
    years = {"Action Plan Number": "5", "Year Of Submission": "2021", "Action Plan End Year": "2023"}
    return row(identifier, **facts, **years, **cells)


def put(file, rows, header=COLUMNS, **options):
    writer = csv.writer(file, **options)
    writer.writerow(header)
    writer.writerows(rows)


def as_csv(rows, header=COLUMNS, **options) -> bytes:
    text = io.StringIO(newline="")
    put(text, rows, header, **options)
    return text.getvalue().encode()


def write(path: Path, *rows) -> Path:
    return write_all(path, rows)


def write_all(path: Path, rows) -> Path:
    """The file with these rows, which may be a generator of any length."""
    with path.open("w", encoding="utf-8", newline="") as file:
        put(file, rows)
    return path


def many(number: int):
    """Rows of plans of a hundred commitments each, coded by all methods, with a text of 4,000 characters each."""
    coded = (Y2014, Y2018, Y2021, NOT_REVIEWED)
    for n in range(number):
        member, plan = divmod(n // 100, 9)
        letters = chr(65 + member // 26) + chr(65 + member % 26)
        areas = {POLICY_AREAS[(n * 7) % 86]: "1", POLICY_AREAS[(n * 11 + 1) % 86]: "1"}
        yield row(
            f"Q{letters}{n % 10000:04d}"[:7],
            **{
                "Country/Locality": f"Land {letters}",
                "Code": f"Q{letters}",
                "Action Plan Number": str(plan + 1),
                "Commitment Number": str(n % 100 + 1),
                "Full Text": f"Row {n}: " + "what is promised, " * 220,
                "Lead Institution": f"Ministry {n % 10}",
            },
            **areas,
            **coded[n // 100 % 4],
        )
