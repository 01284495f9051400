"""The tables of what the government says of itself, and of what the IRM found."""

from django.utils.translation import gettext_lazy as _

from assessments.irm_models import Coding, IRMReview, PlanRequirement, Recommendation, RecommendationUptake
from assessments.models import EntryLink, EntryResult, SelfAssessment, SelfAssessmentEntry, SelfAssessmentSection

from .columns import NOT_STATED, SOURCE, columns, page
from .definitions import Field, Table, with_words

PUBLISHED = SelfAssessment.Stage.PUBLISHED
SELF_ASSESSMENTS = Table(
    "self_assessments",
    _("Self-assessments"),
    _("a published self-assessment of the government"),
    lambda: SelfAssessment.objects.filter(stage=PUBLISHED),
    tuple(
        [
            *columns(
                SelfAssessment,
                "id",
                "plan",
                "slug",
                "kind",
                "title",
                "title_ko",
                "published_wording",
                "published_on",
                "published_precision",
                *SOURCE,
            ),
            page("self-assessment", "slug"),
        ]
    ),
    member="plan__member",
)
SELF_ASSESSMENT_SECTIONS = Table(
    "self_assessment_sections",
    _("Sections of self-assessments"),
    _("a narrative section of a self-assessment, with its tables"),
    lambda: SelfAssessmentSection.objects.filter(assessment__stage=PUBLISHED),
    tuple(
        columns(
            SelfAssessmentSection,
            "id",
            "assessment",
            "position",
            "key",
            "title",
            "title_ko",
            "body",
            "body_ko",
            "tables",
            *SOURCE,
        )
    ),
    member="assessment__plan__member",
)
SELF_ASSESSMENT_ENTRIES = Table(
    "self_assessment_entries",
    _("Forms of self-assessments"),
    _("what a self-assessment says of one commitment"),
    lambda: SelfAssessmentEntry.objects.filter(assessment__stage=PUBLISHED),
    with_words(
        columns(
            SelfAssessmentEntry,
            "id",
            "assessment",
            "commitment",
            "lead",
            "office",
            "government_actors",
            "government_actors_ko",
            "other_actors",
            "other_actors_ko",
            "main_objective",
            "main_objective_ko",
            "description",
            "description_ko",
            "relevance",
            "relevance_ko",
            "ambition",
            "ambition_ko",
            "completion_level",
            "completion_note",
            "completion_note_ko",
            "end_date_wording",
            "next_steps",
            "next_steps_ko",
            *SOURCE,
        ),
        {
            "office": _("A post, never a person."),
            "completion_level": _("The government's own word, never to be merged with what the IRM found."),
        },
    ),
    member="assessment__plan__member",
)
SELF_ASSESSMENT_RESULTS = Table(
    "self_assessment_results",
    _("Results in self-assessments"),
    _("a numbered part of “description of the results” of a form"),
    lambda: EntryResult.objects.filter(entry__until=None, entry__assessment__stage=PUBLISHED),
    with_words(
        columns(
            EntryResult,
            "id",
            "entry",
            "position",
            "number",
            "heading",
            "heading_ko",
            "body",
            "body_ko",
            "facts",
            "tables",
        ),
        {"facts": _("Objects with date and text.")},
    ),
    member="entry__assessment__plan__member",
)
SELF_ASSESSMENT_LINKS = Table(
    "self_assessment_links",
    _("Links in self-assessments"),
    _("a link under “additional information” of a form, as printed"),
    lambda: EntryLink.objects.filter(entry__until=None, entry__assessment__stage=PUBLISHED),
    tuple(columns(EntryLink, "id", "entry", "position", "label", "url")),
    member="entry__assessment__plan__member",
)
IRM_REVIEWS = Table(
    "irm_reviews",
    _("IRM reviews"),
    _("a final product of the Independent Reporting Mechanism"),
    IRMReview.objects.public,
    with_words(
        [
            *columns(
                IRMReview,
                "id",
                "plan",
                "slug",
                "product",
                "method_version",
                "title",
                "published_on",
                "published_wording",
                "public_influence",
                "note",
                *SOURCE,
            ),
            page("irm-review", "slug"),
        ],
        {"published_on": NOT_STATED},
    ),
    member="plan__member",
)
IRM_CODINGS = Table(
    "irm_codings",
    _("IRM codings"),
    _("what a final review found on one commitment"),
    lambda: Coding.objects.public().with_starred(),
    with_words(
        [
            *columns(
                Coding,
                "id",
                "review",
                "commitment",
                "method_version",
                "title_as_quoted",
                "summary",
                *Coding.GRADED,
                *Coding.YES_NO,
            ),
            Field("starred", "boolean", _("starred"), ("starred",), _("Follows from the indicators."), required=True),
            Field(
                "starred_2015",
                "boolean",
                _("starred by the formula of 2015"),
                ("starred_2015",),
                _("Follows from the indicators."),
                required=True,
            ),
            *columns(Coding, "absent", "rationale", "evidence", "confidence", *SOURCE),
        ],
        {
            "method_version": _("The codebook that says which indicators and values there are."),
            "completion": _("The IRM's word, never to be merged with what the government says."),
            "absent": _(
                "Why an indicator is empty, by its name: ND not coded in that era, NR not reviewed, NA not applicable."
            ),
            "evidence": _("Objects with title and link."),
        },
    ),
    member="review__plan__member",
)
PLAN_REQUIREMENTS = Table(
    "plan_requirements",
    _("Minimum requirements"),
    _("what a final review found on one of OGP's minimum requirements"),
    lambda: PlanRequirement.objects.filter(review__stage=IRMReview.Stage.FINAL),
    tuple(columns(PlanRequirement, "id", "review", "code", "met", "evidence", *SOURCE)),
    member="review__plan__member",
)
RECOMMENDATIONS = Table(
    "recommendations",
    _("Recommendations"),
    _("a recommendation of a final review"),
    lambda: Recommendation.objects.filter(review__stage=IRMReview.Stage.FINAL),
    tuple(
        columns(
            Recommendation,
            "id",
            "review",
            "number",
            "title",
            "text",
            "response",
            "response_document",
            "response_section",
            *SOURCE,
        )
    ),
    member="review__plan__member",
)
RECOMMENDATION_UPTAKES = Table(
    "recommendation_uptakes",
    _("Uptake of recommendations"),
    _("what a later plan did about a recommendation, where a document says so"),
    lambda: RecommendationUptake.objects.filter(recommendation__review__stage=IRMReview.Stage.FINAL),
    tuple(columns(RecommendationUptake, "id", "recommendation", "plan", "what_was_done", *SOURCE)),
    member="plan__member",
)
