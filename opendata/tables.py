"""The tables of the open data: what is public in the record; nothing about accounts, drafts or who reviewed what."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from assessments.irm_models import Coding, IRMReview, PlanRequirement, Recommendation, RecommendationUptake
from assessments.models import EntryLink, EntryResult, SelfAssessment, SelfAssessmentEntry, SelfAssessmentSection
from commitments.models import (
    ActionPlan,
    CoCreationStep,
    Commitment,
    ForumMembership,
    Institution,
    Involvement,
    Member,
    PlanSection,
    PolicyArea,
    SourceDocument,
    Theme,
)
from milestones.models import Deadline, Evidence, Milestone, OverduePeriod, ReadingCorrection, StatusUpdate

from .definitions import Field, Table, of, with_words

NAMES = {
    Member: "members",
    Institution: "institutions",
    SourceDocument: "documents",
    ActionPlan: "plans",
    PlanSection: "plan_sections",
    CoCreationStep: "cocreation_steps",
    ForumMembership: "forum_seats",
    Theme: "themes",
    Commitment: "commitments",
    Involvement: "involvements",
    PolicyArea: "policy_areas",
    Milestone: "milestones",
    ReadingCorrection: "reading_corrections",
    Deadline: "deadlines",
    OverduePeriod: "overdue_periods",
    StatusUpdate: "status_updates",
    Evidence: "evidence",
    SelfAssessment: "self_assessments",
    SelfAssessmentSection: "self_assessment_sections",
    SelfAssessmentEntry: "self_assessment_entries",
    EntryResult: "self_assessment_results",
    EntryLink: "self_assessment_links",
    IRMReview: "irm_reviews",
    Coding: "irm_codings",
    PlanRequirement: "plan_requirements",
    Recommendation: "recommendations",
    RecommendationUptake: "recommendation_uptakes",
}
SOURCE = ("document", "section")
AREAS = Commitment.policy_areas.through
NOT_STATED = _("Empty where no source states it.")


def columns(model, *names: str) -> list[Field]:
    return of(model, *names, tables=NAMES)


def page(view: str, *paths: str, after=None) -> Field:
    """The address of the row's page; *after* makes what follows it of the last path."""

    def address(*values):
        given, behind = (values[:-1], after(values[-1])) if after else (values, "")
        return f"{settings.SITE_URL}{reverse(view, args=given)}{behind}"

    return Field(
        "page",
        "string",
        _("address of the page"),
        paths,
        _("Without a host where the tracker was not told its own address."),
        required=True,
        convert=address,
    )


def milestone_page(*paths: str) -> Field:
    return page("commitment", *paths, after=lambda position: f"#milestone-{position}")


