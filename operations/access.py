"""Each request that was answered, as a line of the log and in the metrics: what was asked for, by which account's
number, with which status and how quickly. Neither names nor query strings, and no address that is a secret."""

import logging
import time

from django.contrib.auth import SESSION_KEY
from django.utils.functional import SimpleLazyObject

from .logs import shown_path
from .metrics import count_request

log = logging.getLogger("tracker.requests")


def account_of(request) -> int | None:
    """The number of the account that is signed in, without a query for it."""
    user = getattr(request, "user", None)
    if not isinstance(user, SimpleLazyObject):
        return getattr(user, "pk", None)
    session = getattr(request, "session", None)
    key = session.get(SESSION_KEY) if session is not None and session.accessed else None
    return int(key) if key else None


def log_requests(get_response):
    """Middleware: stands right after the one that names the request."""

    def middleware(request):
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        told = {
            "method": request.method,
            "path": shown_path(request),
            "status": response.status_code,
            "seconds": round(seconds, 4),
            "account": account_of(request),
        }
        log.info("%s %s %s %.3f s", told["method"], told["path"], told["status"], seconds, extra=told)
        count_request(request, response.status_code, seconds)
        return response

    return middleware
