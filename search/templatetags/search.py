"""How search results are written: why each was found, and what the clock says of it."""

from django import template
from django.urls import translate_url
from django.utils.translation import get_language, override

from commitments.templatetags.record import query
from search.models import Entry
from search.snippets import marked, snippet
from search.words import Question

register = template.Library()


@register.simple_tag
def found_title(entry: Entry, asked: Question) -> dict:
    """The title in the reader's language, with what was asked for marked; and the language when it is another."""
    korean = entry.title_ko and get_language() == "ko"
    language = "ko" if korean else "en"
    text = marked(entry.title_ko if korean else entry.title, asked)
    return {"text": text, "language": "" if language == get_language() else language}


@register.simple_tag
def found_passage(entry: Entry, asked: Question) -> dict:
    """The passage that matches, and its language when it is not the page's."""
    language, text = snippet(entry, asked, get_language())
    return {"text": text, "language": "" if language == get_language() else language}


@register.filter
def page_of(entry: Entry) -> str:
    """The address of the entry's page in the reader's language."""
    reader = get_language()
    with override("en"):  # addresses are read in the language of the moment, and these are those of English pages
        return translate_url(entry.path, reader)


@register.filter
def on_day(address: str, day) -> str:
    """The address on the day that the reader asked for, its anchor kept; unchanged when that is today."""
    if not day:
        return address
    path, mark, anchor = address.partition("#")
    return f"{path}?as_of={day.isoformat()}{mark}{anchor}"


@register.simple_tag(takes_context=True)
def narrowed(context, name: str, value: str) -> str:
    """The question narrowed to a value of a facet, from its first page on."""
    return query(context, page=None, **{name: value})


@register.simple_tag(takes_context=True)
def without(context, name: str) -> str:
    """The question without one of its facets, from its first page on."""
    return query(context, page=None, **{name: None})
