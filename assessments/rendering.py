"""From a snapshot to a PDF: a template lays out the words, WeasyPrint the pages.

The PDF is tagged (PDF/UA-1), carries its own fonts, and is the same to the byte for the same snapshot and date. Nothing
is fetched but the report's font files: a link or an image typed into a text stays text.
"""

import logging
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from . import snapshots
from .presentation import present

FONT_FAMILY = "Pretendard Report"  # a name of its own, so that no font installed on the machine can take its place
FONT_FILES = {400: "Pretendard-Regular.otf", 600: "Pretendard-SemiBold.otf", 700: "Pretendard-Bold.otf"}
STYLESHEET = "reports/report.css"
TEMPLATE = "reports/self_assessment.html"

# Laid out without a glyph: line ends, tabs, and Unicode's invisible joiners, marks and selectors.
GLYPHLESS = frozenset("\t\n\r\u00ad\u2028\u2029\ufeff") | {
    chr(code)
    for first, last in ((0x200B, 0x200F), (0x2060, 0x2064), (0xFE00, 0xFE0F))
    for code in range(first, last + 1)
}
# A tag or a drawing, which is left as it is, or a word with Hangul of a length that a line can hold.
MARKUP_OR_HANGUL = re.compile(r"(<svg.*?</svg>|<[^>]*>)|([^\s<>&;]{0,16}[가-힣][^\s<>&;]{1,16})", re.DOTALL)
CHARACTERS_NAMED = 5  # in one error message

# The parts of a snapshot as an error message names them; other keys are passed over.
PLACES = {
    "member": gettext_lazy("member"),
    "plan": gettext_lazy("plan"),
    "assessment": gettext_lazy("self-assessment"),
    "sections": gettext_lazy("section"),
    "entries": gettext_lazy("appendix form"),
    "results": gettext_lazy("result"),
    "facts": gettext_lazy("dated fact"),
    "tables": gettext_lazy("table"),
    "rows": gettext_lazy("row"),
    "links": gettext_lazy("link"),
    "irm": gettext_lazy("IRM review"),
    "findings": gettext_lazy("finding"),
    "recommendations": gettext_lazy("recommendation"),
    "documents": gettext_lazy("source document"),
}


class ReportError(Exception):
    """The report cannot be made; the message tells a reader why and what to do."""


class MissingFont(ReportError):
    """A font file of the report is not where ``REPORT_FONTS_DIR`` says."""


class MissingGlyph(ReportError):
    """The report's fonts have no shape for a character: the reader would see an empty box."""


class RenderingProblem(ReportError):
    """The layout engine complained; a report that may lack something is not handed out."""


@dataclass(frozen=True)
class Pdf:
    content: bytes
    pages: int


def nothing(*_args):
    """For callers that do not follow the progress."""


def render_pdf(
    data: dict,
    language: str,
    frozen_on: date,
    on_step: Callable[[str], None] = nothing,
    on_page: Callable[[], None] = nothing,
) -> Pdf:
    """The report on the snapshot *data* in *language*.

    *on_step* is called with "glyphs", "text", "layout" and "drawing" as each step begins; *on_page* whenever the layout
    engine shows a sign of life. Raises ReportError.
    """
    with translation.override(language), watched(on_page) as complaints:
        on_step("glyphs")
        check_glyphs(data)
        on_step("text")
        html = compose(data, frozen_on)
        check_own_words(html)
        on_step("layout")
        document = lay_out(html)
        on_step("drawing")
        content = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=snapshots.digest(data).encode())
        if complaints:
            raise RenderingProblem(
                _("The layout engine reports: %(problems)s") % {"problems": "; ".join(complaints[:3])}
            )
    return Pdf(content, len(document.pages))


def compose(data: dict, frozen_on: date) -> str:
    """The report as HTML, in the active language. Decomposed Hangul and accents are put together for the fonts."""
    html = render_to_string(TEMPLATE, present(data, snapshots.digest(data), frozen_on))
    head, body = unicodedata.normalize("NFC", html).split("</head>", 1)
    return f"{head}</head>{keep_words(body)}"


def keep_words(html: str) -> str:
    """Keeps Hangul words whole at the line's end: the layout engine does not know ``word-break: keep-all``."""
    return MARKUP_OR_HANGUL.sub(lambda found: found[1] or f'<span class="word">{found[2]}</span>', html)


def lay_out(html: str):
    """The pages, by WeasyPrint."""
    fonts = FontConfiguration()
    fetcher = FontsOnly(font_files().values())
    source = font_faces() + Path(finders.find(STYLESHEET)).read_text()
    stylesheet = CSS(string=source, font_config=fonts, url_fetcher=fetcher)
    return HTML(string=html, url_fetcher=fetcher).render(
        stylesheets=[stylesheet], font_config=fonts, pdf_variant="pdf/ua-1"
    )


