"""What changed between two snapshots of the same subject, in words that a reader understands.

Items of a list are matched by what identifies them (a commitment's number, a section's key), so one that was put in
does not make all after it differ. What a snapshot says of itself (number, date, address) and when links were checked
is no difference.
"""

from collections.abc import Iterator

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .irm_models import Coding, IRMReview, PlanRequirement
from .models import SelfAssessment, SelfAssessmentEntry
from .places import PLACES, item_name

OWN_KEYS = frozenset({"format", "language", "version", "frozen_on", "address", "checked"})
MOST = 200  # differences kept; the last line then counts the rest
LONGEST = 300  # characters shown of a value
BEFORE_CHANGE = 60  # characters shown before the first that differs

IDENTITIES = {
    "sections": lambda item: item["key"],
    "documents": lambda item: item["key"],
    "entries": lambda item: item["commitment"]["number"],
    "findings": lambda item: item["commitment"]["number"],
    "irm": lambda item: item["slug"],
    "recommendations": lambda item: item["number"],
    "links": lambda item: item["url"],
    "requirements": lambda item: item["number"],
    "uptakes": lambda item: item["plan"],
    "voices": lambda item: item["commitment"]["number"],
    "claims": lambda item: item["slug"],
    "codebooks": lambda item: item["method"],
    "indicators_of_method": lambda item: item["name"],
    "commitments": lambda item: item["number"],
    "files": lambda item: item["path"],
    "evidence_files": lambda item: item["path"],
}


def substance(node):
    """The data without what a snapshot says of itself: equal for two snapshots that say the same of their subject."""
    if isinstance(node, dict):
        return {key: substance(value) for key, value in node.items() if key not in OWN_KEYS}
    return [substance(item) for item in node] if isinstance(node, list) else node


def between(before: dict, after: dict, language: str) -> list[dict]:
    """``[{"path", "where", "before", "after"}]`` in *language*, at most MOST and one that counts the rest."""
    with translation.override(language):
        found = list(walk(substance(before), substance(after), "", ""))
        rest = len(found) - MOST
        if rest > 0:
            more = _("%(count)d more differences are not listed") % {"count": rest}
            found[MOST:] = [{"path": "", "where": more, "before": "", "after": ""}]
    return found


def walk(before, after, path: str, where: str, key: str = "") -> Iterator[dict]:
    """The differences below one place of the two snapshots."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            yield from walk(before.get(name), after.get(name), f"{path}/{name}", joined(where, name), name)
    elif isinstance(before, list) and isinstance(after, list) and are_items(key, before, after):
        yield from walk_items(before, after, path, where, key)
    else:
        yield difference(before, after, path, where, key)


def are_items(key: str, before: list, after: list) -> bool:
    """Whether the lists are compared item by item: those with identities, and others of the same length."""
    items = [*before, *after]
    return key in IDENTITIES or (len(before) == len(after) and all(isinstance(item, dict) for item in items))


def walk_items(before: list, after: list, path: str, where: str, key: str) -> Iterator[dict]:
    earlier, later = named(before, key), named(after, key)
    for name in dict.fromkeys((*earlier, *later)):
        one, other = earlier.get(name), later.get(name)
        item = one if one is not None else other
        number = list(earlier if one is not None else later).index(name) + 1
        place = f"{where} {item_name(item, number)}" if key in PLACES else where
        if one is None or other is None:
            yield whole(one, other, f"{path}/{name}", place)
        else:
            yield from walk(one, other, f"{path}/{name}", place)
    if len(earlier) == len(later) and list(earlier) != list(later) and set(earlier) == set(later):
        yield line(path, _("%(where)s: order") % {"where": where}, ", ".join(earlier), ", ".join(later))


def named(items: list, key: str) -> dict[str, object]:
    """The items by what identifies them; a repeated one gets its count behind its name."""
    found = {}
    for number, item in enumerate(items, 1):
        name = str(IDENTITIES[key](item)) if key in IDENTITIES else str(number)
        while name in found:
            name += "*"
        found[name] = item
    return found


def joined(where: str, key: str) -> str:
    """The place in words, with the name of a part or a field behind it."""
    if key in PLACES:
        return ", ".join(filter(None, (where, str(PLACES[key]))))
    name = field_name(key)
    return f"{where}: {name}" if where and ": " not in where else " ".join(filter(None, (where, name)))


def field_name(key: str) -> str:
    """What the forms call the field."""
    own = {
        "blocks": _("text"),
        "title": _("title"),
        "heading": _("heading"),
        "end_date": _("end date"),
        "source": _("source"),
        "response": _("what became of it"),
        "lead": _("lead implementing agency"),
        "indicators": "",
        "published": _("published"),
        "wording": _("wording"),
        "on": _("day"),
    }
    if key in own:
        return own[key]
    for model in (SelfAssessmentEntry, Coding, SelfAssessment, IRMReview, PlanRequirement):
        field = next((field for field in model._meta.fields if field.name == key), None)
        if field is not None:
            return str(field.verbose_name)
    return key.replace("_", " ")


def difference(before, after, path: str, where: str, key: str) -> dict:
    return line(path, where, *excerpts(shown(before, key), shown(after, key)))


def whole(before, after, path: str, where: str) -> dict:
    """An item that was put in or taken out: its title or the beginning of its text."""
    return line(path, where, summary(before), summary(after))


def line(path: str, where: str, before: str, after: str) -> dict:
    return {"path": path[:LONGEST], "where": shortened(capfirst(where)), "before": before, "after": after}


def summary(item) -> str:
    if not isinstance(item, dict):
        return shortened(shown(item, ""))
    title = item.get("commitment", item).get("title") or item.get("label") or item.get("heading")
    return shortened(title or shown(item, "") or _("(empty)"))


def shown(value, key: str) -> str:
    """The value as a reader knows it: a choice by its label, a text as it is, anything else as the texts in it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str):
        return str(choices_of(key).get(value, value)) if value else ""
    if isinstance(value, dict):
        return "\n".join(filter(None, (shown(value[name], name) for name in sorted(value))))
    if isinstance(value, list):
        return "\n".join(filter(None, (shown(item, key) for item in value)))
    return "" if value is None else str(value)


def choices_of(key: str) -> dict:
    """The labels of a coded field, by code."""
    owner = {"completion_level": SelfAssessmentEntry, "kind": SelfAssessment, "stage": SelfAssessment}.get(key)
    if owner is None and key in Coding.GRADED:
        owner = Coding
    return dict(owner._meta.get_field(key).choices) if owner else {}


def excerpts(before: str, after: str) -> tuple[str, str]:
    """The two texts, long ones from a little before the first character that differs."""
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    same = next((place for place, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    start = max((min(len(before), len(after)) if same is None else same) - BEFORE_CHANGE, 0)
    return tuple(shortened(("…" if start else "") + text[start:]) for text in (before, after))


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
