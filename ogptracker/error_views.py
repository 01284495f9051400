"""What a reader sees when something is not there, not allowed, or fails."""

import errno
import re
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from commitments.problems import problem_response

from .nearest import nearest

AGAIN_AFTER = 30  # seconds
FULL = (errno.ENOSPC, errno.EDQUOT)
PROBLEMS = {
    500: ("Internal error.", "The server failed to answer. The fault has been logged."),
    503: ("Not available.", "The database does not answer. Nothing was half-saved; try again in half a minute."),
    507: (
        "The disk is full.",
        "The file could not be stored; nothing was half-saved. The office has to make room.",
    ),
}
DJANGOS_OWN_404 = re.compile(r"No \w+ matches the given query\.")


def not_found(request, exception=None):
    """404: says what was not found and offers search and the nearest pages. The API gets problem details."""
    detail = str(exception) if exception and exception.args and isinstance(exception.args[0], str) else ""
    if DJANGOS_OWN_404.fullmatch(detail):
        detail = ""  # names a class of the code, in English
    if request.path.startswith("/api/"):
        return problem_response(404, "Not found.", "There is no such address in this API.")
    return render(request, "404.html", {"detail": detail, "nearest": nearest(request.path)}, status=404)


def csrf_failure(request, reason=""):
    """403: a form was sent without the token that shows that it came from this site."""
    words = _(
        "The form could not be checked: it was open for too long, or cookies are blocked. Go back and send it again."
    )
    return render(request, "403.html", {"exception": words, "of_form": True}, status=403)


def bad_request(request, exception=None):
    """400: what was sent cannot be read as a request to this site; not even its host name may be asked for."""
    if request.path.startswith("/api/"):
        return problem_response(400, "Bad request.", "The request could not be read.")
    return HttpResponse(render_to_string("400.html"), status=400)


def status_of(error: BaseException | None) -> int:
    """503 when the database is away, 507 when a disk is full: neither is a fault of what was asked. Else 500."""
    if isinstance(error, OperationalError | InterfaceError):
        return 503
    return 507 if isinstance(error, OSError) and error.errno in FULL else 500


def server_error(request):
    """500, 503 or 507 without a database or a session: whatever broke must not break this page."""
    status = status_of(sys.exc_info()[1])
    if request.path.startswith("/api/"):
        response = problem_response(status, *PROBLEMS[status])
    else:
        response = HttpResponse(render_to_string("500.html", {"status": status}), status=status)
    if status == 503:
        response["Retry-After"] = str(AGAIN_AFTER)
    return response
