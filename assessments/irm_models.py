"""What the Independent Reporting Mechanism found and recommends."""

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from commitments.models import ActionPlan, Commitment, PublicInfluence, Sourced, SourceDocument

from . import codebooks, editions, irm_querysets

COMMENT_DAYS = 14  # OGP's two weeks of public comment
EVIDENCE_ROWS, EVIDENCE_TITLE, EVIDENCE_LINK = 50, 300, 500
is_web_address = URLValidator(schemes=["http", "https"])


def validate_evidence(rows):
    """``[{"title", "link"}, …]``: each with a title, and a link that is a web address."""
    if not isinstance(rows, list) or len(rows) > EVIDENCE_ROWS:
        raise ValidationError(_now("Give a list of at most %(rows)s pieces of evidence.") % {"rows": EVIDENCE_ROWS})
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"title", "link"}:
            raise ValidationError(_now("Each piece of evidence has a title and a link."))
        validate_piece(row["title"], row["link"])


def validate_piece(title, link):
    if not isinstance(title, str) or not 0 < len(title.strip()) <= EVIDENCE_TITLE:
        words = _now("A piece of evidence needs a title of at most %(length)s characters.")
        raise ValidationError(words % {"length": EVIDENCE_TITLE})
    try:
        if not isinstance(link, str) or len(link) > EVIDENCE_LINK:
            raise ValidationError("")
        is_web_address(link)
    except ValidationError:
        raise ValidationError(_now("“%(title)s” needs a web address.") % {"title": title}) from None


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

    ORDER = (Stage.DRAFT, Stage.FACTUAL_REVIEW, Stage.PUBLIC_COMMENT, Stage.FINAL)

    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="irm_reviews")
    slug = models.SlugField(_("address name"), unique=True)
    product = models.CharField(_("product"), max_length=30, choices=Product.choices)
    method_version = models.CharField(_("method version"), max_length=10, choices=Method.choices)
    title = models.CharField(_("title"), max_length=300)
    stage = models.CharField(_("stage"), max_length=15, choices=Stage.choices, default=Stage.DRAFT)
    comment_from = models.DateField(_("public comment from"), null=True, blank=True)
    comment_until = models.DateField(_("public comment until"), null=True, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    published_wording = models.CharField(_("date as published"), max_length=100, blank=True)
    public_influence = models.CharField(
        _("level of public influence found"), max_length=15, choices=PublicInfluence.choices, blank=True
    )
    note = models.TextField(_("note"), blank=True)

    objects = irm_querysets.IRMReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("IRM review")
        verbose_name_plural = _("IRM reviews")
        ordering = ["plan", "published_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "plan"],
                condition=models.Q(stage="final"),
                name="one_final_review_a_product_and_plan",
                violation_error_message=_("This plan has a final review of this product already."),
            ),
            models.CheckConstraint(
                condition=models.Q(comment_from=None, comment_until=None)
                | models.Q(
                    models.Q(comment_from__isnull=False),
                    models.Q(comment_until__isnull=False),
                    models.lookups.GreaterThanOrEqual(
                        irm_querysets.DaysBetween("comment_until", "comment_from"), COMMENT_DAYS
                    ),
                ),
                name="public_comment_lasts_two_weeks",
                violation_error_message=_("Public comment lasts at least 14 days: give its first and its last day."),
            ),
            models.CheckConstraint(
                condition=~models.Q(stage="public_comment") | models.Q(comment_until__isnull=False),
                name="public_comment_has_its_days",
                violation_error_message=_("A review under public comment needs the days of the comment."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("irm-review", args=[self.slug])

    def clean(self):
        """The method of a review stays what it is once a commitment is coded by it."""
        if self.pk and self.codings.exclude(method_version=self.method_version).exists():
            words = _("Its commitments are coded by another method: the method of this review stays what it is.")
            raise ValidationError({"method_version": words})

    @property
    def codebook(self) -> codebooks.Codebook:
        return codebooks.BY_VERSION[self.method_version]

    @property
    def next_stage(self) -> "IRMReview.Stage | None":
        """The one stage that may follow; None once it is final."""
        place = self.ORDER.index(self.stage) + 1
        return self.ORDER[place] if place < len(self.ORDER) else None


class Coding(Sourced, editions.Corrected):
    """The IRM's finding on one commitment. Empty means that the source does not state the indicator."""

    GRADED = (
        "specificity",
        "potential_impact",
        "potential_for_results",
        "completion",
        "did_it_open_government",
        "did_it_open_government_access_to_information",
        "did_it_open_government_civic_participation",
        "did_it_open_government_public_accountability",
        "early_results",
    )
    YES_NO = (
        "verifiability",
        "access_to_information",
        "civic_participation",
        "public_accountability",
        "technology_and_innovation",
        "open_government_lens",
        "promising",
        "behind_schedule",
    )

    class Confidence(models.TextChoices):
        LOW = "low", _("Low")
        MEDIUM = "medium", _("Medium")
        HIGH = "high", _("High")

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
    method_version = models.CharField(
        _("method version"), max_length=10, choices=IRMReview.Method.choices, editable=False
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
    did_it_open_government_access_to_information = models.CharField(
        _("did it open government? (access to information)"),
        max_length=15,
        choices=OpenedGovernment.choices,
        blank=True,
    )
    did_it_open_government_civic_participation = models.CharField(
        _("did it open government? (civic participation)"), max_length=15, choices=OpenedGovernment.choices, blank=True
    )
    did_it_open_government_public_accountability = models.CharField(
        _("did it open government? (public accountability)"),
        max_length=15,
        choices=OpenedGovernment.choices,
        blank=True,
    )
    early_results = models.CharField(_("early results"), max_length=20, choices=EarlyResults.choices, blank=True)
    promising = models.BooleanField(_("promising"), null=True, blank=True)
    behind_schedule = models.BooleanField(_("behind schedule"), null=True, blank=True)
    absent = models.JSONField(_("why indicators are empty"), default=dict, blank=True)  # {"specificity": "ND"}
    rationale = models.TextField(_("rationale"), blank=True)
    evidence = models.JSONField(_("evidence"), default=list, blank=True, validators=[validate_evidence])
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence.choices, blank=True)

    objects = editions.StandingManager.from_queryset(irm_querysets.CodingQuerySet)()
    ever = irm_querysets.CodingQuerySet.as_manager()

    class Meta:
        verbose_name = _("IRM coding")
        verbose_name_plural = _("IRM codings")
        ordering = ["review", "commitment__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "commitment"],
                condition=models.Q(until=None),
                name="coding_once_a_review",
                violation_error_message=_("This review has a coding of this commitment already."),
            ),
            *editions.constraints("coding"),
            *codebooks.constraints(),
        ]

    def __str__(self):
        return f"{self.review}: {self.commitment}"

    def save(self, *args, **kwargs):
        """A new coding takes its review's method."""
        self.method_version = self.method_version or self.review.method_version
        super().save(*args, **kwargs)

    def clean(self):
        """Only the method's values, each fault at its field; and a commitment of the plan that is reviewed."""
        if self.review_id is None:
            return
        self.method_version = self.method_version or self.review.method_version
        faults = self.foreign_values()
        if self.commitment_id and self.commitment.plan_id != self.review.plan_id:
            faults["commitment"] = _("This commitment is not in the plan that is reviewed.")
        if faults:
            raise ValidationError(faults)

    @property
    def codebook(self) -> codebooks.Codebook:
        return codebooks.BY_VERSION[self.method_version]

    def foreign_values(self) -> dict[str, str]:
        """What is wrong at each indicator that holds a value which the method does not have."""
        held = {name: getattr(self, name) for name in codebooks.NAMES}
        method = self.get_method_version_display()
        foreign = {name: value for name, value in held.items() if not self.codebook.allows(name, value)}
        return {name: not_of_method(name, value, method) for name, value in foreign.items()}

    @property
    def is_verifiable(self) -> bool:
        """Medium and High specificity count as verifiable."""
        return self.verifiability is True or self.specificity in ("medium", "high")

    @property
    def is_relevant(self) -> bool:
        """Technology and innovation alone does not count."""
        return True in (self.access_to_information, self.civic_participation, self.public_accountability)

    def is_starred(self, *impact: str) -> bool:
        """OGP's formula, the same as ``Coding.objects.with_starred()`` in SQL."""
        carried_out = self.completion in irm_querysets.STARRED_COMPLETION
        graded = self.method_version in irm_querysets.STARRED_METHODS
        graded = graded and self.potential_impact in (impact or ("transformative",))
        return graded and carried_out and self.is_verifiable and self.is_relevant

    def is_starred_2015(self) -> bool:
        """The formula that was used in 2015 only and also takes Moderate."""
        return self.is_starred(*irm_querysets.STARRED_IMPACT_2015)


def value_label(name: str, value) -> str:
    """A value in words, in the reader's language; what is no value of the column as it is."""
    if isinstance(value, bool):
        return _now("Yes") if value else _now("No")
    return str(dict(Coding._meta.get_field(name).choices or []).get(value, value))


def not_of_method(name: str, value, method: str) -> str:
    """“Transformative” is not a value of the method 2021 on."""
    words = {"value": value_label(name, value), "method": method}
    return _now("“%(value)s” is not a value of the method %(method)s.") % words


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


class RecommendationUptake(Sourced):
    """What a later plan did about a recommendation, where a document says so. No row: no document says anything."""

    recommendation = models.ForeignKey(
        Recommendation, verbose_name=_("recommendation"), on_delete=models.CASCADE, related_name="uptakes"
    )
    plan = models.ForeignKey(
        ActionPlan, verbose_name=_("later plan"), on_delete=models.PROTECT, related_name="recommendation_uptakes"
    )
    what_was_done = models.TextField(_("what was done"))

    class Meta:
        verbose_name = _("uptake of a recommendation")
        verbose_name_plural = _("uptake of recommendations")
        ordering = ["recommendation", "plan__number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recommendation", "plan"],
                name="uptake_once_a_recommendation_and_plan",
                violation_error_message=_("What this plan did about this recommendation is recorded already."),
            )
        ]

    def __str__(self):
        return f"{self.recommendation}: {self.plan}"

    def clean(self):
        """A later plan of the same member."""
        if self.plan_id is None or self.recommendation_id is None:
            return
        reviewed = self.recommendation.review.plan
        if self.plan.member_id != reviewed.member_id or self.plan.number <= reviewed.number:
            raise ValidationError({"plan": _("Choose a later plan of the same member.")})


