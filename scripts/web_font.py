"""Makes the pages' font from Pretendard Variable: Latin letters, digits and signs in one small file.

    scripts/web_font.py PretendardVariable.ttf

The file is that of the npm package ``pretendard`` 1.3.9 (``dist/public/variable/``). The SIL Open Font License lets a
font be changed as long as it takes another name, so the family is called "Tracker Sans". Korean text keeps the reader's
system font: an office's own computer has a good one, and a page of Korean would weigh several hundred kilobytes more.
"""

import sys
from pathlib import Path

from fontTools import subset, ttLib
from fontTools.varLib import instancer

NAME = "Tracker Sans"
MADE = Path(__file__).parent.parent / "static/site/fonts/tracker-sans.woff2"
LATIN = {*range(0x20, 0x7F), *range(0xA0, 0x180), 0x218, 0x219, 0x21A, 0x21B, 0x1E9E}
SIGNS = {*range(0x2010, 0x2027), *map(ord, "‰′″‹›€™←↑→↓−≠≤≥✓●○")}
WEIGHTS = (400, 700)
KEPT_NAMES = [0, 1, 2, 3, 4, 6, 13, 14, 16]  # copyright and licence among them


def renamed(font: ttLib.TTFont):
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = NAME
        elif record.nameID in (3, 6):
            record.string = NAME.replace(" ", "")


def main(source: str):
    font = ttLib.TTFont(source)
    options = subset.Options(layout_features=["kern", "mark", "ccmp", "locl", "tnum"], hinting=False)
    options.name_IDs, options.notdef_outline = KEPT_NAMES, True
    cut = subset.Subsetter(options)
    cut.populate(unicodes=LATIN | SIGNS)
    cut.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
    renamed(font)
    font.flavor = "woff2"
    font.save(MADE)


if __name__ == "__main__":
    main(sys.argv[1])
