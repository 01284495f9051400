"""What is kept of a filled-in spreadsheet: the file, the job that works on it, and one row for each row filled in.

An upload's row is the state of its job, as a report's is: messages only wake workers, and ``attempts`` is a worker's
right to write.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commitments.models import Institution

WORKING = ("waiting", "reading", "applying", "undoing")  # the states in which a worker has something to do


def random_path(upload, filename: str) -> str:
    """A path that tells nothing and cannot be guessed; the file's name is kept in the row."""
    name = uuid.uuid4().hex
    return f"spreadsheets/{name[:2]}/{name}"


class UploadQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own uploads; all of its member's for the coordinating ministry."""
        if user.is_superuser:
            return self
        if user.role == user.Role.COORDINATOR and user.institution_id:
            return self.filter(Q(author=user) | Q(institution__member=user.institution.member_id))
        return self.filter(author=user)

    def working(self):
        return self.filter(state__in=WORKING)

    def claimable(self, now: datetime, silence: timedelta):
        """Uploads that a worker may take: asked for and not begun, or its worker has been silent for too long."""
        return self.working().filter(Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - silence))

    def abandoned(self, now: datetime, silence: timedelta):
        """Uploads whose message was lost or whose worker died: they need another message."""
        return self.claimable(now, silence).filter(asked_at__lt=now - silence).order_by("asked_at")

    def with_old_file(self, before: datetime):
        """Uploads at rest whose file is kept though they were made before the moment."""
        return self.exclude(state__in=WORKING).exclude(file="").filter(created_at__lt=before)


class Upload(models.Model):
    """A filled-in spreadsheet: read first, applied when its author says so, and undone as one."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        READING = "reading", _("being read")
        READ = "read", _("read, nothing changed yet")
        REFUSED = "refused", _("refused")
        APPLYING = "applying", _("being applied")
        STOPPED = "stopped", _("interrupted")
        APPLIED = "applied", _("applied")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="uploads"
    )
    institution = models.ForeignKey(
        Institution, verbose_name=_("institution"), on_delete=models.PROTECT, null=True, related_name="uploads"
    )
    file = models.FileField(_("file"), upload_to=random_path, max_length=200, blank=True)
    file_name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    refusal = models.CharField(_("why it was refused"), max_length=30, blank=True)
    refusal_params = models.JSONField(_("details"), default=dict, blank=True)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    total = models.PositiveIntegerField(_("rows in all"), default=0)
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    asked_at = models.DateTimeField(_("asked for at"))
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    tries = models.PositiveSmallIntegerField(_("tries since it was asked for"), default=0)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("undone by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("uploaded spreadsheet")
        verbose_name_plural = _("uploaded spreadsheets")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal=""), name="refused_upload_says_why"),
            models.CheckConstraint(
                condition=~Q(state__in=["undoing", "undone"])
                | (Q(undone_by__isnull=False) & Q(undone_at__isnull=False)),
                name="undone_upload_names_who_and_when",
            ),
        ]

    def __str__(self):
        return self.file_name

    @property
    def is_working(self) -> bool:
        return self.state in WORKING


class UploadRow(models.Model):
    """One row that was filled in: what it says, what it would change, what hinders it, and what became of it."""

    class Change(models.TextChoices):
        WRONG = "wrong", _("with problems")
        NEW = "new", _("first report")
        DIFFERS = "differs", _("differs")
        SAME = "same", _("changes nothing")

    class Outcome(models.TextChoices):
        CREATED = "created", _("report made")
        CHANGED = "changed", _("draft changed")
        SKIPPED = "skipped", _("left alone: no longer possible, or there already")
        REMOVED = "removed", _("report removed again")
        WITHDRAWN = "withdrawn", _("taken back from review: a draft again")
        RESTORED = "restored", _("draft as it was before")
        REVIEWED = "reviewed", _("kept: reviewed since")
        EDITED = "edited", _("kept: changed by hand since")

    upload = models.ForeignKey(Upload, verbose_name=_("upload"), on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    key = models.CharField(_("key"), max_length=60, blank=True)
    milestone = models.ForeignKey(
        "milestones.Milestone", verbose_name=_("milestone"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    values = models.JSONField(_("values"), default=dict)
    before = models.JSONField(_("before"), null=True)
    change = models.CharField(_("change"), max_length=10, choices=Change.choices)
    problems = models.JSONField(_("problems"), default=list)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    update = models.ForeignKey(
        "milestones.StatusUpdate",
        verbose_name=_("status report"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="upload_rows",
    )
    evidence = models.ForeignKey(
        "milestones.Evidence", verbose_name=_("evidence"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("row of a spreadsheet")
        verbose_name_plural = _("rows of a spreadsheet")
        ordering = ["upload", "number"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="row_number_once_an_upload"),
            models.CheckConstraint(
                condition=Q(change__in=["new", "differs"]) | Q(update=None), name="only_changes_lead_to_reports"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="row_that_is_done_has_an_outcome",
            ),
        ]

    def __str__(self):
        return f"{self.upload}, {self.number}"
