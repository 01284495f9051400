"""What every answer below ``/api/`` has, whichever code made it: problem details for each error, the limits, and leave
for other sites to read.

Other sites' scripts may read (GET, HEAD) without an account; nothing else. The API knows no cookies: who is signed in
to the admin is nobody here.
"""

from http import HTTPStatus

from django.http import HttpResponse
from django.utils.cache import patch_cache_control

from commitments.problems import PROBLEM, problem_response

API = "/api/"
READING = ("GET", "HEAD")
EXPOSED = "ETag, Last-Modified, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Deprecation, Sunset"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, X-Request-Id",
    "Access-Control-Max-Age": "86400",  # seconds
}
HINTS = {  # where nothing more is known than the status
    404: "There is no such address in this API.",
    405: "This address does not take this method: see Allow.",
    412: "What you ask about is not as you have it.",
    500: "The server failed to answer. The fault has been logged.",
}


def is_preflight(request) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def as_problem(response):
    """An error that is none yet, such as one of a middleware, as problem details, with its headers."""
    if response.status_code < 400 or response.headers.get("Content-Type") == PROBLEM:
        return response
    status = HTTPStatus(response.status_code)
    found = problem_response(status, status.phrase, HINTS.get(status, status.description or status.phrase))
    for name, value in response.headers.items():
        if name not in ("Content-Type", "Content-Length"):
            found.headers[name] = value
    return found


def api_answers(get_response):
    """Middleware."""

    def middleware(request):
        if not request.path_info.startswith(API):
            return get_response(request)
        request.COOKIES = {}
        if is_preflight(request):
            response = HttpResponse(status=204, headers=PREFLIGHT)
        else:
            response = as_problem(get_response(request))
        if request.method in READING or is_preflight(request):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
        if used := getattr(request, "limit_use", None):
            for name, value in used.headers().items():
                response.headers[name] = value
        if response.status_code >= 400:
            patch_cache_control(response, no_store=True)
        return response

    return middleware
