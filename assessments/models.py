"""What the government says of itself, what the IRM found, and the frozen reports made from them.

Two vocabularies by two assessors: a government form says "Completed", the IRM says "Complete". They are never merged.
"""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commitments.models import ActionPlan, Commitment, DatePrecision, Institution, Sourced, SourceDocument

from . import querysets


class SelfAssessment(Sourced):
    """The government's own report on a plan."""

    class Kind(models.TextChoices):
        MID_TERM = "mid_term", _("Mid-term self-assessment")
        END_OF_TERM = "end_of_term", _("End-of-term self-assessment")

    class Stage(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    plan = models.ForeignKey(
        ActionPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="self_assessments"
    )
    slug = models.SlugField(_("address name"), unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=300)
    title_ko = models.CharField(_("title in Korean"), max_length=300, blank=True)
    stage = models.CharField(_("stage"), max_length=15, choices=Stage.choices, default=Stage.DRAFT)
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
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("self-assessment", args=[self.slug])


class SelfAssessmentSection(Sourced):
    """A narrative section, with its tables: ``[{"title", "unit", "columns", "rows", "source", "note"}]``."""

    assessment = models.ForeignKey(
        SelfAssessment, verbose_name=_("self-assessment"), on_delete=models.CASCADE, related_name="sections"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    key = models.SlugField(_("key"), max_length=80)
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("text"), blank=True)
    tables = models.JSONField(_("tables"), default=list, blank=True)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["assessment", "position"]
        constraints = [models.UniqueConstraint(fields=["assessment", "key"], name="section_key_once_a_self_assessment")]

    def __str__(self):
        return self.title


class SelfAssessmentEntry(Sourced):
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
    other_actors = models.TextField(_("other actors: CSOs, private sector, working groups, multilaterals"), blank=True)
    main_objective = models.TextField(_("main objective"), blank=True)
    description = models.JSONField(_("brief description of commitment"), default=list, blank=True)
    relevance = models.TextField(_("relevance"), blank=True)
    ambition = models.TextField(_("ambition"), blank=True)
    completion_level = models.CharField(_("completion level"), max_length=12, choices=Completion.choices, blank=True)
    completion_note = models.TextField(_("note on the completion level"), blank=True)
    end_date_wording = models.CharField(_("end date"), max_length=100, blank=True)
    next_steps = models.TextField(_("next steps"), blank=True)

    class Meta:
        verbose_name = _("appendix form")
        verbose_name_plural = _("appendix forms")
        ordering = ["assessment", "commitment__position"]
        constraints = [models.UniqueConstraint(fields=["assessment", "commitment"], name="entry_once_a_commitment")]

    def __str__(self):
        return str(self.commitment)


class EntryResult(models.Model):
    """One numbered part of "description of the results", with its dated facts and tables."""

    entry = models.ForeignKey(
        SelfAssessmentEntry, verbose_name=_("appendix form"), on_delete=models.CASCADE, related_name="results"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    number = models.CharField(_("number"), max_length=20, blank=True)
    heading = models.CharField(_("heading"), max_length=400, blank=True)
    body = models.TextField(_("text"), blank=True)
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


class IRMReview(Sourced):
    """A product of the Independent Reporting Mechanism, with the method it used (never derived from the year)."""

    class Product(models.TextChoices):
        PROGRESS_REPORT = "progress_report", _("Progress Report")
        END_OF_TERM_REPORT = "end_of_term_report", _("End-of-Term Report")
        DESIGN_REPORT = "design_report", _("Design Report")
        IMPLEMENTATION_REPORT = "implementation_report", _("Implementation Report")
        TRANSITIONAL_RESULTS_REPORT = "transitional_results_report", _("Transitional Results Report")
        CO_CREATION_BRIEF = "co_creation_brief", _("Co-Creation Brief")
        ACTION_PLAN_REVIEW = "action_plan_review", _("Action Plan Review")
        MIDTERM_REVIEW = "midterm_review", _("Midterm Review")
        RESULTS_REPORT = "results_report", _("Results Report")

    class Method(models.TextChoices):
        Y2011 = "2011-13", "2011–13"
        Y2014 = "2014-17", "2014–17"
        Y2018 = "2018-20", "2018–20"
        Y2021 = "2021+", _("2021 on")

    class Stage(models.TextChoices):
        DRAFT = "draft", _("draft")
        FACTUAL_REVIEW = "factual_review", _("factual review")
        PUBLIC_COMMENT = "public_comment", _("public comment")
        FINAL = "final", _("final")

    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="irm_reviews")
    slug = models.SlugField(_("address name"), unique=True)
    product = models.CharField(_("product"), max_length=30, choices=Product.choices)
    method_version = models.CharField(_("method version"), max_length=10, choices=Method.choices)
    title = models.CharField(_("title"), max_length=300)
    stage = models.CharField(_("stage"), max_length=15, choices=Stage.choices, default=Stage.DRAFT)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = querysets.IRMReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("IRM review")
        verbose_name_plural = _("IRM reviews")
        ordering = ["plan", "published_on", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("irm-review", args=[self.slug])


class Coding(Sourced):
    """The IRM's finding on one commitment. Empty means that the source does not state the indicator."""

    GRADED = (
        "specificity",
        "potential_impact",
        "potential_for_results",
        "completion",
        "did_it_open_government",
        "early_results",
    )
    YES_NO = (
        "verifiability",
        "access_to_information",
        "civic_participation",
        "public_accountability",
        "technology_and_innovation",
        "open_government_lens",
        "behind_schedule",
    )

    class Completion(models.TextChoices):
        WITHDRAWN = "withdrawn", _("Withdrawn")
        NO_EVIDENCE = "no_evidence", _("No evidence available")
        NOT_STARTED = "not_started", _("Not started")
        LIMITED = "limited", _("Limited")
        SUBSTANTIAL = "substantial", _("Substantial")
        COMPLETE = "complete", _("Complete")

    class Specificity(models.TextChoices):
        NONE = "none", _("None")
        LOW = "low", _("Low")
        MEDIUM = "medium", _("Medium")
        HIGH = "high", _("High")

    class PotentialImpact(models.TextChoices):
        NONE = "none", _("None")
        MINOR = "minor", _("Minor")
        MODERATE = "moderate", _("Moderate")
        TRANSFORMATIVE = "transformative", _("Transformative")

    class PotentialForResults(models.TextChoices):
        UNCLEAR = "unclear", _("Unclear")
        MODEST = "modest", _("Modest")
        SUBSTANTIAL = "substantial", _("Substantial")

    class OpenedGovernment(models.TextChoices):
        WORSENED = "worsened", _("Worsened")
        DID_NOT_CHANGE = "did_not_change", _("Did not change")
        MARGINAL = "marginal", _("Marginal")
        MAJOR = "major", _("Major")
        OUTSTANDING = "outstanding", _("Outstanding")

    class EarlyResults(models.TextChoices):
        NONE = "no_notable_results", _("No notable results")
        MODERATE = "moderate", _("Moderate")
        SIGNIFICANT = "significant", _("Significant")

    review = models.ForeignKey(IRMReview, verbose_name=_("review"), on_delete=models.CASCADE, related_name="codings")
    commitment = models.ForeignKey(
        Commitment, verbose_name=_("commitment"), on_delete=models.PROTECT, related_name="codings"
    )
    title_as_quoted = models.CharField(_("title as quoted"), max_length=300, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    specificity = models.CharField(_("specificity"), max_length=10, choices=Specificity.choices, blank=True)
    verifiability = models.BooleanField(_("verifiability"), null=True, blank=True)
    access_to_information = models.BooleanField(_("relevant to access to information"), null=True, blank=True)
    civic_participation = models.BooleanField(_("relevant to civic participation"), null=True, blank=True)
    public_accountability = models.BooleanField(_("relevant to public accountability"), null=True, blank=True)
    technology_and_innovation = models.BooleanField(_("relevant to technology and innovation"), null=True, blank=True)
    open_government_lens = models.BooleanField(_("open government lens"), null=True, blank=True)
    potential_impact = models.CharField(
        _("potential impact"), max_length=15, choices=PotentialImpact.choices, blank=True
    )
    potential_for_results = models.CharField(
        _("potential for results"), max_length=12, choices=PotentialForResults.choices, blank=True
    )
    completion = models.CharField(_("completion"), max_length=12, choices=Completion.choices, blank=True)
    did_it_open_government = models.CharField(
        _("did it open government?"), max_length=15, choices=OpenedGovernment.choices, blank=True
    )
    early_results = models.CharField(_("early results"), max_length=20, choices=EarlyResults.choices, blank=True)
    behind_schedule = models.BooleanField(_("behind schedule"), null=True, blank=True)

    objects = querysets.CodingQuerySet.as_manager()

    class Meta:
        verbose_name = _("IRM coding")
        verbose_name_plural = _("IRM codings")
        ordering = ["review", "commitment__position"]
        constraints = [models.UniqueConstraint(fields=["review", "commitment"], name="coding_once_a_review")]

    def __str__(self):
        return f"{self.review}: {self.commitment}"


class Recommendation(Sourced):
    """What the IRM recommends, and what the member or a later document says was done about it."""

    review = models.ForeignKey(
        IRMReview, verbose_name=_("review"), on_delete=models.CASCADE, related_name="recommendations"
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"))
    response = models.TextField(_("what became of it"), blank=True)
    response_document = models.ForeignKey(
        SourceDocument,
        verbose_name=_("source of that"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    response_section = models.CharField(_("section of that source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["review", "number"]
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="recommendation_number_once_a_review")]

    def __str__(self):
        return f"{self.number}. {self.title}"


class Report(models.Model):
    """A frozen snapshot of a self-assessment and the job that renders it. The same data gives the same bytes."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("in progress")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    assessment = models.ForeignKey(
        SelfAssessment, verbose_name=_("self-assessment"), on_delete=models.PROTECT, related_name="reports"
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    data = models.JSONField(_("snapshot"))
    data_sha256 = models.CharField(_("SHA-256 of the snapshot"), max_length=64)
    frozen_on = models.DateField(_("frozen on"))
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
    file = models.FileField(_("PDF"), upload_to="reports", max_length=200, blank=True)
    file_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64, blank=True)
    file_size = models.PositiveIntegerField(_("size in bytes"), null=True)
    pages = models.PositiveIntegerField(_("pages"), null=True)

    objects = querysets.ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "language", "data_sha256"], name="one_report_a_snapshot_and_language"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | (~models.Q(file="") & ~models.Q(file_sha256="")),
                name="finished_report_has_its_file",
            ),
        ]

    def __str__(self):
        return f"{self.assessment} ({self.get_language_display()}, {self.frozen_on:%Y-%m-%d})"

    def get_absolute_url(self):
        return reverse("report", args=[self.pk])

    def get_file_url(self):
        return reverse("report-file", args=[self.pk])
