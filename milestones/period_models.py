"""When deadlines are overdue, as rows: so that an index can answer for any day, however large the record."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models import ActionPlan, Member

from . import querysets


class OverduePeriod(models.Model):
    """Days on end on which a deadline is overdue: from ``first_on`` to the day before ``until``.

    These rows follow from the facts (deadlines, reports, the plan's period) by the rule ``Deadline.is_overdue``, for
    past and future days alike. ``periods.refresh`` alone writes them, whenever a fact changes. ``earliest`` marks, on
    each day, the one that has been due for longest among the overdue deadlines of a milestone.
    """

    deadline = models.ForeignKey(
        "milestones.Deadline",
        verbose_name=_("deadline"),
        on_delete=models.CASCADE,
        related_name="overdue_periods",
        db_index=False,  # the unique constraint below serves it
    )
    milestone = models.ForeignKey(
        "milestones.Milestone", verbose_name=_("milestone"), on_delete=models.CASCADE, related_name="overdue_periods"
    )
    plan = models.ForeignKey(
        ActionPlan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="overdue_periods"
    )
    member = models.ForeignKey(
        Member,
        verbose_name=_("member"),
        on_delete=models.CASCADE,
        related_name="overdue_periods",
        db_index=False,  # asked for with a day, which the index below serves
    )
    first_on = models.DateField(_("first day"))
    until = models.DateField(_("until"))
    earliest = models.BooleanField(_("earliest of its milestone"))

    objects = querysets.OverduePeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("overdue period")
        verbose_name_plural = _("overdue periods")
        ordering = ["deadline", "first_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("first_on")), name="overdue_period_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["deadline", "first_on"], name="overdue_period_begins_once_a_day"),
        ]
        indexes = [
            models.Index(
                fields=["until", "first_on", "member"],
                condition=models.Q(earliest=True),
                name="milestones_overdue_on_a_day",
            ),
            models.Index(
                fields=["member", "until", "first_on"],
                condition=models.Q(earliest=True),
                name="milestones_overdue_of_a_member",
            ),
            models.Index(fields=["first_on"], condition=models.Q(earliest=True), name="milestones_overdue_from_a_day"),
        ]

    def __str__(self):
        return f"{self.first_on:%Y-%m-%d}/{self.until:%Y-%m-%d}"
