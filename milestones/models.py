"""Milestones with their deadlines, what ministries report on them, and the notices of the clock."""

import hashlib

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, DatePrecision, Institution, Sourced
from commitments.versions import Versioned

from . import grammar, querysets, schedule, tokens
from .event_models import Batch, Event  # noqa: F401
from .link_models import Link
from .mail_models import OutboxMail, Reminder  # noqa: F401 (models of this app, in a file of their own)
from .period_models import OverduePeriod  # noqa: F401
from .reading_models import ReadingCorrection
from .upload_models import Upload, UploadRow  # noqa: F401


class Status(models.TextChoices):
    """How far a milestone is, in the words of the OGP self-assessment form."""

    NOT_STARTED = "not_started", _("Not started")
    LIMITED = "limited", _("Limited")
    SUBSTANTIAL = "substantial", _("Substantial")
    COMPLETED = "completed", _("Completed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Milestone(Sourced, Versioned):
    """An activity with a verifiable deliverable. Its published words are kept for ever; the reading follows."""

    class Cadence(models.TextChoices):
        ONCE = "once", _("once")
        MONTHLY = "monthly", _("monthly")
        QUARTERLY = "quarterly", _("quarterly")
        HALF_YEARLY = "half_yearly", _("half-yearly")
        YEARLY = "yearly", _("yearly")
        EVERY_TWO_YEARS = "every_two_years", _("every two years")
        CONTINUOUS = "continuous", _("continuous")

    class Reason(models.TextChoices):
        START_UNREADABLE = schedule.START_UNREADABLE, _("The start is not written as a date.")
        END_UNREADABLE = schedule.END_UNREADABLE, _("The end is not written as a date.")
        END_BEFORE_START = schedule.END_BEFORE_START, _("The end lies before the start.")
        UNPAIRED = schedule.UNPAIRED, _("The start and the end name different numbers of dates.")
        NO_PERIOD = (
            schedule.NO_PERIOD,
            _("A recurring date cannot be placed inside the plan's period, or that period is not stated."),
        )
        NO_END = schedule.NO_END, _("No end is stated.")
        YEAR_MISSING = grammar.YEAR_MISSING, _("No year is named.")
        YEAR_IMPLAUSIBLE = tokens.YEAR_IMPLAUSIBLE, _("The year is not one that a plan can mean.")
        ORDER_UNKNOWN = tokens.ORDER_UNKNOWN, _("Day and month cannot be told apart.")
        SEASON_UNKNOWN = tokens.SEASON_UNKNOWN, _("The season has no common months in this country.")
        FISCAL_YEAR_UNKNOWN = grammar.FISCAL_YEAR_UNKNOWN, _("The months of the fiscal year are not known.")

    commitment = models.ForeignKey(
        Commitment, verbose_name=_("commitment"), on_delete=models.PROTECT, related_name="milestones"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    group = models.CharField(_("sub-heading"), max_length=300, blank=True)
    title = models.TextField(_("title"))
    title_ko = models.TextField(_("title in Korean"), blank=True)
    title_note = models.CharField(_("note on the title"), max_length=300, blank=True)
    published_start = models.CharField(_("start as published"), max_length=300, blank=True)
    published_end = models.CharField(_("end as published"), max_length=300, blank=True)
    # The reading of the published words, or a person's correction of it: written by milestones.services alone.
    starts_on = models.DateField(_("starts on"), null=True, blank=True, editable=False)
    due_on = models.DateField(_("due on"), null=True, blank=True, editable=False)
    due_precision = models.CharField(
        _("precision"), max_length=10, choices=DatePrecision.choices, blank=True, editable=False
    )
    cadence = models.CharField(
        _("cadence"), max_length=15, choices=Cadence.choices, default=Cadence.ONCE, editable=False
    )
    open_ended = models.BooleanField(_("open-ended"), default=False, editable=False)
    readable = models.BooleanField(_("readable"), default=True, editable=False)
    reading_reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True, editable=False)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="assigned_milestones",
        help_text=_("The account that sees to the reports. It is not public."),
    )

    objects = querysets.MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["commitment__plan", "commitment__position", "position"]
        permissions = [("assign_milestone", "Can assign milestones")]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "position"], name="milestone_position_once_a_commitment")
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{self.commitment.get_absolute_url()}#milestone-{self.position}"

    def get_page_url(self):
        """The milestone's own page; ``get_absolute_url`` is its place among the others of its commitment."""
        return f"{self.commitment.get_absolute_url()}milestones/{self.position}/"

    def deadlines_in_force(self, on) -> list["Deadline"]:
        """The deadlines that held on the day, in order of time (one row's form of ``DeadlineQuerySet.in_force``)."""
        return [deadline for deadline in self.deadlines.all() if deadline.in_force(on)]

    def correction_on(self, on) -> ReadingCorrection | None:
        """The latest correction of the reading that had been made by the day; one may take the earlier ones back."""
        made = [correction for correction in self.corrections.all() if correction.made_on <= on]
        return max(made, key=lambda correction: (correction.made_on, correction.pk), default=None)


