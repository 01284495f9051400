"""What the Independent Reporting Mechanism found and recommends."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commitments.models import ActionPlan, Commitment, Sourced, SourceDocument

from . import irm_querysets


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

    objects = irm_querysets.IRMReviewQuerySet.as_manager()

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

    objects = irm_querysets.CodingQuerySet.as_manager()

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
