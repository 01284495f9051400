"""Texts are sent compressed; files that are compressed already are sent as they are, with their length.

Django's middleware adds random bytes to each answer, so that its length tells nothing of a secret in it (BREACH).
"""

from django.middleware.gzip import GZipMiddleware

TEXTS = (
    "text/",
    "application/json",
    "application/problem+json",
    "application/x-ndjson",
    "application/atom+xml",
    "application/xml",
)


class CompressTexts(GZipMiddleware):
    def process_response(self, request, response):
        if not response.headers.get("Content-Type", "").startswith(TEXTS):
            return response
        return super().process_response(request, response)
