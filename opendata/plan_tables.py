"""The tables of what was promised, and by whom."""

from django.utils.translation import gettext_lazy as _

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

from .columns import AREAS, NOT_STATED, SOURCE, columns, page
from .definitions import Field, Table, with_words

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
    tuple(columns(PolicyArea, "id", "slug", "name", "name_ko", "position")),
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