class Deadline(models.Model):
    """The last day on which a milestone, or one round of it, is in time.

    A deadline read from the plan has no ``set_on``. An amendment withdraws it with a reason and adds another: both stay
    public, and each is in force on the days between its ``set_on`` and ``withdrawn_on``. So does a ``correction`` of
    the reading: the promise was not moved, but its words were found to mean another day.
    """

    milestone = models.ForeignKey(
        Milestone, verbose_name=_("milestone"), on_delete=models.CASCADE, related_name="deadlines"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    due_on = models.DateField(_("due on"))
    precision = models.CharField(_("precision"), max_length=10, choices=DatePrecision.choices)
    set_on = models.DateField(_("set on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    amends = models.OneToOneField(
        "self", verbose_name=_("amends"), on_delete=models.PROTECT, null=True, blank=True, related_name="amended_by"
    )
    reason = models.TextField(_("reason for the amendment"), blank=True)
    correction = models.ForeignKey(
        ReadingCorrection,
        verbose_name=_("correction of the reading"),
        on_delete=models.RESTRICT,  # both go only with their milestone
        null=True,
        blank=True,
        editable=False,
        related_name="deadlines",
    )

    objects = querysets.DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["milestone", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_on=None) | models.Q(due_on__gte=models.F("starts_on")),
                name="deadline_is_not_before_its_start",
                violation_error_message=_("The due date lies before the start."),
            ),
            models.CheckConstraint(
                condition=models.Q(amends=None) | (~models.Q(reason="") & ~models.Q(set_on=None)),
                name="amendment_has_reason_and_date",
                violation_error_message=_("An amendment needs its reason and the day from which it holds."),
            ),
            models.CheckConstraint(
                condition=models.Q(correction=None) | (models.Q(amends=None) & ~models.Q(set_on=None)),
                name="corrected_deadline_amends_nothing_and_has_its_day",
            ),
            models.UniqueConstraint(
                fields=["milestone", "position"],
                condition=models.Q(amends=None, correction=None),
                name="published_deadline_position_once_a_milestone",
            ),
            models.UniqueConstraint(fields=["correction", "position"], name="deadline_position_once_a_correction"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=models.Q(withdrawn_on=None), name="deadline_due_in_force")]

    def __str__(self):
        return f"{self.due_on:%Y-%m-%d}"

    def in_force(self, on) -> bool:
        """Whether this deadline held on the day: set by then, and not yet withdrawn."""
        return (self.set_on is None or self.set_on <= on) and (self.withdrawn_on is None or self.withdrawn_on > on)

    def report(self, on) -> "StatusUpdate | None":
        """The ministry's latest report known on the day about this deadline or the whole milestone."""
        known = [
            update
            for update in self.milestone.updates.all()
            if update.known(on) and not update.as_co_owner and update.deadline_id in (None, self.pk)
        ]
        return max(known, key=lambda update: (update.on_date, update.pk), default=None)

    def is_unmet(self, on) -> bool:
        """One row's form of ``DeadlineQuerySet.unmet``."""
        report = self.report(on)
        return self.in_force(on) and not (report and report.status in (Status.COMPLETED, Status.WITHDRAWN))

    def is_overdue(self, on) -> bool:
        """One row's form of ``DeadlineQuerySet.overdue``."""
        return self.due_on < on and self.milestone.commitment.plan.under_implementation(on) and self.is_unmet(on)


