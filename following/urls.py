"""Every level's addresses: what changed, the feeds, the calendar, and following by e-mail."""

from django.urls import path

from . import views
from .levels import LEVELS
from .scopes import Level


def addresses_of(level: Level) -> list:
    """The addresses of one level: ``plan-changes`` is ``plans/<slug>/changes/``."""
    given = {"level": level.name}
    return [
        path(f"{level.prefix}changes/", views.changes, given, name=f"{level.name}-changes"),
        *(
            path(
                f"{level.prefix}changes.{ending}",
                views.changes_file,
                given | {"ending": ending},
                name=f"{level.name}-changes-{ending}",
            )
            for ending in views.FILE_TYPES
        ),
    ]


urlpatterns = [address for level in LEVELS.values() for address in addresses_of(level)]
