"""Whether the site can answer at all."""

from django.db import connection
from django.http import HttpResponse


def healthz(request):
    """200 "ok" when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