class StatusUpdate(Versioned):
    """What a ministry, or a civil-society co-owner, reports on a milestone. The public sees it once somebody else has
    approved it. What a co-owner says stands beside what the ministry says, and never counts as that.

    ``on_date`` is the day the report is about; ``published_on`` the day it became public, in the member's time zone.
    The record "as it stood on D" holds what had been published by D and is about D or earlier: it never changes.
    """

    class Review(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("returned")
        APPROVED = "approved", _("approved")

    milestone = models.ForeignKey(
        Milestone, verbose_name=_("milestone"), on_delete=models.PROTECT, related_name="updates"
    )
    deadline = models.ForeignKey(
        Deadline,
        verbose_name=_("about one deadline only"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="updates",
        help_text=_(
            "Choose it when the milestone recurs and the report is about one round. Empty: the whole milestone."
        ),
    )
    on_date = models.DateField(_("date it is about"), help_text=_("The day on which this was the state of things."))
    status = models.CharField(_("status"), max_length=15, choices=Status.choices)
    what_was_done = models.TextField(_("what was done"), blank=True)
    challenges = models.TextField(_("challenges"), blank=True)
    next_step = models.TextField(_("next step"), blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.PROTECT,
        related_name="updates",
        editable=False,
    )
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("reported by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="updates",
        editable=False,
    )
    as_co_owner = models.BooleanField(_("by a civil-society co-owner"), default=False, editable=False)
    review = models.CharField(_("review"), max_length=10, choices=Review.choices, default=Review.DRAFT, editable=False)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reviewed by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="reviewed_updates",
        editable=False,
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, editable=False)
    return_reason = models.TextField(_("reason for returning it"), blank=True, editable=False)
    published_on = models.DateField(_("published on"), null=True, editable=False)

    objects = querysets.StatusUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("status report")
        verbose_name_plural = _("status reports")
        ordering = ["-on_date", "-pk"]
        permissions = [("review_statusupdate", "Can review status reports")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(review="approved")
                | (models.Q(reviewed_by__isnull=False) & models.Q(published_on__isnull=False)),
                name="approved_report_has_reviewer_and_date",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("author")),
                name="nobody_reviews_their_own_report",
                violation_error_message=_("Nobody may review a report of their own."),
            ),
            models.CheckConstraint(
                condition=~models.Q(review="returned") | ~models.Q(return_reason=""),
                name="returned_report_has_a_reason",
                violation_error_message=_("Say why you return it."),
            ),
            models.CheckConstraint(
                condition=models.Q(review="draft") | ~models.Q(status="completed") | ~models.Q(what_was_done=""),
                name="completed_report_says_what_was_done",
                violation_error_message=_("“Completed” needs a note on what was done."),
            ),
            models.CheckConstraint(
                condition=models.Q(as_co_owner=False) | models.Q(institution__isnull=False),
                name="co_owners_report_names_its_institution",
            ),
        ]
        indexes = [
            models.Index(
                fields=["milestone", "-on_date", "-id"],
                condition=models.Q(review="approved"),
                name="latest_approved_report",
            ),
            models.Index(
                fields=["-published_on", "-id"],
                condition=models.Q(review="approved"),
                name="latest_published_report",
            ),
        ]

    def __str__(self):
        return f"{self.get_status_display()} ({self.on_date:%Y-%m-%d})"

    def get_absolute_url(self):
        return f"{self.milestone.commitment.get_absolute_url()}#report-{self.pk}"

    def save(self, *args, **kwargs):
        """Whose voice a report is follows from its author's role when it is made; a later change of role moves none."""
        if self._state.adding:
            self.as_co_owner = self.author.is_co_owner
        super().save(*args, **kwargs)

    def known(self, on) -> bool:
        """Whether this report was public on the day and is about that day or an earlier one."""
        return self.review == self.Review.APPROVED and self.published_on <= on and self.on_date <= on

    @property
    def is_open(self) -> bool:
        """Whether its author may still change it. What was submitted or approved stays as it is."""
        return self.review in (self.Review.DRAFT, self.Review.RETURNED)