# The plan -------------------------------------------------------------------------------------------------------------
MEMBERS = Table(
    "members",
    _("Members"),
    _("a government in the Open Government Partnership"),
    Member.objects.all,
    with_words(
        [
            *columns(
                Member,
                "id",
                "code",
                "iso3",
                "ogp_code",
                "slug",
                "name",
                "name_ko",
                "kind",
                "region",
                "time_zone",
                "languages",
                "joined_year",
                "forum_name",
                "forum_since",
                "point_of_contact",
            ),
            page("member", "slug"),
        ],
        {
            "time_zone": _("By its calendar a deadline passes."),
            "languages": _("Codes of its languages (BCP 47)."),
            "joined_year": NOT_STATED,
            "forum_name": NOT_STATED,
            "point_of_contact_id": _("The institution that coordinates OGP; never a person."),
        },
    ),
    member="",
)
INSTITUTIONS = Table(
    "institutions",
    _("Institutions"),
    _("a body that promises, supports or oversees; a division is part of its ministry"),
    Institution.objects.all,
    with_words(
        [
            *columns(Institution, "id", "member", "key", "name", "name_ko", "kind", "parent"),
            page("institution", "member__slug", "key"),
        ],
        {"key": _("Unique within the member."), "parent_id": _("The institution that this one is a part of.")},
    ),
    member="member",
)
DOCUMENTS = Table(
    "documents",
    _("Source documents"),
    _("a document that facts of the record were read from"),
    SourceDocument.objects.all,
    with_words(
        [
            *columns(
                SourceDocument,
                "id",
                "member",
                "key",
                "title",
                "kind",
                "language",
                "published_wording",
                "published_on",
                "published_precision",
                "sha256",
                "link",
                "note",
            ),
            page("document", "key"),
        ],
        {"published_on": _("To be read with its precision: the first day of the stretch of time that the words give.")},
    ),
    member="member",
)
PLANS = Table(
    "plans",
    _("Action plans"),
    _("an action plan"),
    ActionPlan.objects.all,
    with_words(
        [
            *columns(
                ActionPlan,
                "id",
                "member",
                "slug",
                "number",
                "title",
                "title_ko",
                "ogp_id",
                "stage",
                "period_wording",
                "starts_on",
                "ends_on",
                "period_precision",
                "period_basis",
                "year",
                "published_wording",
                "stated_commitment_count",
                "stated_commitment_count_basis",
                "is_itemised",
                "numbering_note",
                "public_influence",
                *SOURCE,
            ),
            page("plan", "slug"),
        ],
        {
            "starts_on": NOT_STATED,
            "ends_on": _("Nothing is overdue after this day. Empty where no source states it."),
            "stated_commitment_count": _("Commitments, parts not counted."),
        },
        {"stated_commitment_count": _("commitments")},
    ),
    member="member",
)
PLAN_SECTIONS = Table(
    "plan_sections",
    _("Sections of plans"),
    _("a narrative section of a plan, summarised"),
    PlanSection.objects.all,
    tuple(columns(PlanSection, "id", "plan", "position", "key", "title", "body", *SOURCE)),
    member="plan__member",
)
COCREATION_STEPS = Table(
    "cocreation_steps",
    _("Co-creation steps"),
    _("a step from proposals to commitments, with its count"),
    CoCreationStep.objects.all,
    with_words(
        columns(CoCreationStep, "id", "plan", "position", "label", "count", "unit", "dates_wording", "detail", *SOURCE),
        {"count": _("In the unit that the column “unit” names.")},
    ),
    member="plan__member",
)
FORUM_SEATS = Table(
    "forum_seats",
    _("Forum seats"),
    _("an institution's seat in the multi-stakeholder forum during a plan"),
    ForumMembership.objects.all,
    tuple(columns(ForumMembership, "id", "plan", "institution", "side", "role", "position")),
    member="plan__member",
)
THEMES = Table(
    "themes",
    _("Themes"),
    _("a plan's own grouping of its commitments"),
    Theme.objects.all,
    tuple(
        columns(
            Theme,
            "id",
            "plan",
            "key",
            "position",
            "number",
            "title",
            "title_ko",
            "description",
            "background_document",
            "background_section",
            "background_note",
            *SOURCE,
        )
    ),
    member="plan__member",
)
COMMITMENTS = Table(
    "commitments",
    _("Commitments"),
    _("a commitment, or a part of one"),
    Commitment.objects.all,
    with_words(
        [
            *columns(
                Commitment,
                "id",
                "plan",
                "theme",
                "part_of",
                "is_form",
                "position",
                "number",
                "title",
                "title_ko",
                "ogp_id",
                "ogp_id_inferred",
                "starts_wording",
                "ends_wording",
                "problem",
                "description",
                "contribution",
                "values_as_stated",
                "values",
                "relevance",
                "others_as_stated",
                "peer_learning",
                "additional_information",
                "promises",
                "carried_from",
                *SOURCE,
            ),
            page("commitment", "plan__slug", "number"),
        ],
        {
            "part_of_id": _("The commitment that this is a part of. Without the parts, rows count commitments."),
            "is_form": _("True for what has a form of its own. These rows count commitment forms."),
            "number": _("As published; a text, never a number or a date: “4-1”."),
            "description": _("A summary in the tracker's own words, where the plan has a longer text."),
            "values": _("The standard OGP values that the source names."),
            "promises": _("Objects with number and text."),
        },
    ),
    member="plan__member",
    description=_("Count what you mean: rows without part_of_id are commitments, rows with is_form are forms."),
)
INVOLVEMENTS = Table(
    "involvements",
    _("Involvements"),
    _("an institution's part in a commitment"),
    Involvement.objects.all,
    with_words(
        columns(Involvement, "id", "commitment", "institution", "role", "office", "position"),
        {"office": _("A post, never a person.")},
    ),
    member="commitment__plan__member",
)
POLICY_AREAS = Table(
    "policy_areas",
    _("Policy areas"),
    _("a policy area of OGP's commitment data"),
    PolicyArea.objects.all,
    tuple(columns(PolicyArea, "id", "slug", "name", "position")),
    member=None,
)
COMMITMENT_POLICY_AREAS = Table(
    "commitment_policy_areas",
    _("Policy areas of commitments"),
    _("a policy area that OGP tags a commitment with"),
    AREAS.objects.all,
    (
        Field("commitment_id", "integer", _("commitment"), ("commitment_id",), required=True, refers_to="commitments"),
        Field(
            "policy_area_id", "integer", _("policy area"), ("policyarea_id",), required=True, refers_to="policy_areas"
        ),
    ),
    member="commitment__plan__member",
    key=("commitment_id", "policy_area_id"),
)

