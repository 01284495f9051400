"""The report's drawings as plain numbers for a template: where each mark stands, in millimetres."""

from collections import Counter
from itertools import count

import segno
from django.utils.translation import gettext as _

from .models import Coding, SelfAssessmentEntry

WIDTH = 166  # of the page's text and tables
NUMBERS = 20  # column of the commitments' numbers
GAP = 6  # between the two voices
ROW = 6
HEAD = 17  # names of the voices and of the levels
MOST_ROWS = 32  # in one drawing: what fits a page
LETTER = 1.25  # mean width of a letter of the column heads; Hangul takes twice as much

GOVERNMENT = tuple(code for code, _label in SelfAssessmentEntry.Completion.choices)
IRM = tuple(code for code, _label in Coding.Completion.choices)
IRM_ALWAYS = ("not_started", "limited", "substantial", "complete")
NOT_STATED = ""


def completion_charts(rows: list[dict]) -> list[dict]:
    """One row a commitment, a column a level, the government's levels apart from the IRM's: their scales differ. Levels
    that nobody uses are left out beyond the four of each scale. Empty when nothing is stated at all."""
    voices = [government_marks(row) for row in rows], [irm_marks(row) for row in rows]
    if not any(code for marks in (*voices[0], *voices[1]) for code in marks):
        return []
    panels = make_panels(*voices)
    numbers = count(1)
    starts = range(0, len(rows), MOST_ROWS)
    return [chart(next(numbers), rows[start : start + MOST_ROWS], panels, start) for start in starts]


def government_marks(row: dict) -> list[str]:
    return [row["entry"]["completion_level"]] if row["entry"] else []


def irm_marks(row: dict) -> list[str]:
    return [finding["completion"] or NOT_STATED for finding in row["findings"]]


def make_panels(government: list, irm: list) -> list[dict]:
    """The two voices with their columns, and where each column stands."""
    labels = dict(SelfAssessmentEntry.Completion.choices), dict(Coding.Completion.choices)
    panels = [
        {
            "name": _("Government’s self-assessment"),
            "marks": government,
            "codes": used(GOVERNMENT, GOVERNMENT, government),
        },
        {"name": _("IRM finds"), "marks": irm, "codes": used(IRM, IRM_ALWAYS, irm)},
    ]
    width = (WIDTH - NUMBERS - GAP) / sum(len(panel["codes"]) for panel in panels)
    left = NUMBERS
    for panel, names in zip(panels, labels, strict=True):
        panel["left"], panel["width"] = left, width * len(panel["codes"])
        panel["columns"] = [
            column(code, str(names.get(code) or _("Not stated")), left + width * place, width)
            for place, code in enumerate(panel["codes"])
        ]
        panel["tally"] = tally(panel)
        left += panel["width"] + GAP
    return panels


def used(codes, always, marks) -> list[str]:
    """The levels in their order, and at the end "not stated" where something is not."""
    present = {code for row in marks for code in row}
    return [code for code in codes if code in present or code in always] + [NOT_STATED] * (NOT_STATED in present)


def column(code: str, label: str, left: float, width: float) -> dict:
    lines = wrapped(label, width)
    first = HEAD - 1.5 - 3 * (len(lines) - 1)
    return {
        "code": code,
        "label": label,
        "lines": [
            {"text": text, "x": number(left), "y": number(first + 3 * place)} for place, text in enumerate(lines)
        ],
        "x": number(left),
    }


def wrapped(label: str, width: float) -> list[str]:
    """The label in lines that the column can hold, divided between words."""
    lines = []
    for word in label.split():
        if lines and breadth(f"{lines[-1]} {word}") <= width - 1:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def breadth(text: str) -> float:
    return sum(LETTER * (2 if ord(letter) > 0x1100 else 1) for letter in text)


def tally(panel: dict) -> str:
    """The panel in words: "IRM finds: Limited 3, Complete 2"."""
    counts = Counter(code for row in panel["marks"] for code in row)
    parts = [f"{column['label']} {counts[column['code']]}" for column in panel["columns"] if counts[column["code"]]]
    return f"{panel['name']}: {', '.join(parts) or _('nothing')}"


def chart(place: int, rows: list[dict], panels: list[dict], start: int) -> dict:
    return {
        "number": place,
        "width": WIDTH,
        "height": HEAD + ROW * len(rows) + 2,
        "panels": [
            {"name": panel["name"], "left": number(panel["left"]), "columns": panel["columns"]} for panel in panels
        ],
        "words": ". ".join(panel["tally"] for panel in panels),
        "rows": [chart_row(row, panels, start + index, index) for index, row in enumerate(rows)],
    }


def chart_row(row: dict, panels: list[dict], index: int, line: int) -> dict:
    top = HEAD + ROW * line
    marks = [
        {"code": column["code"], "x": column["x"], "y": number(top + 0.5)}
        for panel in panels
        for column in panel["columns"]
        if column["code"] in panel["marks"][index]
    ]
    return {"number": row["commitment"]["number"], "y": number(top), "text_y": number(top + 4.1), "marks": marks}


def number(value: float) -> str:
    """The number as SVG reads it, whatever the reader's language."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def qr_code(text: str) -> dict:
    """The text as a QR code: the side in modules with its quiet zone, and one path of all dark runs."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=4))
    return {"side": len(rows), "path": "".join(run for y, row in enumerate(rows) for run in dark_runs(bytes(row), y))}


def dark_runs(row: bytes, y: int):
    """``M x y h length v1 h-length z`` for each run of dark modules."""
    x = 0
    while (x := row.find(1, x)) >= 0:
        end = row.find(0, x)
        end = len(row) if end < 0 else end
        yield f"M{x} {y}h{end - x}v1h{x - end}z"
        x = end
