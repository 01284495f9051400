"""Draws the picture that other sites show beside a link to the tracker: one a language, 1200 by 630 pixels.

Run it after a change of the words or the look: ``.venv/bin/python scripts/make_previews.py``. It needs Chromium and
the packages of the tests, and writes ``static/site/preview-<language>.png``.
"""

import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "static" / "vendor" / "pretendard"
SIZE = {"width": 1200, "height": 630}
COLOURS = 64  # of the palette: the drawing is flat, so more would not be seen
WORDS = {
    "en": {
        "name": "OGP tracker",
        "question": "What did the government promise, did it do it, and who says so?",
        "voices": ("The plan promises", "The ministry reports", "The clock counts", "The reviewers find"),
    },
    "ko": {
        "name": "OGP 이행 추적",
        "question": "정부는 무엇을 약속했습니까? 지켰습니까? 누가 그렇게 밝혔습니까?",
        "voices": ("계획의 약속", "부처의 보고", "지난 기한", "평가자의 판단"),
    },
}
MARKS = (  # the site's own marks, drawn on 16 by 16
    '<path class="line" d="M3 3.5h10M3 8h10M3 12.5h6"/>',
    '<circle class="line" cx="8" cy="8" r="6"/><path class="fill" d="M8 8V2a6 6 0 1 1-6 6z"/>',
    '<path class="fill late" d="M4 1.5h8.5L10 5l2.5 3.5H5.5V15H4z"/>',
    '<circle class="fill done" cx="8" cy="8" r="7"/><path class="tick" d="M4.6 8.3l2.3 2.3 4.4-4.8"/>',
)
PAGE = """<!DOCTYPE html><html lang="{language}"><meta charset="utf-8"><style>
@font-face {{ font-family: P; font-weight: 400; src: url("file://{fonts}/Pretendard-Regular.otf"); }}
@font-face {{ font-family: P; font-weight: 600; src: url("file://{fonts}/Pretendard-SemiBold.otf"); }}
@font-face {{ font-family: P; font-weight: 700; src: url("file://{fonts}/Pretendard-Bold.otf"); }}
* {{ box-sizing: border-box; margin: 0; }}
body {{
  width: 1200px; height: 630px; padding: 70px 84px 0; background: #fff; color: #14202b; font-family: P;
  word-break: keep-all;
}}
header {{ display: flex; align-items: center; gap: 20px; font-size: 34px; font-weight: 600; color: #0f5c73; }}
header svg {{ width: 60px; height: 60px; }}
h1 {{
  margin-top: 46px; max-width: 1010px; font-size: {size}px; line-height: 1.2; letter-spacing: -0.015em;
  font-weight: 700; text-wrap: balance;
}}
ul {{
  position: absolute; inset: auto 0 0; height: 176px; padding: 0 84px; display: grid; align-items: center;
  grid-template-columns: repeat(4, 1fr); gap: 28px; background: #e8eff3; list-style: none;
}}
li {{ font-size: 27px; line-height: 1.3; color: #1f2933; display: flex; align-items: center; gap: 16px; }}
li svg {{ width: 46px; height: 46px; min-width: 46px; overflow: visible; }}
.line {{ fill: none; stroke: #0f5c73; stroke-width: 1.6; stroke-linecap: round; }}
.fill {{ fill: #0f5c73; }} .late {{ fill: #a3320b; }} .done {{ fill: #1d6b43; }}
.tick {{ fill: none; stroke: #e8eff3; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }}
</style><body><header>{icon}{name}</header><h1>{question}</h1><ul>{voices}</ul></body></html>"""


def page_of(language: str) -> str:
    words = WORDS[language]
    pairs = zip(MARKS, words["voices"], strict=True)
    return PAGE.format(
        language=language,
        fonts=FONTS,
        icon=(ROOT / "static" / "site" / "icon.svg").read_text(),
        name=words["name"],
        question=words["question"],
        size=66 if language == "en" else 62,
        voices="".join(f'<li><svg viewBox="0 0 16 16">{mark}</svg>{voice}</li>' for mark, voice in pairs),
    )


def drawn(browser, language: str) -> bytes:
    """The picture as PNG. The page is opened from a file, so that it may load the fonts."""
    file = ROOT / "static" / "site" / f".preview-{language}.html"
    file.write_text(page_of(language), encoding="utf-8")
    try:
        page = browser.new_page(viewport=SIZE)
        page.goto(f"file://{file}")
        page.evaluate("document.fonts.ready")
        return page.screenshot()
    finally:
        file.unlink()


def small(png: bytes) -> bytes:
    made = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(made, "PNG", optimize=True)
    return made.getvalue()


def main():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for language in WORDS:
            path = ROOT / "static" / "site" / f"preview-{language}.png"
            path.write_bytes(small(drawn(browser, language)))
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
