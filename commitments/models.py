"""What governments promised: members, institutions, plans, themes, commitments and who is involved.

Names follow the Open Government Partnership's own terms. Texts kept from a source are facts in the source's language;
``_ko`` columns hold the Korean wording where an official one exists, and are empty otherwise. Names of countries are
those of Unicode CLDR (``countries``), those of policy areas this project's own (``policy_areas``).
"""

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import querysets
from .change_models import RecordChange  # noqa: F401 (a model of this app, in a file of its own)
from .time_zones import validate_time_zone
from .versions import Versioned

OGP_ID = r"^[A-Z]{2,3}\d{4}$"


class OGPValue(models.TextChoices):
    """The four OGP values, as the OGP Articles of Governance name them."""

    ACCESS_TO_INFORMATION = "access_to_information", _("Access to information")
    CIVIC_PARTICIPATION = "civic_participation", _("Civic participation")
    PUBLIC_ACCOUNTABILITY = "public_accountability", _("Public accountability")
    TECHNOLOGY_AND_INNOVATION = "technology_and_innovation", _("Technology and innovation")


class DatePrecision(models.TextChoices):
    """How exactly the plan's words name a date."""

    DAY = "day", _("day")
    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    HALF = "half", _("half-year")
    SEASON = "season", _("season")
    YEAR = "year", _("year")


class PublicInfluence(models.TextChoices):
    """Level of public influence on a plan (the IAP2 spectrum, as OGP uses it)."""

    NONE = "none", _("No consultation")
    INFORM = "inform", _("Inform")
    CONSULT = "consult", _("Consult")
    INVOLVE = "involve", _("Involve")
    COLLABORATE = "collaborate", _("Collaborate")
    EMPOWER = "empower", _("Empower")


