"""Marks that differ in shape and word as well as colour."""

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.templatetags.record import due
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


def topmost(institution):
    while institution.parent is not None:
        institution = institution.parent
    return institution


@register.simple_tag
def lead_groups(rows, filterset):
    """``(body, milestones)`` for each topmost body that leads any, None for those without a stated lead. Filtered by an
    institution, only the groups it belongs to are shown."""
    groups = {}
    for milestone in rows:
        for body in {topmost(lead.institution) for lead in milestone.commitment.leads} or {None}:
            groups.setdefault(body, []).append(milestone)
    asked = filterset.form.cleaned_data.get("institution")
    if asked:
        bodies = {topmost(lead.institution) for row in rows for lead in row.commitment.leads if leads_for(lead, asked)}
        groups = {body: found for body, found in groups.items() if body in bodies}
    return sorted(groups.items(), key=lambda group: group[0].name if group[0] else "")


def leads_for(lead, key: str) -> bool:
    """Whether the lead is the institution of that key, or a part of it."""
    institution = lead.institution
    while institution is not None:
        if institution.key == key:
            return True
        institution = institution.parent
    return False


@register.simple_tag
def title_note(milestone) -> str:
    return gettext(milestone.title_note)
