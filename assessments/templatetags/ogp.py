"""Why an indicator of a coding is empty, for pages."""

from django import template
from django.utils.html import format_html

from assessments.absence import reason
from commitments.templatetags.record import stated

register = template.Library()


@register.filter
def why_empty(coding, name: str):
    """The reason that the source gives for an empty indicator, or its own words where they are none of the three."""
    why = reason(coding, name)
    return format_html('<span class="unstated">{}</span>', why) if why else stated(coding.absent.get(name, ""))
