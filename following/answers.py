"""Answers that need not be sent again: feeds and calendars carry an ETag and the moment of their newest fact."""

from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date

KEPT = 10 * 60  # seconds for which a cache may answer by itself


def conditional(request, body: bytes, content_type: str, changed: datetime):
    """The body, or 304 when the reader has it. The same facts make the same bytes, so the ETag is strong."""
    etag = f'"{sha256(body).hexdigest()}"'
    answer = HttpResponse(body, content_type=content_type)
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(changed.timestamp())
    patch_cache_control(answer, public=True, max_age=KEPT)
    return get_conditional_response(request, etag, int(changed.timestamp()), answer)


def authority(site: str) -> str:
    """The name by which ids are the site's: that of its own address, by whichever it was asked."""
    return urlsplit(settings.SITE_URL or site).hostname
