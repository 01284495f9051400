"""What was done to the record, by whom and why: written once, by the services, and never changed."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Institution

UNDO_WITHIN = timedelta(hours=24)


class EventQuerySet(models.QuerySet):
    def public(self):
        """Events that everybody may see."""
        return self.filter(public=True)

    def known(self, on):
        """Events of that day or an earlier one, as the member counts days."""
        return self.filter(day__lte=on)

    def newest_first(self):
        return self.order_by("-when", "-pk")

    def update(self, **_changes):
        raise TypeError("An event is never changed.")

    def delete(self):
        raise TypeError("An event is never deleted: it goes with what it is about.")


class Event(models.Model):
    """One thing that was done to one row. ``changes`` is field → [before, after].

    The database refuses to change an event. PostgreSQL also refuses to delete one unless its milestone or commitment
    goes too. The public sees the institution and the role, never the person.
    """

    class Action(models.TextChoices):
        SUBMITTED = "submitted", _("report submitted")
        RETURNED = "returned", _("report returned to its author")
        APPROVED = "approved", _("report approved and published")
        APPROVAL_UNDONE = "approval_undone", _("approval withdrawn: the report is not public any more")
        RETURN_UNDONE = "return_undone", _("return withdrawn: the report waits for review again")
        AMENDED = "amended", _("deadline amended")
        AMENDMENT_UNDONE = "amendment_undone", _("amendment withdrawn: the former deadline holds again")
        CORRECTED = "corrected", _("reading corrected")
        EDITED = "edited", _("text of the record changed")
        ASSIGNED = "assigned", _("assigned")
        ASSIGNMENT_UNDONE = "assignment_undone", _("assignment withdrawn")

    when = models.DateTimeField(_("when"), default=timezone.now)
    day = models.DateField(_("day"), help_text=_("As the member counts days."))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, null=True, related_name="events"
    )
    institution = models.ForeignKey(
        Institution, verbose_name=_("institution"), on_delete=models.PROTECT, null=True, related_name="events"
    )
    role = models.CharField(_("role at that time"), max_length=20, blank=True)
    action = models.CharField(_("what"), max_length=20, choices=Action.choices)
    commitment = models.ForeignKey(
        Commitment, verbose_name=_("commitment"), on_delete=models.CASCADE, related_name="events"
    )
    milestone = models.ForeignKey(
        "milestones.Milestone",
        verbose_name=_("milestone"),
        on_delete=models.CASCADE,
        null=True,
        related_name="events",
    )
    update = models.ForeignKey(
        "milestones.StatusUpdate",
        verbose_name=_("status report"),
        on_delete=models.CASCADE,
        null=True,
        related_name="events",
    )
    deadline = models.ForeignKey(
        "milestones.Deadline",
        verbose_name=_("deadline"),
        on_delete=models.CASCADE,
        null=True,
        related_name="events",
    )
    changes = models.JSONField(_("changes"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    version = models.PositiveIntegerField(_("edition afterwards"), null=True)
    request_id = models.UUIDField(_("request"), db_index=True)
    public = models.BooleanField(_("public"), default=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-when", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(action__in=["returned", "amended", "corrected"]) | ~models.Q(reason=""),
                name="event_that_needs_a_reason_has_one",
            ),
            models.CheckConstraint(
                condition=~models.Q(action__in=["submitted", "returned", "return_undone", "assigned"])
                | models.Q(public=False),
                name="what_happens_before_approval_is_not_public",
            ),
        ]
        indexes = [
            models.Index(
                fields=["commitment", "-when", "-id"], condition=models.Q(public=True), name="history_of_a_commitment"
            ),
            models.Index(
                fields=["milestone", "-when", "-id"], condition=models.Q(public=True), name="history_of_a_milestone"
            ),
            models.Index(
                fields=["-day", "-id"],
                condition=models.Q(public=True) & ~models.Q(action="approved"),
                name="latest_public_events",
            ),
        ]

    def __str__(self):
        return f"{self.get_action_display()} ({self.day:%Y-%m-%d})"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("An event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("An event is never deleted: it goes with what it is about.")


class Batch(models.Model):
    """A bulk action: how many rows it changed, which ones it could not, and whether it was undone."""

    class Action(models.TextChoices):
        APPROVE = "approve", _("Approve reports")
        RETURN = "return", _("Return reports")
        AMEND = "amend", _("Amend deadlines")
        ASSIGN = "assign", _("Assign milestones")

    request_id = models.UUIDField(_("request"), unique=True, default=uuid.uuid4, editable=False)
    when = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="batches"
    )
    institution = models.ForeignKey(
        Institution, verbose_name=_("institution"), on_delete=models.PROTECT, null=True, related_name="batches"
    )
    action = models.CharField(_("what"), max_length=10, choices=Action.choices)
    done = models.PositiveIntegerField(_("rows changed"), default=0)
    refused = models.JSONField(_("rows not changed"), default=list)  # [row, why]
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("undone by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="undone_batches",
    )
    kept = models.JSONField(_("rows not undone"), default=list)  # [row, why]

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        ordering = ["-when", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undone_at=None, undone_by=None)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
                name="undone_batch_says_by_whom",
            )
        ]

    def __str__(self):
        return f"{self.get_action_display()} ({self.when:%Y-%m-%d})"

    def may_still_be_undone(self, now) -> bool:
        return self.undone_at is None and now < self.when + UNDO_WITHIN
