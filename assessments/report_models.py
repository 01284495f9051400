"""Frozen snapshots, and the jobs that make files of them."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from . import report_querysets


class Snapshot(models.Model):
    """What was said of one subject, frozen in one language. It is never changed.

    With a version number it is published and citable; without one it is a trial export of a draft. *subject* is a key
    that outlives titles ("self-assessment/kr-2-end-of-term"); *differences* are those to the version before, as
    ``differences.between`` lists them.
    """

    class Kind(models.TextChoices):
        SELF_ASSESSMENT = "self_assessment", _("self-assessment")
        IRM_PLAN = "irm_plan", _("IRM review of a plan")
        IRM_COMMITMENT = "irm_commitment", _("IRM review of a commitment")
        PLAN_PACKAGE = "plan_package", _("everything on a plan")

    subject = models.CharField(_("subject"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    assessment = models.ForeignKey(
        "assessments.SelfAssessment",
        verbose_name=_("self-assessment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="snapshots",
    )
    plan = models.ForeignKey(
        "commitments.ActionPlan", verbose_name=_("plan"), on_delete=models.PROTECT, related_name="snapshots"
    )
    commitment = models.ForeignKey(
        "commitments.Commitment",
        verbose_name=_("commitment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="snapshots",
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("version"), null=True, blank=True)
    data = models.JSONField(_("snapshot"))
    sha256 = models.CharField(_("SHA-256 of the snapshot"), max_length=64)
    frozen_on = models.DateField(_("frozen on"))
    reason = models.TextField(_("reason"), blank=True)
    differences = models.JSONField(_("differences to the version before"), default=list, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="snapshots",
    )

    objects = report_querysets.SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["subject", "-version", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "language", "sha256"], name="snapshot_once_a_subject_and_language"
            ),
            models.UniqueConstraint(
                fields=["subject", "language", "version"], name="version_once_a_subject_and_language"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1) | models.Q(version=None), name="versions_count_from_one"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="self_assessment") | models.Q(assessment__isnull=False),
                name="snapshot_of_a_self_assessment_names_it",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="irm_commitment") | models.Q(commitment__isnull=False),
                name="snapshot_of_a_commitment_names_it",
            ),
        ]

    def __str__(self):
        number = _("version %(number)d") % {"number": self.version} if self.version else _("trial export")
        return f"{self.subject} ({number}, {self.get_language_display()})"

    def get_absolute_url(self):
        """The page of the version; for a trial export that of its self-assessment, or of the plan that is reviewed."""
        if self.version is None:
            return (self.assessment or self.plan).get_absolute_url()
        if self.is_self_assessment:
            return reverse("assessment-version", args=[self.slug, self.version])
        return reverse("snapshot-version", args=[self.subject, self.version])

    def get_json_url(self):
        """Where the published data is kept. One address, whatever language the reader's page is in."""
        with translation.override(settings.LANGUAGE_CODE):
            if self.is_self_assessment:
                return reverse("assessment-version-json", args=[self.slug, self.version, self.language])
            return reverse("snapshot-version-json", args=[self.subject, self.version, self.language])

    @property
    def is_self_assessment(self) -> bool:
        return self.kind == self.Kind.SELF_ASSESSMENT

    @property
    def slug(self) -> str:
        """What files are named after: a self-assessment's address name; of any other subject all its words."""
        if self.is_self_assessment:
            return self.subject.rsplit("/", 1)[-1]
        return slugify(self.subject.replace("/", "-")) or "snapshot"


class Report(models.Model):
    """The job that makes one file of a snapshot, and the file. The same snapshot gives the same bytes."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("in progress")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Format(models.TextChoices):
        PDF = "pdf", _("PDF")
        PDFA = "pdfa", _("PDF/A-3, for archives, with the data attached")
        DOCX = "docx", _("Word document (DOCX)")
        XLSX = "xlsx", _("spreadsheet (XLSX)")
        ZIP = "zip", _("all files (ZIP)")

    MEDIA_TYPES = {
        Format.PDF: "application/pdf",
        Format.PDFA: "application/pdf",
        Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format.ZIP: "application/zip",
    }
    ENDINGS = {
        Format.PDF: ".pdf",
        Format.PDFA: "-archive.pdf",
        Format.DOCX: ".docx",
        Format.XLSX: ".xlsx",
        Format.ZIP: ".zip",
    }
    FORMATS_OF = {  # which files can be made of which snapshot
        Snapshot.Kind.SELF_ASSESSMENT: (Format.PDF, Format.PDFA, Format.DOCX, Format.XLSX),
        Snapshot.Kind.IRM_PLAN: (Format.PDF, Format.PDFA),
        Snapshot.Kind.IRM_COMMITMENT: (Format.PDF, Format.PDFA),
        Snapshot.Kind.PLAN_PACKAGE: (Format.ZIP,),
    }

    snapshot = models.ForeignKey(Snapshot, verbose_name=_("snapshot"), on_delete=models.PROTECT, related_name="reports")
    format = models.CharField(_("format"), max_length=10, choices=Format.choices, default=Format.PDF)
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
    file = models.FileField(_("file"), upload_to="reports", max_length=200, blank=True)
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    file_size = models.PositiveBigIntegerField(_("size in bytes"), null=True)
    pages = models.PositiveIntegerField(_("pages"), null=True)

    objects = report_querysets.ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "format"], name="one_report_a_snapshot_and_format"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | (~models.Q(file="") & ~models.Q(file_sha256="")),
                name="finished_report_has_its_file",
            ),
        ]

    def __str__(self):
        return f"{self.snapshot}, {self.get_format_display()}"

    def get_absolute_url(self):
        return reverse("report", args=[self.pk])

    def get_file_url(self):
        return reverse("report-file", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        """Whether somebody should still be working on it."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def media_type(self) -> str:
        return self.MEDIA_TYPES[self.format]

    @property
    def file_name(self) -> str:
        """What the file is called on a reader's disk: subject, version, language, and the start of the digest."""
        snapshot = self.snapshot
        version = f"v{snapshot.version}" if snapshot.version else "trial"
        return f"{snapshot.slug}-{version}-{snapshot.language}-{snapshot.sha256[:8]}{self.ENDINGS[self.format]}"
