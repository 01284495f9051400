"""What a server does once, before its first request."""

import gc

from django.urls import get_resolver


def settle():
    """Loads all views, and takes what is loaded out of the collector's sight: it stays until the end. Each full
    collection would otherwise look through all of it again, which the request that met one waited for."""
    get_resolver().url_patterns  # noqa: B018 (looking at it loads them)
    gc.collect()
    gc.freeze()
