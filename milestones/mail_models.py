"""What the tracker remembers of telling people: who was reminded of what, and the mails on their way."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment

GIVEN_UP_AFTER = timedelta(days=30)  # by then the next monthly digest says the same, and more exactly


class OutboxQuerySet(models.QuerySet):
    def waiting(self, now):
        """Mails that the mail server has not taken yet and that are still worth sending."""
        return self.filter(sent_at=None, created_at__gt=now - GIVEN_UP_AFTER)

    def claimable(self, now):
        """Waiting mails that no worker is sending, no failure holds back, and whose reader can still be written to."""
        return self.waiting(now).filter(not_before__lte=now, user__is_active=True).exclude(user__email="")


class WaitingMail(models.Model):
    """A mail on its way. ``not_before`` is the lease of the worker that is sending it and, after a failure, the end of
    the pause (``sending``)."""

    message_id = models.CharField(_("message id"), max_length=200, unique=True)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("plain text"))
    html = models.TextField("HTML")
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("what hindered it last"), blank=True)

    class Meta:
        abstract = True


class OutboxMail(WaitingMail):
    """A digest that was decided on, kept until the mail server has taken it. One a person and day."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("reader"), on_delete=models.CASCADE, related_name="mails"
    )
    day = models.DateField(_("day"), help_text=_("The day that it tells about, as the reader's member counts it."))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    sent_to = models.EmailField(_("sent to"), blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="one_digest_a_person_and_day"),
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | ~models.Q(sent_to=""), name="sent_mail_names_its_address"
            ),
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=models.Q(sent_at=None), name="mail_not_sent_yet")
        ]

    def __str__(self):
        return f"{self.subject} ({self.day:%Y-%m-%d})"


class Reminder(models.Model):
    """One person, told once of one deadline (or one stale commitment) at one stage.

    ``falls_on`` is the day of the stage itself, such as seven days before the due date. It orders the stages, so that
    what was told tells what is still to be told, even when a corrected due date moves them all.
    """

    class Kind(models.TextChoices):
        BEFORE_30 = "before_30", _("30 days before")
        BEFORE_7 = "before_7", _("7 days before")
        DUE = "due", _("on the day")
        AFTER_7 = "after_7", _("7 days after")
        AFTER_30 = "after_30", _("30 days after")
        MONTHLY = "monthly", _("every month after")
        STALE = "stale", _("no report for six months")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("reader"), on_delete=models.CASCADE, related_name="reminders"
    )
    mail = models.ForeignKey(OutboxMail, verbose_name=_("mail"), on_delete=models.CASCADE, related_name="reminders")
    deadline = models.ForeignKey(
        "milestones.Deadline",
        verbose_name=_("deadline"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reminders",
    )
    commitment = models.ForeignKey(
        Commitment,
        verbose_name=_("commitment"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reminders",
    )
    kind = models.CharField(_("stage"), max_length=10, choices=Kind.choices)
    falls_on = models.DateField(_("falls on"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-falls_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "deadline", "falls_on"], name="one_reminder_a_deadline_and_stage"),
            models.UniqueConstraint(
                fields=["user", "commitment", "falls_on"], name="one_reminder_a_stale_commitment_and_month"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="stale", deadline=None, commitment__isnull=False)
                | (~models.Q(kind="stale") & models.Q(deadline__isnull=False, commitment=None)),
                name="reminder_is_about_a_deadline_or_a_stale_commitment",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.falls_on:%Y-%m-%d})"
