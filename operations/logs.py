"""How log lines look: JSON, one object a line, where programs read them; plain lines where people do.

Each line bears the id of the request that it belongs to, in the job that the request asked for, too. Without models:
Django, gunicorn and Celery set their logs up before these are there.
"""

import logging
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.encoding import escape_uri_path

from commitments.requests import known_request_id

FORMATS = ("json", "line")
LINE = "{asctime} {levelname} {name} [{request_id}] {message}"
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"
RENAMED = {"asctime": "time", "levelname": "level", "name": "logger"}
UTC_TIME = "%Y-%m-%dT%H:%M:%S%z"
SECRET = {"token"}  # what a part of an address is called that lets in whoever knows it
QUIET = {name: {"level": "WARNING"} for name in ("weasyprint.progress", "fontTools")}  # a line for each step of a PDF
_job: ContextVar[dict | None] = ContextVar("job", default=None)


def shown_path(request) -> str:
    """The path without its query, on one line; where a part of it is a secret, the pattern of the address instead."""
    match = getattr(request, "resolver_match", None)
    if match and SECRET & match.kwargs.keys():
        return f"/{match.route}"
    return escape_uri_path(request.path)


@contextmanager
def in_job(name: str, key: str):
    """Lines written in the ``with`` block name the job and its message."""
    token = _job.set({"job": name, "message_id": key})
    try:
        yield
    finally:
        _job.reset(token)


class Context(logging.Filter):
    """Adds the id of the request, and the job, to each line; an id of "-" belongs to no request. What Django says of a
    request that failed is said without its query and secrets."""

    def filter(self, record):
        request = record.__dict__.pop("request", None)
        if hasattr(request, "path") and isinstance(record.args, tuple):
            record.args = tuple(shown_path(request) if word == request.path else word for word in record.args)
        record.request_id = str(known_request_id() or "-")
        for name, value in (_job.get() or {}).items():
            setattr(record, name, value)
        return True


def config(form: str, level: str, **loggers) -> dict:
    """The logging of every process, for ``logging.config.dictConfig``. *form* is one of ``FORMATS``."""
    as_json = {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": FIELDS,
        "datefmt": UTC_TIME,
        "rename_fields": RENAMED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": "operations.logs.Context"}},
        "formatters": {"json": as_json, "line": {"format": LINE, "style": "{"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["context"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": QUIET | loggers,
    }
