"""What the tables of the open data share: their names, their columns, the addresses of their rows."""

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

from .definitions import Field, of

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
