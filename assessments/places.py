"""What a reader calls a place in a snapshot: "appendix form 1-b, result 2"."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy

# The parts of a snapshot as messages name them; other keys are passed over.
PLACES = {
    "member": gettext_lazy("member"),
    "plan": gettext_lazy("plan"),
    "assessment": gettext_lazy("self-assessment"),
    "sections": gettext_lazy("section"),
    "entries": gettext_lazy("appendix form"),
    "results": gettext_lazy("result"),
    "facts": gettext_lazy("dated fact"),
    "tables": gettext_lazy("table"),
    "rows": gettext_lazy("row"),
    "links": gettext_lazy("link"),
    "irm": gettext_lazy("IRM review"),
    "findings": gettext_lazy("finding"),
    "recommendations": gettext_lazy("recommendation"),
    "requirements": gettext_lazy("minimum requirement"),
    "uptakes": gettext_lazy("later plan"),
    "voices": gettext_lazy("what others say"),
    "claims": gettext_lazy("self-assessment"),
    "codebooks": gettext_lazy("codebook"),
    "commitments": gettext_lazy("commitment"),
    "files": gettext_lazy("file"),
    "evidence_files": gettext_lazy("evidence file"),
    "documents": gettext_lazy("source document"),
}


def texts(node, place: str = "", is_named: bool = False) -> Iterator[tuple[str, str]]:
    """Every text of a snapshot with the place where it stands, in words."""
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, list):
        for number, item in enumerate(node, 1):
            yield from texts(item, f"{place} {item_name(item, number)}" if is_named else place)
    elif isinstance(node, dict):
        for key, value in node.items():
            name = str(PLACES.get(key, ""))
            yield from texts(value, ", ".join(filter(None, (place, name))), bool(name))


def item_name(item, number: int) -> str:
    """What a reader calls the item: its commitment's number, its own, its title, or else its place in the list."""
    if not isinstance(item, dict):
        return str(number)
    name = item.get("commitment", item).get("number") or item.get("title")
    return str(name or number)
