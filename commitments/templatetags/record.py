"""How facts of the record are written on every page: in the reader's language where it exists, and never filled in."""

from datetime import date

from dateutil.relativedelta import relativedelta
from django import template
from django.template.defaultfilters import date as format_date
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

register = template.Library()

ENGLISH = "en"


def marked(text: str, language: str) -> str:
    """The words with their language, when it is not the page's: for screen readers and hyphenation."""
    return (
        conditional_escape(text)
        if language == get_language()
        else format_html('<span lang="{}">{}</span>', language, text)
    )


def in_source_language(text: str) -> str:
    """English words on a page of another language are marked as such."""
    return marked(text, ENGLISH)


def in_reach(row, field: str) -> tuple:
    """The field's value in the reader's language, else in the other; and the language that it is in."""
    english, korean = getattr(row, field), getattr(row, f"{field}_ko", "")
    return (korean, "ko") if korean and (get_language() == "ko" or not english) else (english, ENGLISH)


@register.simple_tag
def local(row, field: str) -> str:
    """The row's name or title in the reader's language, else as the source has it."""
    return marked(*in_reach(row, field))


@register.simple_tag
def local_stated(row, field: str) -> str:
    """The same; without words, that the source does not have them."""
    return local(row, field) if in_reach(row, field)[0] else absent(row)


@register.simple_tag
def local_rows(row, field: str) -> dict:
    """A list in the reader's language, else in the other, with that language."""
    rows, language = in_reach(row, field)
    return {"rows": rows, "language": "" if language == get_language() else language}


@register.simple_tag
def local_prose(row, field: str, said: bool = True) -> str:
    """Paragraphs and lists in the reader's language, else in the other. *said*: without words, the page says so."""
    text, language = in_reach(row, field)
    if not text:
        return format_html("<p>{}</p>", absent(row)) if said else ""
    return blocks_of(text, language)


@register.filter
def local_title(row) -> str:
    """A row's title as plain text, for page titles and attributes."""
    field = "title" if hasattr(row, "title") else "name"
    korean = getattr(row, f"{field}_ko", "") if get_language() == "ko" else ""
    return korean or getattr(row, field)


@register.filter
def stated(value):
    """The value, or the words that say the source does not have it."""
    if value in (None, "", []):
        return format_html('<span class="unstated">{}</span>', _("Not stated in the source"))
    return in_source_language(value) if isinstance(value, str) else value


@register.filter
def absent(row):
    """That a field is empty: in its source, or, where the row has no source, because nobody has filled it in."""
    if getattr(row, "document_id", "unknown") is None:
        return format_html('<span class="unstated">{}</span>', _("Not filled in"))
    return stated("")


@register.filter
def prose(text: str) -> str:
    """Paragraphs parted by blank lines, and lists of lines that begin with "- ". Nothing else is markup."""
    return blocks_of(text, ENGLISH)


def blocks_of(text: str, language: str) -> str:
    blocks = []
    for part in text.split("\n\n"):
        for kind, run in runs([line for line in part.split("\n") if line.strip()]):
            if kind == "items":
                items = format_html_join("", "<li>{}</li>", ((line[2:],) for line in run))
                blocks.append(format_html("<ul>{}</ul>", items))
            else:
                blocks.append(format_html("<p>{}</p>", " ".join(run)))
    body = format_html_join("", "{}", ((block,) for block in blocks))
    if language != get_language():
        return format_html('<div class="prose" lang="{}">{}</div>', language, body)
    return format_html('<div class="prose">{}</div>', body)


def runs(lines: list[str]):
    """Neighbouring lines of the same kind: ``("items", […])`` or ``("words", […])``."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        kind = "items" if line.startswith("- ") else "words"
        if not found or found[-1][0] != kind:
            found.append((kind, []))
        found[-1][1].append(line)
    return found


@register.filter
def day(value: date | None):
    """A date for people, with the machine's form beneath."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), format_date(value, "DATE_FORMAT"))


@register.filter
def iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def ordinal_quarter(value: date) -> str:
    quarter = (value.month + 2) // 3
    names = {1: _("1st quarter of %(year)s"), 2: _("2nd quarter of %(year)s"), 3: _("3rd quarter of %(year)s")}
    return names.get(quarter, _("4th quarter of %(year)s")) % {"year": value.year}


