"""The names of time zones: a member's days begin and end by its own."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@cache
def known_zones() -> frozenset[str]:
    """The names of the time zone database."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Raises ``ValidationError`` for a name that no job or page could count days by."""
    if name not in known_zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone: give a name such as Africa/Accra."), params={"name": name}
        )
