"""What machines ask: whether the process lives, whether it can work, and its metrics."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from . import metrics, readiness


@never_cache
@require_safe
def healthz(request):
    """200 "ok": this process answers. Nothing else is asked, so that no outage elsewhere has it started anew."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request):
    """200 when pages and the admin can be served, 503 when not; either way which part is in which state, and which of
    those that are missing pages do without."""
    parts = readiness.parts()
    ready = readiness.is_ready(parts)
    answer = {"ready": ready, "degraded": readiness.degraded(parts), "parts": parts}
    return JsonResponse(answer, status=200 if ready else 503)


@never_cache
@require_safe
def metrics_page(request):
    """For whom the token lets in (``Authorization: Bearer …``). Without a token in the settings there is no such page;
    who gives a wrong one is told no more."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, settings.METRICS_TOKEN):
        raise Http404("There is no such page.")
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)
