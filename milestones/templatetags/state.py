"""Marks that differ in shape and word as well as colour."""

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.templatetags.record import due, local
from milestones.states import LABELS, state_of

register = template.Library()

WORDS = {
    **LABELS,
    "complete": _("Complete"),
    "no_evidence": _("No evidence available"),
    "late": _("Late"),
    "stale": _("Stale"),
}
# The IRM's own words keep their own labels; only the drawing is shared.
DRAWINGS = {"complete": "completed", "no_evidence": "not_reported"}


@register.inclusion_tag("includes/mark.html")
def mark(name: str, label: str = "", hidden: bool = False):
    """The drawing of a state. *hidden* leaves it to the word that stands beside it."""
    return {"drawing": DRAWINGS.get(name, name), "label": label or WORDS.get(name, name), "hidden": hidden}


@register.simple_tag
def state(milestone):
    """The state of a milestone whose commitment and plan came with it."""
    return state_of(milestone, milestone.commitment.plan)


@register.simple_tag
def shown_deadline(deadline, on) -> str:
    """How a deadline is shown on a day: in force, the ghost of an amended one, or (set later) not at all."""
    if deadline.in_force(on):
        return "in_force"
    return "" if deadline.set_on and deadline.set_on > on else "ghost"


@register.simple_tag
def overdue_due(milestone) -> str:
    """The earliest overdue due date, with its precision."""
    precision = next((d.precision for d in milestone.deadlines.all() if d.due_on == milestone.overdue_due_on), "day")
    return due(milestone.overdue_due_on, precision)


@register.simple_tag
def top_name(milestone) -> str:
    """The topmost body of a milestone's first lead, in the reader's language."""
    institution = milestone.commitment.leads[0].institution
    while institution.parent is not None:
        institution = institution.parent
    return local(institution, "name")


@register.simple_tag
def title_note(milestone) -> str:
    return gettext(milestone.title_note)