class PlanRequirement(Sourced):
    """What the IRM found on one of OGP's minimum requirements for the plan. ``met`` None: not stated."""

    class Code(models.TextChoices):
        DIALOGUE = "1.1", _("1.1 A dialogue space that meets at least every six months, with public basic rules")
        WEBSITE = "2.1", _("2.1 A public OGP website")
        REPOSITORY = "2.2", _("2.2 A repository with evidence, open to all, updated at least twice a year")
        NOTICE = "3.1", _("3.1 Notice of opportunities to take part, two weeks ahead")
        OUTREACH = "3.2", _("3.2 Outreach")
        INPUT = "3.3", _("3.3 A way to give input")
        RESPONSE = "4.1", _("4.1 A reasoned response: why contributions were or were not taken up")
        MEETINGS = "5.1", _("5.1 At least two meetings a year with civil society on implementation")

    review = models.ForeignKey(
        IRMReview, verbose_name=_("review"), on_delete=models.CASCADE, related_name="requirements"
    )
    code = models.CharField(_("requirement"), max_length=3, choices=Code.choices)
    met = models.BooleanField(_("met"), null=True, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)

    class Meta:
        verbose_name = _("minimum requirement")
        verbose_name_plural = _("minimum requirements")
        ordering = ["review", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "code"],
                name="requirement_once_a_review",
                violation_error_message=_("This requirement stands in this review already."),
            )
        ]

    def __str__(self):
        return self.get_code_display()
