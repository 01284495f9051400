"""Which request is being answered: one id for all that it changes, such as the rows of a bulk action."""

import uuid
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-Id"
_current: ContextVar[uuid.UUID | None] = ContextVar("request_id", default=None)


def current_request_id() -> uuid.UUID:
    """The id of the request or job under way; outside of one, an id of its own for each call."""
    return _current.get() or uuid.uuid4()


@contextmanager
def one_request(request_id: uuid.UUID | None = None):
    """What is changed in the ``with`` block bears one id: the one given, or a new one. Yields it."""
    token = _current.set(request_id or uuid.uuid4())
    try:
        yield _current.get()
    finally:
        _current.reset(token)


def given_id(text: str) -> uuid.UUID | None:
    """The id in a header, if it is a UUID in its usual form or as nginx writes it, without dashes; nothing else."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if text.lower() in (str(found), found.hex) else None


def request_id(get_response):
    """Middleware: names each request by an id, and answers it in ``X-Request-Id``."""

    def middleware(request):
        with one_request(given_id(request.headers.get(HEADER, ""))) as own:
            response = get_response(request)
        response.headers[HEADER] = str(own)
        return response

    return middleware