def evidence_path(evidence, filename: str) -> str:
    """A path that tells nothing and cannot run: the file's own digest; its name is kept in the row."""
    return f"evidence/{evidence.sha256[:2]}/{evidence.sha256}"


class Evidence(models.Model):
    """A link or a file that shows what a report says."""

    update = models.ForeignKey(
        StatusUpdate, verbose_name=_("status report"), on_delete=models.CASCADE, related_name="evidence"
    )
    title = models.CharField(_("title"), max_length=200)
    url = models.URLField(_("link"), max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])])
    link = models.ForeignKey(
        Link,
        verbose_name=_("checks of the link"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="evidence",
    )
    file = models.FileField(_("file"), upload_to=evidence_path, max_length=200, blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True, editable=False)
    content_type = models.CharField(_("type"), max_length=100, blank=True, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), null=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(url="") & ~models.Q(file="")) | (~models.Q(url="") & models.Q(file="")),
                name="evidence_is_a_link_or_a_file",
                violation_error_message=_("Give either a link or a file."),
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.url or reverse("evidence", args=[self.pk])

    def describe_file(self, content_type: str):
        """Notes the uploaded file's digest, size, name and type (found by its content) before it is stored."""
        digest = hashlib.sha256()
        for chunk in self.file.chunks():
            digest.update(chunk)
        self.sha256 = digest.hexdigest()
        self.size = self.file.size
        self.file_name = self.file.name[-200:]
        self.content_type = content_type


class OverdueNotice(models.Model):
    """The clock's memory: on which day a deadline was flagged as overdue, and when the flag came down."""

    deadline = models.ForeignKey(Deadline, verbose_name=_("deadline"), on_delete=models.CASCADE, related_name="notices")
    overdue_since = models.DateField(_("overdue since"))
    flagged_on = models.DateField(_("flagged on"))
    cleared_on = models.DateField(_("cleared on"), null=True, blank=True)

    class Meta:
        verbose_name = _("overdue notice")
        verbose_name_plural = _("overdue notices")
        ordering = ["-overdue_since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["deadline"], condition=models.Q(cleared_on=None), name="one_open_notice_a_deadline"
            )
        ]

    def __str__(self):
        return f"{self.deadline} ({self.overdue_since:%Y-%m-%d})"


class StaleNotice(models.Model):
    """The clock's memory: on which day a commitment was seen to have gone quiet, and when a report ended that."""

    commitment = models.ForeignKey(
        Commitment, verbose_name=_("commitment"), on_delete=models.CASCADE, related_name="stale_notices"
    )
    stale_since = models.DateField(_("stale since"))
    noticed_on = models.DateField(_("noticed on"))
    cleared_on = models.DateField(_("cleared on"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice of a stale commitment")
        verbose_name_plural = _("notices of stale commitments")
        ordering = ["-stale_since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"], condition=models.Q(cleared_on=None), name="one_open_stale_notice_a_commitment"
            )
        ]

    def __str__(self):
        return f"{self.commitment} ({self.stale_since:%Y-%m-%d})"
