"""Whose voice a report is: what a civil-society co-owner says never stands as what the ministry says."""

from django import template

from milestones.models import StatusUpdate

register = template.Library()


@register.filter
def of_ministries(updates: list[StatusUpdate]) -> list[StatusUpdate]:
    """The reports of the ministries themselves, in the order given."""
    return [update for update in updates if not update.as_co_owner]


@register.filter
def of_voice(updates: list[StatusUpdate], voice: StatusUpdate) -> list[StatusUpdate]:
    """Rows already read, as ``StatusUpdateQuerySet.of_voice`` would ask for them."""
    if not voice.as_co_owner:
        return of_ministries(updates)
    return [update for update in updates if update.as_co_owner and update.institution_id == voice.institution_id]
