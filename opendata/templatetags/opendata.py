"""What pages say for those who reuse them: files of a list, addresses that last, citations, data for machines."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse, translate_url
from django.utils.html import escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from commitments.models import Commitment
from commitments.templatetags.record import local, local_title
from opendata import jsonld
from opendata.addresses import site_of
from opendata.lists import LISTS

register = template.Library()

LOCALES = {"en": "en_GB", "ko": "ko_KR"}
PREVIEW = (1200, 630)  # width and height of the picture, in pixels
CARD_HEIGHT = 360  # pixels: enough for most titles at a width of 280
CARD = '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy" style="border:0; max-width:600px"></iframe>'


@register.inclusion_tag("includes/formats.html", takes_context=True)
def formats(context, name: str, **more):
    """The list of that name as files and in the API, with the filters of the page; *more* are filters that the page
    itself has: ``{% formats "institutions" leads="true" %}``."""
    asked = {key: value for key, value in context["request"].GET.items()} | more
    return {"formats": LISTS[name].formats(asked)}


@register.inclusion_tag("includes/file_links.html")
def file_links(name: str, **asked):
    """The list of that name, filtered as given, as files and in the API: links alone."""
    return {"formats": LISTS[name].formats(asked), "title": LISTS[name].title}


# The page's own address -----------------------------------------------------------------------------------------------
class Captured(template.Node):
    """Writes what is inside, and keeps it under a name for what follows in the page."""

    child_nodelists = ("nodelist",)

    def __init__(self, name: str, nodelist):
        self.name, self.nodelist = name, nodelist

    def render(self, context):
        words = mark_safe(self.nodelist.render(context).strip())
        context[self.name] = words
        return words


@register.tag
def captured(parser, token):
    """``{% captured page_title %}{% block title %}{% endblock %}{% endcaptured %}``"""
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endcaptured",))
    parser.delete_first_token()
    return Captured(name, nodelist)


def lasting_query(context) -> dict[str, str]:
    """The parameters that a page's content depends on: the day asked for, its filters, its place in a list."""
    asked = context["request"].GET
    names = {"as_of"} if context.get("asked") else set()
    if context.get("filter") is not None and context.get("valid"):
        names |= set(context["filter"].base_filters)
    if asked.get("page", "1") != "1" and context.get("rows"):
        names.add("page")
    return {name: asked[name] for name in sorted(names) if asked.get(name)}


def lasting_path(context) -> str:
    """The page's path with these parameters alone: without what followed a reader from elsewhere."""
    found = lasting_query(context)
    return f"{context['request'].path}{'?' + urlencode(found) if found else ''}"


@register.inclusion_tag("includes/page_meta.html", takes_context=True)
def page_meta(context):
    """The page's lasting address, itself in every language, and how it looks when it is shared."""
    request = context["request"]
    site, path, own = site_of(request), lasting_path(context), get_language()
    alternates = [(code, f"{site}{translate_url(path, code)}") for code, _name in settings.LANGUAGES]
    return {
        "canonical": f"{site}{path}",
        "alternates": alternates,
        "default": dict(alternates)[settings.LANGUAGE_CODE],
        "title": context.get("page_title", ""),
        "description": context.get("page_description", ""),
        "locale": LOCALES.get(own, own),
        "other_locales": [LOCALES.get(code, code) for code, _address in alternates if code != own],
        "image": f"{site}{static(f'site/preview-{own}.png')}",
        "width": PREVIEW[0],
        "height": PREVIEW[1],
    }


# Citing ---------------------------------------------------------------------------------------------------------------
def named(row) -> str:
    """A row's name in the reader's language; a commitment's with its number before it."""
    field = "title" if hasattr(row, "title") else "name"
    name = local(row, field)
    return format_html("{}. {}", row.number, name) if isinstance(row, Commitment) else name


@register.inclusion_tag("includes/cite.html", takes_context=True)
def cite(context, *parts):
    """How to cite the page: what it is about (rows of the record, or words), its day, and an address that will show the
    same. ``{% cite member plan %}``"""
    request, on = context["request"], context["on"]
    asked = lasting_query(context) | {"as_of": on.isoformat()}
    return {
        "parts": [part if isinstance(part, str) else named(part) for part in parts],
        "on": on,
        "address": f"{site_of(request)}{request.path}?{urlencode(asked)}",
    }


# For machines ---------------------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def json_ld(context, kind: str, *parts):
    """The page's data in schema.org's words: ``{% json_ld "plan" plan %}``; *kind* is a function of ``jsonld``."""
    return jsonld.as_script(jsonld.PAGES[kind](site_of(context["request"]), *parts))


@register.simple_tag(takes_context=True)
def embed_code(context, commitment) -> str:
    """What another site puts into its page to show the commitment's card. It is shown as text, and so escaped there."""
    path = reverse("commitment-card", args=[commitment.plan.slug, commitment.number])
    day = f"?as_of={context['on'].isoformat()}" if context.get("asked") else ""
    title = f"{commitment.number}. {local_title(commitment)}"
    return escape(format_html(CARD, f"{site_of(context['request'])}{path}{day}", title, CARD_HEIGHT))
