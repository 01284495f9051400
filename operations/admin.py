"""The page of jobs in the admin: how each went, when it is due, what waits; and a button to run a periodic one now."""

import logging

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from commitments.broker import wake
from commitments.scoping import ReadOnlyAdmin

from . import queues
from .models import JobRun
from .periodic import LATE_AFTER, last_sign, periodic, scheduled, state_of

log = logging.getLogger(__name__)
STATES = {
    "never": gettext_lazy("has not run yet"),
    "running": gettext_lazy("under way"),
    "cut_short": gettext_lazy("cut short: its worker was stopped; the next run does the work"),
    "ok": JobRun.Outcome.OK.label,
    "retry": JobRun.Outcome.RETRY.label,
    "failed": JobRun.Outcome.FAILED.label,
}


def may_run(user) -> bool:
    return user.has_perm("operations.run_jobrun")


def shown(job, kinds: dict) -> dict:
    """A periodic job for the template, with what waits for it."""
    waits = [kinds[kind] for kind in job.kinds if kinds[kind].number]
    return {"job": job, "state": STATES[job.state], "waits": waits, "bad": job.state in ("failed", "cut_short")}


def page(user, now) -> dict:
    """What the page of jobs shows: a fixed number of queries, whatever there is."""
    runs = list(JobRun.objects.all())
    kinds = {found.kind: found for found in queues.waiting(now)}
    jobs = periodic(runs, now)
    named = {job.job for job in jobs}
    sign = last_sign(runs)
    return {
        "jobs": [shown(job, kinds) for job in jobs],
        "others": [(run, STATES[state_of(run, now)]) for run in runs if run.job not in named],
        "waiting": kinds.values(),
        "sign": sign,
        "is_silent": sign is None or sign < now - LATE_AFTER,
        "may_run": may_run(user),
    }


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """Its list is the page of jobs; a row of it shows all that is known of one job."""

    def get_urls(self):
        own = path("run/<slug:key>/", self.admin_site.admin_view(require_POST(self.run)), name="operations_jobrun_run")
        return [own, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | page(request.user, timezone.now())
        context |= {"title": _("Jobs"), "opts": self.opts}
        return TemplateResponse(request, "admin/operations/jobs.html", context)

    def run(self, request, key):
        """Sends the message that the clock would send. Each periodic job may run at any time, and twice."""
        if not may_run(request.user):
            raise PermissionDenied
        entry = scheduled().get(key)
        if entry is None:
            raise Http404(_("There is no such periodic job."))
        if not wake(entry["task"]):
            messages.error(request, _("Nothing was started: the message broker cannot be reached. Try again later."))
        else:
            log.info("account %s had %s run", request.user.pk, key)
            words = _("A worker was told to run %(job)s. Load the page again to see it.")
            messages.success(request, words % {"job": key})
        return redirect("admin:operations_jobrun_changelist")
