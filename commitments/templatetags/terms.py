"""A word of the field with its meaning: on hover and on focus, without script, and as a link to the glossary."""

from django import template
from django.utils.html import format_html

from commitments.glossary import TERMS

register = template.Library()
COUNTER = "terms shown"


@register.simple_tag(takes_context=True)
def term(context, key: str, words: str = "") -> str:
    """``{% term "starred" %}``, or with other *words*: a link to the entry, described by its text. A key that is not in
    the glossary is a ``KeyError``: a mistake of the template."""
    found = TERMS[key]
    number = context.render_context[COUNTER] = context.render_context.get(COUNTER, 0) + 1
    return format_html(
        '<span class="term"><a href="{}" aria-describedby="term-{}-{}">{}</a>'
        '<span class="tip" role="tooltip" id="term-{}-{}">{}</span></span>',
        found.get_absolute_url(),
        key,
        number,
        words or found.name,
        key,
        number,
        found.text,
    )
