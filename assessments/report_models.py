"""Frozen snapshots, and the jobs that make files of them."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import report_querysets


class Report(models.Model):
    """A frozen snapshot of a self-assessment and the job that renders it. The same data gives the same bytes."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("in progress")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    assessment = models.ForeignKey(
        "assessments.SelfAssessment",
        verbose_name=_("self-assessment"),
        on_delete=models.PROTECT,
        related_name="reports",
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    data = models.JSONField(_("snapshot"))
    data_sha256 = models.CharField(_("SHA-256 of the snapshot"), max_length=64)
    frozen_on = models.DateField(_("frozen on"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("requested by"), on_delete=models.PROTECT, related_name="reports"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    step = models.CharField(_("step"), max_length=30, blank=True)
    error = models.TextField(_("what went wrong"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    file = models.FileField(_("PDF"), upload_to="reports", max_length=200, blank=True)
    file_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64, blank=True)
    file_size = models.PositiveIntegerField(_("size in bytes"), null=True)
    pages = models.PositiveIntegerField(_("pages"), null=True)

    objects = report_querysets.ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "language", "data_sha256"], name="one_report_a_snapshot_and_language"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | (~models.Q(file="") & ~models.Q(file_sha256="")),
                name="finished_report_has_its_file",
            ),
        ]

    def __str__(self):
        return f"{self.assessment} ({self.get_language_display()}, {self.frozen_on:%Y-%m-%d})"

    def get_absolute_url(self):
        return reverse("report", args=[self.pk])

    def get_file_url(self):
        return reverse("report-file", args=[self.pk])