# The ministry and the clock -------------------------------------------------------------------------------------------
MILESTONES = Table(
    "milestones",
    _("Milestones"),
    _("a milestone, with its published words and how they are read today"),
    Milestone.objects.all,
    with_words(
        [
            *columns(
                Milestone,
                "id",
                "commitment",
                "position",
                "group",
                "title",
                "title_ko",
                "title_note",
                "published_start",
                "published_end",
                "starts_on",
                "due_on",
                "due_precision",
                "cadence",
                "open_ended",
                "readable",
                "reading_reason",
                *SOURCE,
            ),
            milestone_page("commitment__plan__slug", "commitment__number", "position"),
        ],
        {
            "published_start": _("The plan's own words, which may be a dash."),
            "published_end": _("The plan's own words, which may be a dash."),
            "due_on": _("The last due date that the words were read to mean."),
            "readable": _("False where the words name no date that can be told for certain."),
        },
    ),
    member="commitment__plan__member",
)
READING_CORRECTIONS = Table(
    "reading_corrections",
    _("Corrections of readings"),
    _("a person's correction of how a milestone's words are read"),
    ReadingCorrection.objects.all,
    with_words(
        columns(
            ReadingCorrection,
            "id",
            "milestone",
            "made_on",
            "institution",
            "reason",
            "starts_on",
            "due_on",
            "precision",
            "open_ended",
            "as_read",
        ),
        {
            "institution_id": _("Empty: an administrator of the tracker. The person is not public."),
            "as_read": _("True: earlier corrections are taken back from that day on."),
        },
    ),
    member="milestone__commitment__plan__member",
)
DEADLINES = Table(
    "deadlines",
    _("Deadlines"),
    _("the last day on which a milestone, or one round of it, is in time"),
    Deadline.objects.all,
    with_words(
        columns(
            Deadline,
            "id",
            "milestone",
            "position",
            "starts_on",
            "due_on",
            "precision",
            "set_on",
            "withdrawn_on",
            "amends",
            "correction",
            "reason",
        ),
        {
            "due_on": _("A month, quarter or year is due on its last day."),
            "set_on": _("The deadline is in force from this day on; empty: since the plan."),
            "withdrawn_on": _("The deadline is in force until the day before; empty: still."),
            "correction_id": _("The correction that it was set by."),
        },
    ),
    member="milestone__commitment__plan__member",
)
OVERDUE_PERIODS = Table(
    "overdue_periods",
    _("Overdue periods"),
    _("days on end on which a deadline is overdue"),
    OverduePeriod.objects.all,
    with_words(
        columns(OverduePeriod, "deadline", "milestone", "plan", "first_on", "until", "earliest"),
        {
            "until": _("The first day on which it is not overdue any more."),
            "earliest": _(
                "True for the deadline of its milestone that has been due for longest: on a day D, the rows with "
                "first_on ≤ D < until count overdue milestones."
            ),
        },
    ),
    member="member",
    key=("deadline_id", "first_on"),
    description=_("For past and future days, as far as the facts are known when the files are made."),
    is_derived=True,
)
STATUS_UPDATES = Table(
    "status_updates",
    _("Status reports"),
    _("what a ministry, or a civil-society co-owner, reported on a milestone, once it was approved"),
    StatusUpdate.objects.approved,
    with_words(
        [
            *columns(
                StatusUpdate,
                "id",
                "milestone",
                "deadline",
                "on_date",
                "status",
                "what_was_done",
                "challenges",
                "next_step",
                "institution",
                "as_co_owner",
                "published_on",
            ),
            page(
                "commitment",
                "milestone__commitment__plan__slug",
                "milestone__commitment__number",
                "id",
                after=lambda pk: f"#report-{pk}",
            ),
        ],
        {
            "deadline_id": _("Empty: it is about the whole milestone."),
            "on_date": _("The day that the report is about."),
            "published_on": _("The day on which it became public. On an earlier day it was not known."),
            "as_co_owner": _("True: what civil society says, which never counts as what the ministry says."),
        },
    ),
    member="milestone__commitment__plan__member",
)
EVIDENCE = Table(
    "evidence",
    _("Evidence"),
    _("a link or a file that shows what a report says"),
    lambda: Evidence.objects.filter(update__review=StatusUpdate.Review.APPROVED),
    with_words(
        [
            *columns(Evidence, "id"),
            Field(
                "status_update_id",
                "integer",
                _("status report"),
                ("update_id",),
                required=True,
                refers_to="status_updates",
            ),
            *columns(Evidence, "title", "url", "file_name", "content_type", "size", "sha256"),
            Field(
                "file_address",
                "string",
                _("address of the file"),
                ("id", "url"),
                _("Where a file can be had; empty for a link."),
                convert=lambda pk, url: "" if url else f"{settings.SITE_URL}{reverse('evidence', args=[pk])}",
            ),
        ],
        {"url": _("Empty for a file."), "sha256": _("Of the file; empty for a link.")},
        {"size": _("bytes")},
    ),
    member="update__milestone__commitment__plan__member",
)

