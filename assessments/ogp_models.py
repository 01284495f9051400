"""What is kept of OGP's commitment data: every file that was imported, every row cell by cell, and every fault."""

import json

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment


class Cells(models.TextField):
    """The cells of a row in the file's order, as a JSON list in ASCII.

    Text, not the database's own JSON: PostgreSQL's has no place for a NUL character, which a damaged cell may hold.
    """

    def from_db_value(self, value, expression, connection):
        return None if value is None else json.loads(value)

    def to_python(self, value):
        return json.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value):
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def value_to_string(self, obj):
        return self.get_prep_value(self.value_from_object(obj))


class OGPImport(models.Model):
    """One run over one file: what the file was, how it is written, and what the run changed."""

    file_name = models.CharField(_("file name"), max_length=250)
    sha256 = models.CharField("SHA-256", max_length=64)
    byte_order_mark = models.BooleanField(_("begins with a byte order mark"), default=False)
    line_end = models.CharField(_("line end"), max_length=4, default="CRLF")
    quotes_all = models.BooleanField(_("every cell quoted"), default=False)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    fault_count = models.PositiveIntegerField(_("faults"), default=0)
    vanished = models.JSONField(_("identifiers no longer in the file"), default=list)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("imported by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("import of OGP data")
        verbose_name_plural = _("imports of OGP data")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.file_name} ({self.started_at:%Y-%m-%d %H:%M})"


class OGPRow(models.Model):
    """One row of the file as it was given, and the commitment that it is about."""

    identifier = models.CharField(_("identifier"), max_length=50, unique=True)
    position = models.PositiveIntegerField(_("position in the file"))
    line = models.PositiveIntegerField(_("first line"))
    cells = Cells(_("cells"))
    sha256 = models.CharField("SHA-256", max_length=64)
    commitment = models.OneToOneField(
        Commitment,
        verbose_name=_("commitment"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="ogp_row",
    )
    joined = models.BooleanField(_("the commitment was in the record before"), default=False)
    in_file = models.BooleanField(_("in the newest file"), default=True)
    last_change = models.ForeignKey(
        OGPImport, verbose_name=_("last changed by"), on_delete=models.PROTECT, related_name="changed_rows"
    )

    class Meta:
        verbose_name = _("row of OGP data")
        verbose_name_plural = _("rows of OGP data")
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["in_file", "position"], name="ogp_rows_in_order")]

    def __str__(self):
        return self.identifier


class OGPFault(models.Model):
    """Something in a row that is not as it should be, and what was done about it."""

    row = models.ForeignKey(OGPRow, verbose_name=_("row"), on_delete=models.CASCADE, related_name="faults")
    found_in = models.ForeignKey(
        OGPImport, verbose_name=_("first found in"), on_delete=models.PROTECT, related_name="faults"
    )
    column = models.CharField(_("column"), max_length=100, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    done = models.CharField(_("what was done"), max_length=400)

    class Meta:
        verbose_name = _("fault in OGP data")
        verbose_name_plural = _("faults in OGP data")
        ordering = ["row__position", "pk"]

    def __str__(self):
        return f"{self.row}: {self.column}: {self.done}"
