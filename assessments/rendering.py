"""From a snapshot to a PDF: a template lays out the words, WeasyPrint the pages.

The PDF is tagged (PDF/UA-1), carries its own fonts, and is the same to the byte for the same snapshot. The one for
archives is PDF/A-3u, tagged as well, and carries the snapshot's JSON. Nothing
is fetched but the report's font files: a link or an image typed into a text stays text.
"""

import io
import logging
import re
import unicodedata
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from . import snapshots
from .irm_printing import present_irm
from .models import Snapshot
from .places import texts
from .presentation import present

FONT_FAMILY = "Pretendard Report"  # a name of its own, so that no font installed on the machine can take its place
FONT_FILES = {400: "Pretendard-Regular.otf", 600: "Pretendard-SemiBold.otf", 700: "Pretendard-Bold.otf"}
STYLESHEET = "reports/report.css"
TEMPLATE = "reports/self_assessment.html"
IRM_TEMPLATE = "reports/irm.html"
ARCHIVE = "pdf/a-3u"

# Laid out without a glyph: line ends, tabs, and Unicode's invisible joiners, marks and selectors.
GLYPHLESS = frozenset("\t\n\r\u00ad\u2028\u2029\ufeff") | {
    chr(code)
    for first, last in ((0x200B, 0x200F), (0x2060, 0x2064), (0xFE00, 0xFE0F))
    for code in range(first, last + 1)
}
# A tag or a drawing, which is left as it is, or a word with Hangul of a length that a line can hold.
MARKUP_OR_HANGUL = re.compile(r"(<svg.*?</svg>|<[^>]*>)|([^\s<>&;]{0,16}[가-힣][^\s<>&;]{1,16})", re.DOTALL)
CHARACTERS_NAMED = 5  # in one error message


class ReportError(Exception):
    """The report cannot be made; the message tells a reader why and what to do."""


class MissingFont(ReportError):
    """A font file of the report is not where ``REPORT_FONTS_DIR`` says."""


class MissingGlyph(ReportError):
    """The report's fonts have no shape for a character: the reader would see an empty box."""


class RenderingProblem(ReportError):
    """The layout engine complained; a report that may lack something is not handed out."""


@dataclass(frozen=True)
class Made:
    """A finished file: its content, or a temporary *file* where it may be larger than the memory. *pages* is None where
    the reader's program makes the pages."""

    content: bytes = b""
    pages: int | None = None
    file: IO[bytes] | None = None

    def opened(self) -> IO[bytes]:
        """The content from its beginning. Whoever closes it has done away with a temporary file."""
        if self.file is None:
            return io.BytesIO(self.content)
        self.file.seek(0)
        return self.file


def nothing(*_args):
    """For callers that do not follow the progress."""


def render_pdf(
    snapshot: Snapshot,
    on_step: Callable[[str], None] = nothing,
    on_page: Callable[[], None] = nothing,
    variant: str = "pdf/ua-1",
) -> Made:
    """The report on the snapshot, in its language.

    *on_step* is called with "glyphs", "text", "layout" and "drawing" as each step begins; *on_page* whenever the layout
    engine shows a sign of life. Raises ReportError.
    """
    with translation.override(snapshot.language), watched(on_page) as complaints:
        on_step("glyphs")
        check_glyphs(snapshot.data)
        on_step("text")
        html = compose(snapshot)
        check_own_words(html)
        on_step("layout")
        document = lay_out(html, variant)
        on_step("drawing")
        content = draw(document, snapshot, variant)
        if complaints:
            raise RenderingProblem(
                _("The layout engine reports: %(problems)s") % {"problems": "; ".join(complaints[:3])}
            )
    return Made(content, len(document.pages))


def draw(document, snapshot: Snapshot, variant: str) -> bytes:
    """The pages as PDF. Its identifier is the snapshot's digest, not a random one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile open
        return document.write_pdf(
            pdf_variant=variant, pdf_tags=True, pdf_identifier=snapshot.sha256.encode(), **archived(snapshot, variant)
        )


def render_archive(snapshot: Snapshot, on_step=nothing, on_page=nothing) -> Made:
    """The same report as PDF/A-3u, with the snapshot's JSON attached."""
    return render_pdf(snapshot, on_step, on_page, ARCHIVE)


def archived(snapshot: Snapshot, variant: str) -> dict:
    """The data that the archived file carries, dated with the day of freezing."""
    if variant != ARCHIVE:
        return {}
    moment = datetime.combine(snapshot.frozen_on, time(), UTC)
    attachment = Attachment(
        string=snapshots.canonical_json(snapshot.data),
        name="snapshot.json",
        description=f"SHA-256 {snapshot.sha256}",
        created=moment,
        modified=moment,
        relationship="Data",
    )
    return {"attachments": [attachment]}


def compose(snapshot: Snapshot) -> str:
    """The report as HTML, in the active language. Decomposed Hangul and accents are put together for the fonts."""
    if snapshot.is_self_assessment:
        html = render_to_string(TEMPLATE, present(snapshot))
    else:
        html = render_to_string(IRM_TEMPLATE, present_irm(snapshot))
    head, body = unicodedata.normalize("NFC", html).split("</head>", 1)
    return f"{head}</head>{keep_words(body)}"


def keep_words(html: str) -> str:
    """Keeps Hangul words whole at the line's end: the layout engine does not know ``word-break: keep-all``."""
    return MARKUP_OR_HANGUL.sub(lambda found: found[1] or f'<span class="word">{found[2]}</span>', html)


def lay_out(html: str, variant: str = "pdf/ua-1"):
    """The pages, by WeasyPrint."""
    fonts = FontConfiguration()
    fetcher = FontsOnly(font_files().values())
    source = font_faces() + Path(finders.find(STYLESHEET)).read_text()
    stylesheet = CSS(string=source, font_config=fonts, url_fetcher=fetcher)
    return HTML(string=html, url_fetcher=fetcher).render(
        stylesheets=[stylesheet], font_config=fonts, pdf_variant=variant, pdf_tags=True
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
    warned, steps = Listener(complaints.append), Listener(lambda _message: on_page())
    warned.setLevel(logging.WARNING)
    log, progress = logging.getLogger("weasyprint"), logging.getLogger("weasyprint.progress")
    before = progress.level, progress.propagate
    log.addHandler(warned)
    progress.addHandler(steps)
    progress.setLevel(logging.INFO)
    progress.propagate = False
    try:
        yield complaints
    finally:
        log.removeHandler(warned)
        progress.removeHandler(steps)
        progress.level, progress.propagate = before
