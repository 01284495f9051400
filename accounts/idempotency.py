"""A request that bears an ``Idempotency-Key`` is done once, however often it comes
(draft-ietf-httpapi-idempotency-key).

What it does and what it was answered are written in one transaction. So a request that fails, or whose server is
killed, has done nothing and used up no key; and one that comes again, or twice at once, finds the first one's answer.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from commitments.problems import Conflict, Unprocessable

from .models import KeptAnswer, Token
from .token_models import KEPT

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,200}")
OF_THE_ANSWER = ("ETag", "Location")


def fingerprint(request) -> str:
    """SHA-256 of what is asked: method, address, and the body as it was understood. Files count by their content."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    if hasattr(data, "items"):
        data = {name: value for name, value in dict(data).items() if name not in request.FILES}
    digest.update(json.dumps(data, sort_keys=True).encode())
    for name, file in sorted(request.FILES.items()):
        digest.update(f"\n{name} {file.name} {file.size}\n".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def claim(token: Token, key: str):
    """Keeps the key until the transaction ends. SQLite lets the second one wait; PostgreSQL tells it at once."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency:{token.pk}:{key}"])
        if not cursor.fetchone()[0]:
            raise Conflict("A request with this key is being worked on. Send it again in a moment.")


def kept_answer(token: Token, key: str, asked: str, now: datetime) -> Response | None:
    """The earlier answer, if there is one that is still kept."""
    kept = KeptAnswer.objects.filter(token=token, key=key).first()
    if kept and kept.at <= now - KEPT:
        kept.delete()
        return None
    if kept and kept.fingerprint != asked:
        raise Unprocessable(f"This {HEADER} was used for another request. Use a new one.")
    return kept and Response(kept.body, kept.status, headers=kept.headers | {REPLAYED: "true"})


def keep(token: Token, key: str, asked: str, response: Response, now: datetime):
    headers = {name: response.headers[name] for name in OF_THE_ANSWER if name in response.headers}
    body = None if response.data is None else json.loads(JSONRenderer().render(response.data))
    facts = {"status": response.status_code, "headers": headers, "body": body, "at": now}
    KeptAnswer.objects.create(token=token, key=key, fingerprint=asked, **facts)


def once(request, act: Callable[[], Response]) -> Response:
    """What ``act()`` answers, all of it or nothing; with a key, what it answered the first time."""
    key = request.headers.get(HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise ValidationError({HEADER: ["Give 1 to 200 visible ASCII characters, such as a UUID."]})
    asked = fingerprint(request) if key else ""
    with transaction.atomic():
        if not key:
            return act()
        now = timezone.now()
        claim(request.auth, key)
        if found := kept_answer(request.auth, key, asked, now):
            return found
        response = act()
        keep(request.auth, key, asked, response, now)
        return response
