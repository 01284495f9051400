"""How often something was done in a span of time, counted across all processes: in Redis where the tracker has one,
else in a small SQLite file of its own, which nothing waits for and which may be lost."""

import logging
import os
import sqlite3
import threading
import time
from functools import cache
from pathlib import Path
from typing import Protocol

import redis
from django.conf import settings

log = logging.getLogger(__name__)
PATIENCE = 0.25  # seconds that a request waits for Redis, once; then counting pauses
PAUSE = 10  # seconds without counting after Redis did not answer


class Counts(Protocol):
    def add(self, key: str, seconds: int) -> int:
        """Counts one more, and says how many there are now. Forgotten after *seconds*. Raises ``NotCounted``."""


class NotCounted(Exception):
    """The counts cannot be reached: nobody is kept out for that."""


class RedisCounts:
    def __init__(self, url: str):
        patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
        self.redis = redis.Redis.from_url(url, **patience)
        self.silent_until = 0.0

    def add(self, key: str, seconds: int) -> int:
        if time.monotonic() < self.silent_until:
            raise NotCounted
        try:
            with self.redis.pipeline(transaction=False) as both:
                both.incr(f"limits:{key}")
                both.expire(f"limits:{key}", seconds)
                return both.execute()[0]
        except redis.RedisError as error:
            self.silent_until = time.monotonic() + PAUSE
            log.warning("requests are not counted for %d seconds: Redis does not answer", PAUSE)
            raise NotCounted from error


class FileCounts:
    """A connection for each thread; SQLite's locks keep the processes of one machine apart."""

    def __init__(self, path: Path):
        self.path, self.local = path, threading.local()

    def connection(self) -> sqlite3.Connection:
        if getattr(self.local, "process", None) != os.getpid():  # never one that a parent process opened
            made = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=OFF"):
                made.execute(f"PRAGMA {pragma}")
            made.execute("CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, n INTEGER, ends REAL) WITHOUT ROWID")
            self.local.connection, self.local.process = made, os.getpid()
        return self.local.connection

    def add(self, key: str, seconds: int) -> int:
        now = time.time()
        more = "INSERT INTO counts VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET n = n + 1 RETURNING n"
        try:
            ((number,),) = self.connection().execute(more, [key, now + seconds]).fetchall()
            if number == 1:
                self.connection().execute("DELETE FROM counts WHERE ends < ?", [now])
        except sqlite3.Error as error:
            log.warning("a request was not counted: %s", error)
            raise NotCounted from error
        return number


@cache
def counts() -> Counts:
    """Where this tracker counts."""
    url = settings.CELERY_BROKER_URL
    return RedisCounts(url) if url.startswith("redis") else FileCounts(settings.DATA_DIR / "counts.sqlite3")
