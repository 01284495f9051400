"""How many requests to the API are answered in a minute: for each network address, and for each token.

Counted in whole minutes. The headers are those of the IETF's draft (draft-ietf-httpapi-ratelimit-headers):
``RateLimit-Policy: "public";q=300;w=60`` and ``RateLimit: "public";r=299;t=42``.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

from .addresses import client_address
from .counts import NotCounted, counts

WINDOW = 60  # seconds


@dataclass(frozen=True)
class Use:
    """What a request has used of its limit. *left* is never negative; *ends_in* is in seconds."""

    policy: str
    most: int
    left: int
    ends_in: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.most};w={WINDOW}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.ends_in}',
        }


def use(policy: str, who: str, most: int) -> tuple[Use, bool] | None:
    """Counts one request, and says whether it is within the limit. None when there is no limit, or it cannot be
    counted: an unknown reader (``client_address``) has none."""
    if not most or not who:
        return None
    now = time.time()
    try:
        number = counts().add(f"{policy}:{who}:{int(now // WINDOW)}", 2 * WINDOW)
    except NotCounted:
        return None
    return Use(policy, most, max(most - number, 0), int(WINDOW - now % WINDOW) or 1), number <= most


def limit_of(request) -> tuple[str, str, int]:
    """Policy, who it counts for, and the limit."""
    if request.auth is None:
        return "public", client_address(request), settings.API_LIMIT_PUBLIC
    if request.method in SAFE_METHODS:
        return "token", str(request.auth.pk), settings.API_LIMIT_TOKEN
    return "writing", str(request.auth.pk), settings.API_LIMIT_WRITING


class Limits(BaseThrottle):
    """DRF's throttle. The use is kept at the request: ``ogptracker.api_answers`` writes the headers, whatever the
    answer is."""

    ends_in: int | None = None

    def allow_request(self, request, view) -> bool:
        found = use(*limit_of(request))
        if found is None:
            return True
        used, is_allowed = found
        request._request.limit_use, self.ends_in = used, used.ends_in
        return is_allowed

    def wait(self):
        return self.ends_in
