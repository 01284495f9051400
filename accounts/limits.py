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
    """What a request has used of its limit. *ends_in* is in seconds."""

    policy: str
    most: int
    number: int
    ends_in: int

    @property
    def is_within(self) -> bool:
        return self.number <= self.most

    @property
    def left(self) -> int:
        return max(self.most - self.number, 0)

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.most};w={WINDOW}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.ends_in}',
        }


def use(policy: str, who: str, most: int) -> Use | None:
    """Counts one request. None when there is no limit, or it cannot be counted: an unknown reader (``client_address``)
    has none."""
    if not most or not who:
        return None
    now = time.time()
    try:
        number = counts().add(f"{policy}:{who}:{int(now // WINDOW)}", 2 * WINDOW)
    except NotCounted:
        return None
    return Use(policy, most, number, int(WINDOW - now % WINDOW) or 1)


def of_address(address: str) -> tuple[str, str, int]:
    return "public", address, settings.API_LIMIT_PUBLIC


def limit_of(request) -> tuple[str, str, int]:
    """Policy, who it counts for, and the limit."""
    if request.auth is None:
        return of_address(client_address(request))
    if request.method in SAFE_METHODS:
        return "token", str(request.auth.pk), settings.API_LIMIT_TOKEN
    return "writing", str(request.auth.pk), settings.API_LIMIT_WRITING


def keep(request, limit: tuple[str, str, int]) -> Use | None:
    """Counts, and keeps the use at the request: ``ogptracker.api_answers`` writes the headers of any answer."""
    found = use(*limit)
    if found:
        request.limit_use = found
    return found


class Limits(BaseThrottle):
    """DRF's throttle."""

    ends_in: int | None = None

    def allow_request(self, request, view) -> bool:
        used = keep(request._request, limit_of(request))
        self.ends_in = used and used.ends_in
        return used is None or used.is_within

    def wait(self):
        return self.ends_in