def imprecise(value: date, precision: str) -> str:
    """The stretch of time that ends on *value*, in words: "October 2021", "4th quarter of 2021", "2021"."""
    if precision == "month":
        return format_date(value, "YEAR_MONTH_FORMAT")
    if precision == "quarter":
        return ordinal_quarter(value)
    if precision == "season":
        return f"{format_date(value - relativedelta(months=2), 'F')} – {format_date(value, 'YEAR_MONTH_FORMAT')}"
    if precision == "half":
        half = _("First half of %(year)s") if value.month <= 6 else _("Second half of %(year)s")
        return half % {"year": value.year}
    return _("%(year)s") % {"year": value.year}


@register.simple_tag
def due(value: date, precision: str) -> str:
    """A due date with its precision kept: "4th quarter of 2021 (by 31 December)"."""
    if precision == "day":
        return day(value)
    last = format_html('<time datetime="{}">{}</time>', value.isoformat(), format_date(value, "MONTH_DAY_FORMAT"))
    return format_html("{} <small>({})</small>", imprecise(value, precision), format_html(_("by {}"), last))


@register.simple_tag
def published(value: date | None, precision: str) -> str:
    """A publication date as exact as it is known: "September 2016"."""
    if value is None:
        return stated("")
    return day(value) if precision in ("", "day") else imprecise(value, precision)


@register.simple_tag
def period(plan) -> str:
    """A plan's period: to the day when it is stated so, else in the words of the plan."""
    if plan.starts_on and plan.ends_on and plan.period_precision == "day":
        return format_html("{} – {}", day(plan.starts_on), day(plan.ends_on))
    if plan.period_wording:
        return in_source_language(plan.period_wording)
    if plan.starts_on and plan.ends_on:
        return f"{plan.starts_on.year}–{plan.ends_on.year}"
    return str(plan.year) if plan.year else stated("")


@register.simple_tag(takes_context=True)
def query(context, **changes) -> str:
    """The page's parameters with some of them changed, to put behind an address; None drops one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None:
            params[name] = value
    return f"?{params.urlencode()}"


@register.simple_tag(takes_context=True)
def at_day(context) -> str:
    """What keeps a link on the day that the reader asked for; nothing when that is today."""
    return f"?as_of={context['on'].isoformat()}" if context.get("asked") else ""


@register.simple_tag
def telling_words(milestone) -> str:
    """The words that the due date was read from: the end's, or the start's when the end is a dash."""
    has_words = any(character.isalnum() for character in milestone.published_end)
    return in_source_language(milestone.published_end if has_words else milestone.published_start)


@register.filter
def full_name(institution) -> str:
    """A division with the body that it belongs to, each in the reader's language."""
    names = []
    while institution is not None:
        names.append(local(institution, "name"))
        institution = institution.parent
    return format_html_join(", ", "{}", ((name,) for name in names))


@register.filter
def filesize_kb(size: int) -> str:
    """A file's size in kB or MB, for links that say type and size."""
    if size < 1_000_000:
        return _("%(size)s kB") % {"size": max(1, round(size / 1000))}
    return _("%(size)s MB") % {"size": round(size / 1_000_000, 1)}


@register.filter
def unlocalized(value) -> str:
    """A number for machines: a drawing's coordinate must not get a reader's separators."""
    return f"{value:g}"


@register.simple_tag
def share(part: int | None, whole: int | None) -> int:
    """A part of the whole in steps of five percent: the name of a width in the style sheet."""
    return max(5, round(20 * part / whole) * 5) if part and whole else 5


@register.filter
def language_name(code: str) -> str:
    """A language's name in the reader's language; its code when Django does not know it."""
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code


@register.filter
def web_address(url: str) -> str:
    """An address as a link: reports print some without a scheme. Anything but the web leads nowhere."""
    if url.startswith(("http://", "https://")):
        return url
    return "#" if ":" in url.split("/")[0] else f"http://{url}"


@register.simple_tag
def as_written(wording: str) -> str:
    """A date cell exactly as the plan has it; a dash is quoted so that it is seen, an empty cell is said so."""
    if not wording:
        return stated("")
    return in_source_language(wording if any(c.isalnum() for c in wording) else f"“{wording}”")
