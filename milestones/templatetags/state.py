"""Marks that differ in shape and word as well as colour."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from commitments.templatetags.record import due, local_title
from milestones.readings import AMBIGUOUS, NOTES
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
def ambiguities(codes, member) -> list[str]:
    """What of a reading's notes concerns the public: that the words could also mean other days."""
    return [NOTES[code] % {"member": local_title(member)} for code in codes if code in AMBIGUOUS]


@register.simple_tag
def overdue_due(milestone) -> str:
    """The earliest overdue due date, with its precision."""
    precision = next((d.precision for d in milestone.deadlines.all() if d.due_on == milestone.overdue_due_on), "day")
    return due(milestone.overdue_due_on, precision)


@register.filter
def status_label(name: str) -> str:
    """The word of a milestone's or a report's status."""
    return LABELS[name]


@register.simple_tag
def due_words(milestone) -> str:
    """When a milestone of a list is due on its day: the next deadline still to come or, when all have passed, the last;
    how many more there are; or that there is none, and why."""
    deadlines = milestone.deadlines_in_force(milestone.as_of)
    if not deadlines and milestone.open_ended:
        return milestone.get_cadence_display() if milestone.cadence == "continuous" else gettext("open-ended")
    if not deadlines:
        return format_html('<span class="unstated">{}</span>', milestone.get_reading_reason_display() or "–")
    shown = next((row for row in deadlines if row.due_on >= milestone.as_of), deadlines[-1])
    words = due(shown.due_on, shown.precision)
    if len(deadlines) == 1:
        return words
    many = ngettext("%(n)s deadline in all", "%(n)s deadlines in all", len(deadlines)) % {"n": len(deadlines)}
    return format_html('{} <span class="meta">{}</span>', words, many)


def topmost(institution):
    while institution.parent is not None:
        institution = institution.parent
    return institution


def groups_by_lead(rows, filterset, commitment_of):
    """``(member, body, rows)`` for each topmost body that leads any, None for those without a stated lead, in the order
    of the names. Filtered by an institution, only the groups it belongs to are shown."""
    asked = filterset.form.cleaned_data.get("institution")
    groups = {}
    for row in rows:
        commitment = commitment_of(row)
        leads = [lead for lead in commitment.leads if not asked or leads_for(lead, asked)]
        for body in {topmost(lead.institution) for lead in leads} or {None}:
            groups.setdefault((commitment.plan.member, body), []).append(row)
    found = [(member, body, members) for (member, body), members in groups.items()]
    return sorted(found, key=lambda group: (group[0].name, group[0].pk, group[1].name if group[1] else ""))


@register.simple_tag
def lead_groups(milestones, filterset):
    """Milestones by the body that leads their commitment."""
    return groups_by_lead(milestones, filterset, lambda milestone: milestone.commitment)


@register.simple_tag
def commitment_groups(commitments, filterset):
    """Commitments by the body that leads them."""
    return groups_by_lead(commitments, filterset, lambda commitment: commitment)


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
