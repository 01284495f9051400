"""A report that corrects an earlier one about the same day: which one, and what is different, word by word."""

import re
from difflib import SequenceMatcher

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from milestones.models import StatusUpdate

register = template.Library()

TEXTS = ["what_was_done", "challenges", "next_step"]
LONGEST = 4000  # words of both texts: comparing longer ones word by word would keep the reader waiting


def removed(words: str) -> str:
    return format_html('<del><span class="visually-hidden">{} </span>{}</del>', _("removed:"), words) if words else ""


def added(words: str) -> str:
    return format_html('<ins><span class="visually-hidden">{} </span>{}</ins>', _("added:"), words) if words else ""


def word_difference(old: str, new: str) -> str:
    """The new text with what was taken out and what was put in marked, for eyes and for screen readers."""
    before, after = (re.findall(r"\S+\s*|\s+", text) for text in (old, new))
    if len(before) + len(after) > LONGEST:
        return format_html("{} {}", removed(old), added(new))
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        same, out, into = "".join(after[c:d]), "".join(before[a:b]), "".join(after[c:d])
        parts.append((same,) if kind == "equal" else (format_html("{}{}", removed(out), added(into)),))
    return format_html_join("", "{}", parts)


def label_of(name: str) -> str:
    return capfirst(StatusUpdate._meta.get_field(name).verbose_name)


@register.simple_tag
def corrected_report(update: StatusUpdate, updates: list[StatusUpdate]) -> StatusUpdate | None:
    """Of the reports known on the day, the one that this one takes the place of: about the same milestone or round and
    the same date, approved before it."""
    same = (update.milestone_id, update.deadline_id, update.on_date)
    earlier = [
        other
        for other in updates
        if other.pk < update.pk and (other.milestone_id, other.deadline_id, other.on_date) == same
    ]
    return max(earlier, key=lambda other: other.pk, default=None)


@register.simple_tag
def what_changed(earlier: StatusUpdate, update: StatusUpdate) -> list[tuple[str, str]]:
    """``(field, difference)`` of each field in which the two differ."""
    found = []
    if earlier.status != update.status:
        both = removed(earlier.get_status_display()), added(update.get_status_display())
        found.append((label_of("status"), format_html("{} → {}", *both)))
    for name in TEXTS:
        old, new = getattr(earlier, name), getattr(update, name)
        if old != new:
            found.append((label_of(name), word_difference(old, new)))
    return found
