"""The deadlines of a scope as a calendar to subscribe to."""

from django.views.decorators.http import require_safe

from commitments.pages import with_day

from . import calendars
from .answers import conditional
from .views import site_of, with_scope


@require_safe
@with_day
@with_scope
def deadlines(request, scope, asked):
    """The deadlines in force today, or on the day that was asked for."""
    found = calendars.dates_of(scope, asked or scope.today())
    body = calendars.write(found, site_of(request))
    answer = conditional(request, body, calendars.CONTENT_TYPE, calendars.changed(found))
    if answer.status_code == 200:
        answer["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    return answer
