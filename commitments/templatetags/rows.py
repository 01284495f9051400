"""From a number to the rows behind it: addresses of lists, filtered, on the day that the page is about."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


def address_of(context, name: str, facts: dict) -> str:
    """The list *name* with those of the facts that are given, and the day that the reader asked for."""
    asked = {key: value for key, value in facts.items() if value not in (None, "")}
    if context.get("asked"):
        asked["as_of"] = context["on"].isoformat()
    return f"{reverse(name)}?{urlencode(asked)}" if asked else reverse(name)


@register.simple_tag(takes_context=True)
def rows_at(context, name: str, **facts) -> str:
    """``{% rows_at "milestones" plan=plan.slug status="limited" %}``: the address of those rows."""
    return address_of(context, name, facts)


@register.simple_tag(takes_context=True)
def number_of(context, number: int, name: str, **facts) -> str:
    """A number that opens its rows; a nought opens nothing."""
    if not number:
        return SafeString("0")
    return format_html('<a class="n" href="{}">{}</a>', address_of(context, name, facts), number)


@register.simple_tag
def with_fact(address: str, name: str, value) -> str:
    """The address with one more fact."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({name: value})}"
