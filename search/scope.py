"""A search as something to follow or to export: its commitments, and the question in words."""

from datetime import date

from django.utils.translation import gettext as _

from commitments.models import Commitment

from .filters import SearchFilter


def matching_commitments(data, on: date):
    """The commitments that any result of the question on the day belongs to; none when it cannot be read."""
    filterset = SearchFilter({**dict(data.items()), "as_of": on.isoformat()})
    if not filterset.is_valid():
        return Commitment.objects.none()
    found = filterset.qs.order_by().values("commitment")
    return Commitment.objects.filter(pk__in=found)


def question_of(data) -> dict[str, str]:
    """What of the parameters is the question itself: neither the page nor the day."""
    names = SearchFilter.base_filters.keys() - {"as_of", "sort"}
    return {name: data[name] for name in sorted(names) if data.get(name)}


def words(data) -> str:
    """The question in words: "whistleblowers; Plan: kr-5"; for an empty one, that everything is asked for."""
    filterset = SearchFilter(data)
    asked = question_of(data)
    parts = [asked.pop("q")] if "q" in asked else []
    parts += [f"{filterset.form.fields[name].label}: {value}" for name, value in asked.items()]
    return "; ".join(parts) or _("everything")