# Fonts ----------------------------------------------------------------------------------------------------------------


def font_files() -> dict[int, Path]:
    """The report's font files by weight. Raises MissingFont."""
    files = {weight: Path(settings.REPORT_FONTS_DIR, name).resolve() for weight, name in FONT_FILES.items()}
    for path in files.values():
        if not path.is_file():
            raise MissingFont(
                _("The font file %(name)s is missing in the folder of the report's fonts (REPORT_FONTS_DIR).")
                % {"name": path.name}
            )
    return files


def font_faces() -> str:
    """The CSS that declares the report's fonts."""
    rule = '@font-face {{ font-family: "{}"; font-weight: {}; src: url("{}") format("opentype"); }}\n'
    return "".join(rule.format(FONT_FAMILY, weight, path.as_uri()) for weight, path in font_files().items())


class FontsOnly(URLFetcher):
    """Reads the given font files and refuses everything else: no network, no other file."""

    def __init__(self, paths):
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._paths = frozenset(paths)

    def fetch(self, url, headers=None):
        parts = urlsplit(url)
        path = Path(url2pathname(parts.path))
        if parts.scheme != "file" or path not in self._paths:
            raise ValueError(f"A report fetches nothing but its fonts, and this was asked for: {url}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/otf"})


# Glyphs ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def covered(paths: tuple[Path, ...]) -> frozenset[str]:
    """The characters that every one of the fonts has a glyph for."""
    return frozenset(map(chr, set.intersection(*map(code_points, paths)))) | GLYPHLESS


def code_points(path: Path) -> set[int]:
    with TTFont(path, lazy=True) as font:
        return set(font.getBestCmap())


def check_glyphs(data: dict):
    """Raises MissingGlyph with the name of each character that cannot be printed, and where it stands."""
    known = covered(tuple(font_files().values()))
    missing = {}
    for place, text in texts(data):
        for character in set(unicodedata.normalize("NFC", text)) - known:
            missing.setdefault(character, place)
    if missing:
        raise MissingGlyph(missing_message(missing))


def check_own_words(html: str):
    """The same for the words of the template and its translation."""
    missing = set(strip_tags(html)) - covered(tuple(font_files().values()))
    if missing:
        raise MissingGlyph(missing_message(dict.fromkeys(missing, _("the report's own words"))))


def missing_message(missing: dict[str, str]) -> str:
    named = [
        _("%(code)s %(name)s in: %(place)s")
        % {"code": f"U+{ord(character):04X}", "name": unicodedata.name(character, _("(unnamed)")), "place": place}
        for character, place in sorted(missing.items())
    ]
    return _(
        "The report's fonts cannot print %(count)d of the characters used: %(named)s. Replace them in the text and "
        "ask for the report again."
    ) % {"count": len(named), "named": "; ".join(named[:CHARACTERS_NAMED])}


def texts(node, place: str = "", is_named: bool = False) -> Iterator[tuple[str, str]]:
    """Every text of a snapshot with the place where it stands, in words: "appendix form 1-b, result 2"."""
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, list):
        for number, item in enumerate(node, 1):
            yield from texts(item, f"{place} {item_name(item, number)}" if is_named else place)
    elif isinstance(node, dict):
        for key, value in node.items():
            name = str(PLACES.get(key, ""))
            yield from texts(value, ", ".join(filter(None, (place, name))), bool(name))


def item_name(item, number: int) -> str:
    """What a reader calls the item: its commitment's number, its own, its title, or else its place in the list."""
    if not isinstance(item, dict):
        return str(number)
    name = item.get("commitment", item).get("number") or item.get("title")
    return str(name or number)


# The layout engine's log ----------------------------------------------------------------------------------------------


class Listener(logging.Handler):
    def __init__(self, heard: Callable[[str], None]):
        super().__init__()
        self._heard = heard

    def emit(self, record):
        self._heard(record.getMessage())


@contextmanager
def watched(on_page: Callable[[], None]):
    """Collects WeasyPrint's warnings in the list it gives, and calls *on_page* at each step WeasyPrint logs."""
    complaints: list[str] = []
    warnings, steps = Listener(complaints.append), Listener(lambda _message: on_page())
    warnings.setLevel(logging.WARNING)
    log, progress = logging.getLogger("weasyprint"), logging.getLogger("weasyprint.progress")
    before = progress.level, progress.propagate
    log.addHandler(warnings)
    progress.addHandler(steps)
    progress.setLevel(logging.INFO)
    progress.propagate = False
    try:
        yield complaints
    finally:
        log.removeHandler(warnings)
        progress.removeHandler(steps)
        progress.level, progress.propagate = before
