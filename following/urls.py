"""Every level's addresses: what changed, the feeds, the calendar, and following by e-mail."""

from django.urls import path

from . import calendar_views, feed_views, mail_views, views
from .levels import LEVELS
from .scopes import Level


def addresses_of(level: Level) -> list:
    """The addresses of one level: ``plan-changes`` is ``plans/<slug>/changes/``."""
    given = {"level": level.name}
    return [
        path(f"{level.prefix}follow/", mail_views.follow, given, name=f"{level.name}-follow"),
        path(f"{level.prefix}updates.atom", feed_views.updates, given, name=f"{level.name}-updates"),
        path(f"{level.prefix}overdue.atom", feed_views.overdue, given, name=f"{level.name}-overdue"),
        path(f"{level.prefix}deadlines.ics", calendar_views.deadlines, given, name=f"{level.name}-deadlines"),
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


urlpatterns = [
    path("follow/asked/", mail_views.asked, name="follow-asked"),
    path("follow/confirm/<str:token>/", mail_views.confirm, name="follow-confirm"),
    path("follow/manage/<str:token>/", mail_views.manage, name="follow-manage"),
    path("follow/stop/<str:token>/", mail_views.stop, name="follow-stop"),
    *(address for level in LEVELS.values() for address in addresses_of(level)),
]
