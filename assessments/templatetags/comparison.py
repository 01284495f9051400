"""What a row of the comparison shows."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.compare_exports import steps_between
from assessments.comparing import Gap
from milestones.states import tally

register = template.Library()


@register.simple_tag
def tally_of(commitment):
    """How many of the row's milestones stand where, as the ministries report."""
    return tally(commitment.states, commitment.plan)


@register.filter
def gap_words(commitment) -> str:
    """The gap in words, with its steps: "The government says more than the IRM found, by 2 steps"."""
    steps, words = steps_between(commitment), Gap(commitment.gap).label
    if not steps:
        return words
    by = ngettext("by %(n)d step", "by %(n)d steps", abs(steps)) % {"n": abs(steps)}
    return _("%(gap)s, %(by)s") % {"gap": words, "by": by}
