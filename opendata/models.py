"""The state of the open data's files: one row for the whole record, one a member."""

from django.db import models
from django.utils.translation import gettext_lazy as _

WHOLE = "all"  # the scope of the whole record


class DataFiles(models.Model):
    """The files of a scope, and the job that makes them. What was made stays available while it is made anew.

    *files* lists format, path, size and SHA-256; *tables* the rows, size and SHA-256 of each table as CSV. *changed_on*
    is the day on which these very bytes were first made: files made again from the same facts keep it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("in progress")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    scope = models.SlugField(_("scope"), unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField(_("requested at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("what went wrong"), blank=True)
    made_at = models.DateTimeField(_("made at"), null=True)
    changed_on = models.DateField(_("of the day"), null=True)
    files = models.JSONField(_("files"), default=list)
    tables = models.JSONField(_("tables"), default=dict)

    class Meta:
        verbose_name = _("files of open data")
        verbose_name_plural = _("files of open data")
        ordering = ["scope"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(made_at__isnull=False, changed_on__isnull=False),
                name="finished_open_data_has_its_day",
            )
        ]

    def __str__(self):
        return self.scope

    @property
    def is_made(self) -> bool:
        return bool(self.files)

    def file(self, format: str) -> dict | None:
        return next((row for row in self.files if row["format"] == format), None)
