"""Absolute addresses: what is read apart from the site names the site's own address."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation


def site_of(request) -> str:
    """The address that pages' addresses begin with: the one that the office has set, else the one asked for."""
    return settings.SITE_URL or f"{request.scheme}://{request.get_host()}"


def in_main_language(view: str, *args) -> str:
    """The address of a page in the main language, whatever language the reader's page is in."""
    with translation.override(settings.LANGUAGE_CODE):
        return reverse(view, args=args)
