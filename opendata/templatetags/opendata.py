"""What pages say for those who reuse them: the same list as a file."""

from django import template

from opendata.lists import LISTS

register = template.Library()


@register.inclusion_tag("includes/formats.html", takes_context=True)
def formats(context, name: str, **more):
    """The list of that name as files and in the API, with the filters of the page; *more* are filters that the page
    itself has: ``{% formats "institutions" leads="true" %}``."""
    asked = {key: value for key, value in context["request"].GET.items()} | more
    return {"formats": LISTS[name].formats(asked)}
