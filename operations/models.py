"""What is remembered of jobs: one row a job, however often it runs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """A job's last run, and how often it ran in all. A run that has begun and has no end after it is under way, or its
    worker was killed."""

    class Outcome(models.TextChoices):
        OK = "ok", _("done")
        RETRY = "retry", _("to be tried again")
        FAILED = "failed", _("failed")

    job = models.CharField(_("job"), max_length=200, unique=True)
    began_at = models.DateTimeField(_("last begun"))
    request_id = models.UUIDField(_("request"), null=True)
    ended_at = models.DateTimeField(_("last ended"), null=True)
    outcome = models.CharField(_("how it ended"), max_length=6, choices=Outcome.choices, blank=True)
    error = models.TextField(_("what went wrong"), blank=True)
    seconds = models.FloatField(_("seconds"), null=True)
    succeeded_at = models.DateTimeField(_("last ended well"), null=True)
    runs = models.PositiveBigIntegerField(_("runs"), default=0)
    failures = models.PositiveBigIntegerField(_("failures"), default=0)
    total_seconds = models.FloatField(_("seconds in all"), default=0)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["job"]
        permissions = [("run_jobrun", "Can have a periodic job run at once")]
        constraints = [
            models.CheckConstraint(condition=models.Q(failures__lte=models.F("runs")), name="job_fails_when_it_runs"),
        ]

    def __str__(self):
        return self.job
