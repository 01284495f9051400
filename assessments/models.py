"""What the government says of itself. What the IRM found, and the frozen reports, are in files of their own.

Two vocabularies by two assessors: a government form says "Completed", the IRM says "Complete". They are never merged.
"""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commitments.models import ActionPlan, Commitment, DatePrecision, Institution, Sourced
from commitments.versions import Versioned
from milestones.models import StatusUpdate

from . import editions, querysets
from .comment_models import PublicComment  # noqa: F401 (models of this app, in files of their own)
from .irm_models import (  # noqa: F401
    Coding,
    IRMReview,
    PlanRequirement,
    Recommendation,
    RecommendationUptake,
)
from .ogp_models import OGPFault, OGPImport, OGPRow  # noqa: F401
from .report_models import Report, Snapshot  # noqa: F401

COMMENT_DAYS = 14  # at least two weeks, by OGP's rule for self-assessments


class SelfAssessment(Sourced):
    """The government's own report on a plan: a draft, signed off form by form by the institutions, open to public
    comment for two weeks, then published and frozen."""

    class Kind(models.TextChoices):
        MID_TERM = "mid_term", _("Mid-term self-assessment")
        END_OF_TERM = "end_of_term", _("End-of-term self-assessment")

    class Stage(models.TextChoices):
        DRAFT = "draft", _("draft")
        SIGN_OFF = "sign_off", _("sign-off by the institutions")
        PUBLIC_COMMENT = "public_comment", _("public comment")
        PUBLISHED = "published", _("published")

    plan = models.ForeignKey(
        ActionPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="self_assessments"
    )
    slug = models.SlugField(_("address name"), unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=300)
    title_ko = models.CharField(_("title in Korean"), max_length=300, blank=True)
    stage = models.CharField(_("stage"), max_length=15, choices=Stage.choices, default=Stage.DRAFT)
    comment_from = models.DateField(_("public comment from"), null=True, blank=True)
    comment_days = models.PositiveSmallIntegerField(_("days of public comment"), default=COMMENT_DAYS)
    published_wording = models.CharField(_("date as printed"), max_length=100, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    published_precision = models.CharField(_("precision"), max_length=10, choices=DatePrecision.choices, blank=True)

    objects = querysets.SelfAssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("self-assessment")
        verbose_name_plural = _("self-assessments")
        ordering = ["plan", "published_on"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind"], name="self_assessment_kind_once_a_plan"),
            models.CheckConstraint(
                condition=~models.Q(stage="published") | ~models.Q(published_on=None),
                name="published_self_assessment_has_a_date",
                violation_error_message=_("A published self-assessment needs its date."),
            ),
            models.CheckConstraint(
                condition=~models.Q(stage="public_comment") | ~models.Q(comment_from=None),
                name="public_comment_has_its_first_day",
            ),
            models.CheckConstraint(
                condition=models.Q(comment_days__gte=COMMENT_DAYS),
                name="self_assessment_comment_lasts_two_weeks",
                violation_error_message=_("The public has at least two weeks to comment."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("self-assessment", args=[self.slug])

    @property
    def comment_until(self) -> date | None:
        """The last day of public comment, as the member counts days; None when it has not begun."""
        return self.comment_from and self.comment_from + timedelta(days=self.comment_days - 1)

    def open_for_comment(self, on: date) -> bool:
        """Whether the public may comment on the day."""
        return self.stage == self.Stage.PUBLIC_COMMENT and self.comment_from <= on <= self.comment_until


class SelfAssessmentSection(Sourced):
    """A narrative section, with its tables: ``[{"title", "unit", "columns", "rows", "source", "note"}]``."""

    assessment = models.ForeignKey(
        SelfAssessment, verbose_name=_("self-assessment"), on_delete=models.CASCADE, related_name="sections"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    key = models.SlugField(_("key"), max_length=80)
    title = models.CharField(_("title"), max_length=300)
    title_ko = models.CharField(_("title in Korean"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    body_ko = models.TextField(_("text in Korean"), blank=True)
    tables = models.JSONField(_("tables"), default=list, blank=True)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["assessment", "position"]
        constraints = [models.UniqueConstraint(fields=["assessment", "key"], name="section_key_once_a_self_assessment")]

    def __str__(self):
        return self.title


class SelfAssessmentEntry(Sourced, Versioned, editions.Corrected):
    """The appendix form of one commitment. An empty completion level means: not stated in the source."""

    class Completion(models.TextChoices):
        NOT_STARTED = "not_started", _("Not Started")
        LIMITED = "limited", _("Limited")
        SUBSTANTIAL = "substantial", _("Substantial")
        COMPLETED = "completed", _("Completed")

    assessment = models.ForeignKey(
        SelfAssessment, verbose_name=_("self-assessment"), on_delete=models.CASCADE, related_name="entries"
    )
    commitment = models.ForeignKey(
        Commitment, verbose_name=_("commitment"), on_delete=models.PROTECT, related_name="self_assessment_entries"
    )
    lead = models.ForeignKey(
        Institution,
        verbose_name=_("lead implementing agency"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    office = models.CharField(_("department, title"), max_length=200, blank=True)
    government_actors = models.TextField(_("other actors: government"), blank=True)
    government_actors_ko = models.TextField(_("other actors: government, in Korean"), blank=True)
    other_actors = models.TextField(_("other actors: CSOs, private sector, working groups, multilaterals"), blank=True)
    other_actors_ko = models.TextField(
        _("other actors: CSOs, private sector, working groups, multilaterals, in Korean"), blank=True
    )
    main_objective = models.TextField(_("main objective"), blank=True)
    main_objective_ko = models.TextField(_("main objective, in Korean"), blank=True)
    description = models.JSONField(_("brief description of commitment"), default=list, blank=True)
    description_ko = models.JSONField(_("brief description of commitment, in Korean"), default=list, blank=True)
    relevance = models.TextField(_("relevance"), blank=True)
    relevance_ko = models.TextField(_("relevance, in Korean"), blank=True)
    ambition = models.TextField(_("ambition"), blank=True)
    ambition_ko = models.TextField(_("ambition, in Korean"), blank=True)
    completion_level = models.CharField(_("completion level"), max_length=12, choices=Completion.choices, blank=True)
    completion_note = models.TextField(_("note on the completion level"), blank=True)
    completion_note_ko = models.TextField(_("note on the completion level, in Korean"), blank=True)
    end_date_wording = models.CharField(_("end date"), max_length=100, blank=True)
    next_steps = models.TextField(_("next steps"), blank=True)
    next_steps_ko = models.TextField(_("next steps, in Korean"), blank=True)

    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("signed off by"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    signed_off_at = models.DateTimeField(_("signed off at"), null=True, editable=False)
    signed_off_for = models.ForeignKey(
        Institution,
        verbose_name=_("signed off for"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )

    objects = editions.StandingManager.from_queryset(querysets.EntryQuerySet)()
    ever = querysets.EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("appendix form")
        verbose_name_plural = _("appendix forms")
        ordering = ["assessment", "commitment__position"]
        permissions = [("signoff_selfassessmententry", "Can sign off appendix forms")]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "commitment"], condition=models.Q(until=None), name="entry_once_a_commitment"
            ),
            *editions.constraints("entry"),
            models.CheckConstraint(
                condition=models.Q(signed_off_by=None, signed_off_at=None, signed_off_for=None)
                | models.Q(signed_off_by__isnull=False, signed_off_at__isnull=False),
                name="sign_off_says_who_and_when",
            ),
        ]

    def __str__(self):
        return str(self.commitment)

    @property
    def is_signed_off(self) -> bool:
        return self.signed_off_at is not None


class EntryResult(models.Model):
    """One numbered part of "description of the results", with its dated facts and tables."""

    entry = models.ForeignKey(
        SelfAssessmentEntry, verbose_name=_("appendix form"), on_delete=models.CASCADE, related_name="results"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    number = models.CharField(_("number"), max_length=20, blank=True)
    heading = models.CharField(_("heading"), max_length=400, blank=True)
    heading_ko = models.CharField(_("heading in Korean"), max_length=400, blank=True)
    body = models.TextField(_("text"), blank=True)
    body_ko = models.TextField(_("text in Korean"), blank=True)
    update = models.ForeignKey(
        StatusUpdate,
        verbose_name=_("report that it was taken from"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    facts = models.JSONField(_("dated facts"), default=list, blank=True, help_text='[{"date": …, "text": …}]')
    tables = models.JSONField(_("tables"), default=list, blank=True)

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["entry", "position"]
        constraints = [models.UniqueConstraint(fields=["entry", "position"], name="result_position_once_a_form")]

    def __str__(self):
        return self.heading or self.number


class EntryLink(models.Model):
    """A link under "additional information", as the report prints it."""

    entry = models.ForeignKey(
        SelfAssessmentEntry, verbose_name=_("appendix form"), on_delete=models.CASCADE, related_name="links"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("label"), max_length=300)
    url = models.CharField(_("address as printed"), max_length=500)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["entry", "position"]
        constraints = [models.UniqueConstraint(fields=["entry", "position"], name="link_position_once_a_form")]

    def __str__(self):
        return self.label
