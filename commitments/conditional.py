"""Answers that need not be made again: an ETag that follows from the state of the record, not from the answer.

The same address gives the same answer as long as nothing was written to the record, no member's day has ended, and the
tracker's own code is the same. All that is asked with one short statement (``moments``), before a row is read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache, lru_cache
from hashlib import sha256

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date

from .dates import zone
from .moments import Moment, this_moment

KEPT = 60  # seconds for which a cache may answer by itself
SETTLED = 5  # seconds after which no second change can bear the same second


@cache
def code() -> tuple[str, float]:
    """What the tracker's own code is: its digest, and when it was last changed (seconds since 1970)."""
    own = (path for folder in settings.BASE_DIR.iterdir() for path in folder.glob("**/*.py"))
    names = {f"{app}/" for app in settings.INSTALLED_APPS if "." not in app}
    files = sorted(path for path in own if str(path.relative_to(settings.BASE_DIR)).startswith(tuple(names)))
    files += [path for path in (settings.BASE_DIR / "requirements.lock",) if path.exists()]
    digest = sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest(), max(path.stat().st_mtime for path in files)


@dataclass(frozen=True)
class Validator:
    """``etag`` of one address; ``changed`` in seconds since 1970, None while another change may bear that second."""

    etag: str
    changed: int | None


@lru_cache(maxsize=8)
def began(days: frozenset) -> float:
    """When the latest of the members' days began: the record has not looked as it looks now for longer than that."""
    moments = [datetime.combine(day, time.min, zone(name)) for day, names in days for name in names]
    return max((moment.timestamp() for moment in moments), default=0)


def validator(address: str, moment: Moment) -> Validator:
    """What the answer at the address (with what else it depends on) is like at a moment."""
    digest, written = code()
    facts = [address, digest, moment.state, sorted((day.isoformat(), names) for day, names in moment.days)]
    at = moment.state.at or datetime.fromtimestamp(0, UTC)
    changed = int(max(at.timestamp(), began(moment.days), written))
    is_settled = timezone.now().timestamp() - at.timestamp() > SETTLED
    return Validator(f'"{sha256(repr(facts).encode()).hexdigest()[:32]}"', changed if is_settled else None)


def answer(request, kind: str, make, moment: Moment | None = None) -> HttpResponseBase:
    """What ``make()`` gives, or 304 when the reader has it. *kind* is in which form it is asked for."""
    found = validator(f"{request.get_full_path()} {kind}", moment or this_moment())
    anything = request.headers.get("If-None-Match", "").strip() == "*"  # whatever there is: is there anything?
    early = None if anything else get_conditional_response(request, found.etag, found.changed)
    response = early or make()
    if response.status_code in (200, 304):
        response["ETag"] = found.etag
        if found.changed is not None:
            response["Last-Modified"] = http_date(found.changed)
        patch_cache_control(response, public=True, max_age=KEPT)
    return response if early or not anything else get_conditional_response(request, found.etag, None, response)