# The reviewers --------------------------------------------------------------------------------------------------------
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
    lambda: EntryResult.objects.filter(entry__assessment__stage=PUBLISHED),
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
    lambda: EntryLink.objects.filter(entry__assessment__stage=PUBLISHED),
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

TABLES = (
    MEMBERS,
    INSTITUTIONS,
    DOCUMENTS,
    PLANS,
    PLAN_SECTIONS,
    COCREATION_STEPS,
    FORUM_SEATS,
    THEMES,
    COMMITMENTS,
    INVOLVEMENTS,
    POLICY_AREAS,
    COMMITMENT_POLICY_AREAS,
    MILESTONES,
    READING_CORRECTIONS,
    DEADLINES,
    OVERDUE_PERIODS,
    STATUS_UPDATES,
    EVIDENCE,
    SELF_ASSESSMENTS,
    SELF_ASSESSMENT_SECTIONS,
    SELF_ASSESSMENT_ENTRIES,
    SELF_ASSESSMENT_RESULTS,
    SELF_ASSESSMENT_LINKS,
    IRM_REVIEWS,
    IRM_CODINGS,
    PLAN_REQUIREMENTS,
    RECOMMENDATIONS,
    RECOMMENDATION_UPTAKES,
)
BY_NAME = {table.name: table for table in TABLES}
