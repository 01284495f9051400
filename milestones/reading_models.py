"""What a person says that a plan's words mean, where their reading is wrong, open to doubt or not possible."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models import DatePrecision, Institution

OPEN = models.Q(open_ended=True, as_read=False, due_on=None)
DATED = models.Q(open_ended=False, as_read=False, due_on__isnull=False)
AS_READ = models.Q(open_ended=False, as_read=True, due_on=None, starts_on=None)


class ReadingCorrection(models.Model):
    """A person's reading of a milestone's words, with who made it and why. It is kept for ever, and never changed.

    It holds from the day on which it was made, in the member's time zone, until a later one replaces it. ``as_read``
    takes the earlier ones back: from that day the words' own reading holds again. The public sees the institution, the
    day and the reason, never the person.
    """

    milestone = models.ForeignKey(
        "milestones.Milestone", verbose_name=_("milestone"), on_delete=models.CASCADE, related_name="corrections"
    )
    made_on = models.DateField(_("made on"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="reading_corrections"
    )
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reading_corrections",
    )
    reason = models.TextField(_("reason"))
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    precision = models.CharField(_("precision"), max_length=10, choices=DatePrecision.choices, blank=True)
    open_ended = models.BooleanField(_("open-ended"), default=False)
    as_read = models.BooleanField(_("as read from the words"), default=False)

    class Meta:
        verbose_name = _("correction of a reading")
        verbose_name_plural = _("corrections of readings")
        ordering = ["made_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="reading_correction_has_a_reason",
                violation_error_message=_("Say why the words mean this."),
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on=None)
                | models.Q(due_on=None)
                | models.Q(due_on__gte=models.F("starts_on")),
                name="reading_correction_is_not_due_before_its_start",
                violation_error_message=_("The due date lies before the start."),
            ),
            models.CheckConstraint(
                condition=DATED | OPEN | AS_READ,
                name="reading_correction_says_one_thing",
                violation_error_message=_("Give a due date, or say that there is no end, or take the correction back."),
            ),
            models.CheckConstraint(
                condition=models.Q(due_on=None, precision="")
                | (models.Q(due_on__isnull=False) & ~models.Q(precision="")),
                name="reading_correction_has_a_precision_with_its_due_date",
                violation_error_message=_("A due date needs its precision."),
            ),
        ]

    def __str__(self):
        return f"{self.milestone} ({self.made_on:%Y-%m-%d})"