class Member(models.Model):
    """A government in the Open Government Partnership, national or local."""

    class Kind(models.TextChoices):
        NATIONAL = "national", _("national")
        LOCAL = "local", _("local")
        OTHER = "other", _("other")  # what OGP's data calls neither national nor local

    class Region(models.TextChoices):
        AFRICA_MIDDLE_EAST = "africa_middle_east", _("Africa and the Middle East")
        AMERICAS = "americas", _("Americas")
        ASIA_PACIFIC = "asia_pacific", _("Asia and the Pacific")
        EUROPE = "europe", _("Europe")

    code = models.CharField(_("code"), max_length=8, unique=True)
    iso3 = models.CharField(_("three-letter code"), max_length=3, blank=True)
    ogp_code = models.CharField(_("code in OGP's data"), max_length=8, blank=True)
    slug = models.SlugField(_("address name"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_ko = models.CharField(
        _("name in Korean"),
        max_length=200,
        blank=True,
        help_text=_("A country's name in Unicode CLDR, unless the record has another."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.NATIONAL)
    region = models.CharField(_("region"), max_length=20, choices=Region.choices, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC", validators=[validate_time_zone])
    languages = models.JSONField(_("languages"), default=list)
    joined_year = models.PositiveSmallIntegerField(_("joined OGP in"), null=True, blank=True)
    forum_name = models.CharField(_("multi-stakeholder forum"), max_length=200, blank=True)
    forum_since = models.PositiveSmallIntegerField(_("forum since"), null=True, blank=True)
    point_of_contact = models.ForeignKey(
        "Institution",
        verbose_name=_("point of contact"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    sources = models.JSONField(
        _("sources"), default=list, blank=True, help_text='[{"fact": …, "document": …, "section": …}]'
    )
    is_fictional = models.BooleanField(
        _("fictional"),
        default=False,
        help_text=_("A training member: marked on every page, left out of public totals and exports."),
    )

    objects = querysets.MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["name"]
        indexes = [models.Index(fields=["name", "id"], name="members_by_name")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("member", args=[self.slug])


class Institution(models.Model):
    """A body that promises, supports or oversees; a division has its ministry as parent."""

    class Kind(models.TextChoices):
        STATE_BODY = "state_body", _("state body")
        LEGISLATURE = "legislature", _("legislature")
        JUDICIARY = "judiciary", _("judiciary")
        LOCAL_GOVERNMENT = "local_government", _("local government")
        CSO = "cso", _("civil society organisation")
        PRIVATE_SECTOR = "private_sector", _("private sector")
        ACADEMIA = "academia", _("academia")
        MULTILATERAL = "multilateral", _("multilateral")
        WORKING_GROUP = "working_group", _("working group")

    member = models.ForeignKey(Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="institutions")
    key = models.SlugField(_("key"), max_length=120)
    name = models.CharField(_("name"), max_length=250)
    name_ko = models.CharField(_("name in Korean"), max_length=250, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.STATE_BODY)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), on_delete=models.PROTECT, null=True, blank=True, related_name="divisions"
    )

    objects = querysets.InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["member", "key"], name="institution_key_once_a_member"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("pk")), name="institution_is_not_its_own_parent"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("institution", args=[self.member.slug, self.key])


class SourceDocument(models.Model):
    """A document that facts of the record were read from."""

    class Kind(models.TextChoices):
        ACTION_PLAN = "action_plan", _("action plan")
        SELF_ASSESSMENT = "self_assessment", _("self-assessment report")
        IRM_REPORT = "irm_report", _("IRM report")
        BACKGROUND = "background", _("background document")
        OGP_DATA = "ogp_data", _("OGP commitment data")

    member = models.ForeignKey(Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="documents")
    key = models.SlugField(_("key"), unique=True)
    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    language = models.CharField(_("language"), max_length=10, default="en")
    published_wording = models.CharField(_("date as printed"), max_length=100, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    published_precision = models.CharField(_("precision"), max_length=10, choices=DatePrecision.choices, blank=True)
    sha256 = models.CharField(
        "SHA-256", max_length=64, blank=True, help_text=_("Of the text version that the record was read from.")
    )
    link = models.URLField(_("link"), max_length=500, blank=True)
    outline = models.JSONField(_("sections"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("source document")
        verbose_name_plural = _("source documents")
        ordering = ["published_on", "key"]
        indexes = [models.Index(fields=["published_on", "key"], name="documents_by_day")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("document", args=[self.key])


class Sourced(models.Model):
    """Where a fact was read: the document and its section."""

    document = models.ForeignKey(
        SourceDocument,
        verbose_name=_("source document"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    section = models.CharField(_("section of the source"), max_length=300, blank=True)

    class Meta:
        abstract = True


class ActionPlan(Sourced, Versioned):
    """A national action plan. Dates are null where no source states them; their precision says how exact they are."""

    class Stage(models.TextChoices):
        IN_PREPARATION = "in_preparation", _("in preparation")
        ADOPTED = "adopted", _("adopted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    member = models.ForeignKey(Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField(_("number"))
    slug = models.SlugField(_("address name"), unique=True)
    title = models.CharField(_("title"), max_length=300)
    title_ko = models.CharField(_("title in Korean"), max_length=300, blank=True)
    ogp_id = models.CharField(_("OGP id"), max_length=20, blank=True)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices, default=Stage.ADOPTED)
    period_wording = models.CharField(_("period as published"), max_length=100, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    period_precision = models.CharField(
        _("precision of the period"), max_length=10, choices=DatePrecision.choices, blank=True
    )
    period_basis = models.TextField(_("what the period rests on"), blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    published_wording = models.CharField(_("publication date as printed"), max_length=100, blank=True)
    stated_commitment_count = models.PositiveSmallIntegerField(
        _("commitments, as a source states"), null=True, blank=True
    )
    stated_commitment_count_basis = models.TextField(_("what that count rests on"), blank=True)
    is_itemised = models.BooleanField(
        _("itemised"), default=True, help_text=_("Off when the sources tell of the plan but not of its commitments.")
    )
    numbering_note = models.TextField(_("note on the numbering"), blank=True)
    public_influence = models.CharField(
        _("level of public influence"), max_length=15, choices=PublicInfluence.choices, blank=True
    )
    public_influence_document = models.ForeignKey(
        SourceDocument, verbose_name=_("its source"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    public_influence_section = models.CharField(_("section of its source"), max_length=300, blank=True)

    objects = querysets.ActionPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("action plan")
        verbose_name_plural = _("action plans")
        ordering = ["member__name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="plan_number_once_a_member"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on"))
                | models.Q(starts_on=None)
                | models.Q(ends_on=None),
                name="plan_ends_after_it_starts",
                violation_error_message=_("The plan ends before it starts."),
            ),
        ]

    def __str__(self):
        return f"{self.member.name}: {self.title}"

    def get_absolute_url(self):
        return reverse("plan", args=[self.slug])

    @property
    def is_imported(self) -> bool:
        """Whether it was made of rows of OGP's commitment data, by which nobody can tell that they are all of it."""
        return self.document is not None and self.document.kind == SourceDocument.Kind.OGP_DATA

    def under_implementation(self, on) -> bool:
        """Whether *on* (a date in the member's time zone) lies inside the plan's period; never without one."""
        if not (self.starts_on and self.ends_on) or self.stage != self.Stage.ADOPTED:
            return False
        return self.starts_on <= on <= self.ends_on

    def ended(self, on) -> bool:
        """Whether the plan's period lay wholly before *on*. A plan without a stated end has no known end."""
        return bool(self.ends_on and self.ends_on < on)


class PlanSection(Sourced):
    """A narrative section of a plan, summarised, with a pointer to the document."""

    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(_("position"))
    key = models.SlugField(_("key"), max_length=60)
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("summary"))

    class Meta:
        verbose_name = _("plan section")
        verbose_name_plural = _("plan sections")
        ordering = ["plan", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="section_key_once_a_plan")]

    def __str__(self):
        return self.title


class CoCreationStep(Sourced):
    """One step from proposals to commitments, with its count and the unit of that count."""

    plan = models.ForeignKey(
        ActionPlan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="cocreation_steps"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("label"), max_length=200)
    count = models.PositiveIntegerField(_("count"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    dates_wording = models.CharField(_("dates as published"), max_length=200, blank=True)
    detail = models.TextField(_("detail"), blank=True)

    class Meta:
        verbose_name = _("co-creation step")
        verbose_name_plural = _("co-creation steps")
        ordering = ["plan", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="step_position_once_a_plan")]

    def __str__(self):
        return self.label


class ForumMembership(models.Model):
    """An institution's seat in the multi-stakeholder forum during a plan."""

    class Side(models.TextChoices):
        GOVERNMENT = "government", _("government")
        CIVIL_SOCIETY = "civil_society", _("civil society")

    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="forum_seats")
    institution = models.ForeignKey(
        Institution, verbose_name=_("institution"), on_delete=models.PROTECT, related_name="forum_seats"
    )
    side = models.CharField(_("side"), max_length=15, choices=Side.choices)
    role = models.CharField(_("role"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("forum seat")
        verbose_name_plural = _("forum seats")
        ordering = ["plan", "side", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "institution"], name="forum_seat_once_a_plan")]

    def __str__(self):
        return f"{self.institution} ({self.get_side_display()})"


class Theme(Sourced):
    """A plan's own grouping of its commitments."""

    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="themes")
    key = models.SlugField(_("key"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"))
    number = models.CharField(_("number as published"), max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=300)
    title_ko = models.CharField(_("title in Korean"), max_length=300, blank=True)
    description = models.TextField(_("description"), blank=True)
    background_document = models.ForeignKey(
        SourceDocument,
        verbose_name=_("background document"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="themes",
    )
    background_section = models.CharField(_("section of the background document"), max_length=300, blank=True)
    background_note = models.TextField(_("how they are linked"), blank=True)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["plan", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="theme_key_once_a_plan")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("theme", args=[self.plan.slug, self.key])


class PolicyArea(models.Model):
    """A policy area that OGP tags commitments with: one of the 86 flags of its commitment data."""

    slug = models.SlugField(_("address name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_ko = models.CharField(
        _("name in Korean"),
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text=_("The tracker's own translation: OGP names its policy areas in English."),
    )
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("policy area")
        verbose_name_plural = _("policy areas")
        ordering = ["position"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("policy-area", args=[self.slug])


class Commitment(Sourced, Versioned):
    """What the government promises. A commitment with parts has no form of its own: its parts carry the forms."""

    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="commitments")
    theme = models.ForeignKey(
        Theme, verbose_name=_("theme"), on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    part_of = models.ForeignKey(
        "self", verbose_name=_("part of"), on_delete=models.PROTECT, null=True, blank=True, related_name="parts"
    )
    is_form = models.BooleanField(
        _("has its own form"), default=True, help_text=_("Off for a commitment whose parts carry the forms.")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    number = models.CharField(_("number"), max_length=20)
    title = models.CharField(_("title"), max_length=2000)
    title_ko = models.CharField(_("title in Korean"), max_length=400, blank=True)
    ogp_id = models.CharField(
        _("OGP id"),
        max_length=7,
        null=True,
        blank=True,
        unique=True,
        validators=[RegexValidator(OGP_ID, _("An OGP id is two or three capital letters and four digits: KR0052."))],
    )
    ogp_id_inferred = models.BooleanField(_("OGP id inferred from the order of the forms"), default=False)
    starts_wording = models.CharField(_("start as published"), max_length=300, blank=True)
    ends_wording = models.CharField(_("end as published"), max_length=300, blank=True)
    problem = models.TextField(_("What is the public problem that the commitment will address?"), blank=True)
    description = models.TextField(_("What is the commitment?"), blank=True)
    contribution = models.TextField(_("How will the commitment contribute to solve the public problem?"), blank=True)
    values_as_stated = models.TextField(_("OGP values as stated"), blank=True)
    values = models.JSONField(_("OGP values"), default=list, blank=True)
    relevance = models.TextField(_("Why is this commitment relevant to OGP values?"), blank=True)
    others_as_stated = models.TextField(_("other actors involved, as stated"), blank=True)
    peer_learning = models.TextField(_("exchange and peer learning"), blank=True)
    additional_information = models.TextField(_("additional information"), blank=True)
    promises = models.JSONField(_("numbered promises"), default=list, blank=True)
    carried_from = models.ForeignKey(
        "self",
        verbose_name=_("carried forward from"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="carried_to",
    )
    institutions = models.ManyToManyField(Institution, through="Involvement", related_name="commitments")
    policy_areas = models.ManyToManyField(
        PolicyArea, verbose_name=_("policy areas"), blank=True, related_name="commitments"
    )

    objects = querysets.CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["plan", "position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="commitment_number_once_a_plan"),
            models.CheckConstraint(
                condition=models.Q(ogp_id=None) | models.Q(ogp_id__regex=OGP_ID), name="ogp_id_format"
            ),
            models.CheckConstraint(condition=~models.Q(part_of=models.F("pk")), name="commitment_is_not_its_own_part"),
        ]

    def __str__(self):
        return f"{self.number}. {self.title}"

    def get_absolute_url(self):
        return reverse("commitment", args=[self.plan.slug, self.number])

    def get_values_display(self):
        """The standard OGP values' names in the reader's language."""
        return [OGPValue(value).label for value in self.values]


class Involvement(models.Model):
    """An institution's part in a commitment, and the office that holds it (a post, never a person)."""

    class Role(models.TextChoices):
        LEAD = "lead", _("lead institution")
        SUPPORTING = "supporting", _("supporting state institution")
        CO_OWNER = "co_owner", _("civil-society co-owner")
        OTHER = "other", _("other actor")

    commitment = models.ForeignKey(
        Commitment, verbose_name=_("commitment"), on_delete=models.CASCADE, related_name="involvements"
    )
    institution = models.ForeignKey(
        Institution, verbose_name=_("institution"), on_delete=models.PROTECT, related_name="involvements"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    office = models.CharField(_("office"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("involvement")
        verbose_name_plural = _("involvements")
        ordering = ["commitment", "role", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "institution", "role"], name="institution_once_a_role_and_commitment"
            )
        ]

    def __str__(self):
        return f"{self.institution} ({self.get_role_display()})"
