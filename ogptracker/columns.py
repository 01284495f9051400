"""The drawing of a member's plans over time: one small column a milestone, and one a commitment form.

How full a column is says how far the thing is, in the shapes of the marks: full, three quarters, a quarter, hollow,
dashed where nothing is known. The table above the drawing says the same in numbers.
"""

from dataclasses import dataclass

WIDTH = 720
LABELS = 132
TALL = 16
LINE = 26
GAP = 14
TOP = 6
WIDEST_CELL = 13

FILLED = {
    "completed": 1.0,
    "complete": 1.0,
    "substantial": 0.75,
    "round_completed": 0.5,
    "limited": 0.25,
    "not_started": 0.0,
    "round_withdrawn": 0.0,
    "withdrawn": 0.0,
    "not_reported": 0.0,
    "no_evidence": 0.0,
    "none": 0.0,
}
DASHED = {"not_reported", "no_evidence"}
STRUCK = {"withdrawn", "round_withdrawn"}


@dataclass(frozen=True)
class Cell:
    """``fill`` is the height of its filled part, from the bottom; ``kind`` is "whole", "dashed", "struck" or "none"."""

    x: float
    fill: float
    kind: str
    done: bool


@dataclass
class Line:
    """What one voice says of a plan. Without cells, the words of ``empty`` stand there."""

    y: int
    voice: str
    cells: list[Cell]
    empty: str

    @property
    def foot(self) -> int:
        return self.y + TALL


@dataclass
class Block:
    """A plan: its label, and a line for each voice."""

    plan: object
    y: int
    lines: list[Line]


@dataclass
class Columns:
    blocks: list[Block]
    cell: float

    width = WIDTH
    labels = LABELS
    tall = TALL

    @property
    def height(self) -> int:
        return TOP + len(self.blocks) * (2 * LINE + GAP)


def kind_of(mark: str) -> str:
    if mark == "none":
        return "none"
    return "dashed" if mark in DASHED else "struck" if mark in STRUCK else "whole"


def cells_of(marks: list[str], step: float) -> list[Cell]:
    return [
        Cell(round(LABELS + number * step, 2), FILLED[mark] * TALL, kind_of(mark), FILLED[mark] == 1)
        for number, mark in enumerate(marks)
    ]


def reported(line) -> list[str]:
    """One mark a milestone, as the ministry reports."""
    return [mark for mark, _label, number in line.tally.counts for _each in range(number)]


def found(line) -> list[str]:
    """One mark a commitment form, as the IRM finds; "none" where it has rated none."""
    rated = [name for name, _label, number in line.figures.completions for _each in range(number)]
    if not rated:
        return []
    return rated + ["none"] * max(line.plan.forms - len(rated), 0)


def columns_of(lines) -> Columns | None:
    """The drawing of these plans, in the order given; None when there is nothing to draw."""
    marks = [(reported(line), found(line)) for line in lines]
    widest = max((len(row) for pair in marks for row in pair), default=0)
    if not widest:
        return None
    step = min((WIDTH - LABELS) / widest, WIDEST_CELL)
    blocks = []
    for number, (line, (of_ministry, of_irm)) in enumerate(zip(lines, marks, strict=True)):
        y = TOP + number * (2 * LINE + GAP)
        drawn = [
            Line(y, "ministry", cells_of(of_ministry, step), "milestones"),
            Line(y + LINE, "irm", cells_of(of_irm, step), "findings"),
        ]
        blocks.append(Block(line.plan, y, drawn))
    return Columns(blocks, round(max(step - 2, step * 0.7), 2))
