"""Plans, commitments and milestones, with what is late on the day asked for."""

from functools import lru_cache

from django.db.models import Prefetch
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from commitments.api import ReadOnlyViewSet, SourceField
from commitments.api_quick import QuickViewSet
from commitments.models import ActionPlan, Commitment, Involvement, Member
from commitments.record_api import MemberSerializer

from .filters import NOT_REPORTED, MilestoneFilter, PlanFilter, TrackedCommitmentFilter
from .member_lists import MemberFilter
from .models import Deadline, Milestone, ReadingCorrection
from .readings import CORRECTIONS, put_reading, reading_after
from .states import met_late_of, most_days_late

LEADS = Prefetch(
    "involvements",
    Involvement.objects.filter(role="lead").select_related("institution__parent__parent").order_by("position"),
    to_attr="leads",
)


def full_name(institution) -> str:
    """A division with the body it belongs to: "Innovation Planning Division, Ministry of the Interior and Safety"."""
    names = []
    while institution is not None:
        names.append(institution.name)
        institution = institution.parent
    return ", ".join(names)


class MemberViewSet(QuickViewSet):
    """Members of the partnership."""

    queryset = Member.objects.real()
    serializer_class = MemberSerializer
    filterset_class = MemberFilter


class PlanSerializer(serializers.HyperlinkedModelSerializer):
    member = serializers.CharField(source="member.slug")
    page = serializers.CharField(source="get_absolute_url", help_text="Address of the public page on this host.")
    commitment_count = serializers.SerializerMethodField(
        help_text="Commitments, parts not counted; as stated when the plan is not itemised."
    )
    form_count = serializers.SerializerMethodField(
        help_text="What has a form of its own; null when the plan is not itemised."
    )
    milestone_count = serializers.SerializerMethodField(help_text="Null when the plan is not itemised.")
    overdue_count = serializers.IntegerField(help_text="Milestones overdue on `as_of`.")
    source = SourceField(source="*")

    class Meta:
        model = ActionPlan
        fields = [
            "id",
            "url",
            "page",
            "member",
            "slug",
            "number",
            "ogp_id",
            "title",
            "title_ko",
            "period_wording",
            "starts_on",
            "ends_on",
            "period_precision",
            "is_itemised",
            "commitment_count",
            "form_count",
            "milestone_count",
            "overdue_count",
            "source",
        ]
        extra_kwargs = {"url": {"view_name": "api:plan-detail"}}

    def get_commitment_count(self, plan) -> int | None:
        return plan.itemised_commitments if plan.is_itemised else plan.stated_commitment_count

    def get_form_count(self, plan) -> int | None:
        return plan.forms if plan.is_itemised else None

    def get_milestone_count(self, plan) -> int | None:
        return plan.milestone_count if plan.is_itemised else None


class PlanViewSet(QuickViewSet):
    """Action plans. `plans/kr-5/` answers as well as `plans/{id}/`."""

    queryset = ActionPlan.objects.with_counts().select_related("member", "document").order_by("member", "number")
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    lookup_value_regex = "[^/]+"

    named_by = "slug"
    renamed = {"member": "member__slug"}
    further = ["itemised_commitments", "stated_commitment_count", "forms", "milestone_count", "overdue_count"]
    further += ["document__key", "section"]

    def worked_out(self, row):
        itemised = row["is_itemised"]
        return {
            "page": page_of(get_language(), "plan", row["slug"]),
            "commitment_count": row["itemised_commitments"] if itemised else row["stated_commitment_count"],
            "form_count": row["forms"] if itemised else None,
            "milestone_count": row["milestone_count"] if itemised else None,
            "source": {"document": row["document__key"], "section": row["section"]},
        }


class PartOfField(serializers.Serializer):
    number = serializers.CharField()
    title = serializers.CharField()


class CommitmentSerializer(serializers.HyperlinkedModelSerializer):
    plan = serializers.CharField(source="plan.slug")
    page = serializers.CharField(source="get_absolute_url", help_text="Address of the public page on this host.")
    theme = serializers.CharField(source="theme.title", default=None, allow_null=True)
    part_of = PartOfField(allow_null=True)
    lead_institutions = serializers.SerializerMethodField()
    milestone_count = serializers.IntegerField()
    overdue_count = serializers.IntegerField(help_text="Milestones overdue on `as_of`.")
    as_of = serializers.DateField()
    values = serializers.ListField(child=serializers.CharField())
    policy_areas = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)
    source = SourceField(source="*")

    class Meta:
        model = Commitment
        fields = [
            "id",
            "url",
            "page",
            "plan",
            "number",
            "ogp_id",
            "ogp_id_inferred",
            "title",
            "title_ko",
            "theme",
            "part_of",
            "lead_institutions",
            "values_as_stated",
            "values",
            "policy_areas",
            "starts_wording",
            "ends_wording",
            "problem",
            "description",
            "contribution",
            "relevance",
            "others_as_stated",
            "peer_learning",
            "additional_information",
            "milestone_count",
            "overdue_count",
            "as_of",
            "source",
        ]
        extra_kwargs = {"url": {"view_name": "api:commitment-detail"}}

    def get_lead_institutions(self, commitment) -> list[str]:
        return [full_name(lead.institution) for lead in commitment.leads]


@lru_cache(maxsize=10_000)
def page_of(_language: str, name: str, *words: str) -> str:
    """The address of a public page."""
    return reverse(name, args=words)


class CommitmentViewSet(QuickViewSet):
    """Commitments as they are reported on: one row a form. A part names the commitment it is `part_of`. With
    `unit=commitments`, one row a commitment, parts not counted."""

    queryset = (
        Commitment.objects.select_related("plan", "theme", "part_of", "document")
        .prefetch_related(LEADS, "policy_areas")
        .order_by("plan__member__name", "plan__member", "plan__number", "position")
    )
    serializer_class = CommitmentSerializer
    filterset_class = TrackedCommitmentFilter

    renamed = {
        "plan": "plan__slug",
        "theme": "theme__title",
        "lead_institutions": "lead_names",
        "policy_areas": "area_slugs",
    }
    further = ["milestone_count", "overdue_count", "as_of", "part_of__number", "part_of__title"]
    further += ["document__key", "section"]

    def with_further(self, rows):
        return rows.with_parties()

    def worked_out(self, row):
        part = {"number": row["part_of__number"], "title": row["part_of__title"]}
        return {
            "page": page_of(get_language(), "commitment", row["plan__slug"], row["number"]),
            "part_of": part if part["number"] else None,
            "source": {"document": row["document__key"], "section": row["section"]},
        }


class DeadlineSerializer(serializers.ModelSerializer):
    met_on = serializers.DateField(
        allow_null=True, help_text="The day as of which it was first reported completed; null when it was not met."
    )

    class Meta:
        model = Deadline
        fields = ["starts_on", "due_on", "precision", "set_on", "reason", "met_on"]


class CorrectionSerializer(serializers.ModelSerializer):
    """A person's correction of how the words are read; the person is not named."""

    institution = serializers.SerializerMethodField(help_text="Null: an administrator of the tracker.")

    class Meta:
        model = ReadingCorrection
        fields = ["made_on", "institution", "reason"]

    def get_institution(self, correction) -> str | None:
        return full_name(correction.institution) if correction.institution else None


class MilestoneSerializer(serializers.HyperlinkedModelSerializer):
    plan = serializers.CharField(source="commitment.plan.slug")
    commitment = serializers.CharField(source="commitment.number")
    page = serializers.CharField(source="get_absolute_url", help_text="Address of the public page on this host.")
    due_on = serializers.SerializerMethodField(help_text="The last deadline in force on `as_of`.")
    deadlines = serializers.SerializerMethodField(help_text="The deadlines in force on `as_of`.")
    correction = serializers.SerializerMethodField(
        help_text="The latest correction of how the words are read, made by `as_of`; null when none was."
    )
    status = serializers.SerializerMethodField(help_text="The latest report known on `as_of`, or `not_reported`.")
    status_on = serializers.DateField(allow_null=True)
    overdue = serializers.SerializerMethodField()
    days_overdue = serializers.SerializerMethodField(help_text="Days since the earliest overdue due date; 0 when none.")
    met_late = serializers.SerializerMethodField(
        help_text="Whether a deadline in force on `as_of` was met, and its `met_on` is after its `due_on`."
    )
    days_late_when_met = serializers.SerializerMethodField(
        help_text="Days from `due_on` to `met_on` of the deadline that was met latest; 0 when none was met late."
    )
    as_of = serializers.DateField()
    source = SourceField(source="*")

    class Meta:
        model = Milestone
        fields = [
            "id",
            "url",
            "page",
            "plan",
            "commitment",
            "group",
            "title",
            "title_ko",
            "published_start",
            "published_end",
            "starts_on",
            "due_on",
            "due_precision",
            "cadence",
            "open_ended",
            "readable",
            "reading_reason",
            "deadlines",
            "correction",
            "status",
            "status_on",
            "overdue",
            "days_overdue",
            "met_late",
            "days_late_when_met",
            "as_of",
            "source",
        ]
        extra_kwargs = {"url": {"view_name": "api:milestone-detail"}}

    @extend_schema_field({"type": "string", "format": "date", "nullable": True})
    def get_due_on(self, milestone):
        return max((d.due_on for d in milestone.deadlines_in_force(milestone.as_of)), default=None)

    @extend_schema_field(DeadlineSerializer(many=True))
    def get_deadlines(self, milestone):
        met = {deadline.pk: deadline.met_on for deadline in milestone.met}
        deadlines = milestone.deadlines_in_force(milestone.as_of)
        for deadline in deadlines:
            deadline.met_on = met.get(deadline.pk)
        return DeadlineSerializer(deadlines, many=True).data

    @extend_schema_field(CorrectionSerializer(allow_null=True))
    def get_correction(self, milestone):
        correction = milestone.correction_on(milestone.as_of)
        return CorrectionSerializer(correction).data if correction else None

    def to_representation(self, milestone):
        """A corrected milestone has the reading that held on the day asked about."""
        if milestone.corrections.all():
            correction = milestone.correction_on(milestone.as_of)
            put_reading(milestone, reading_after(milestone, milestone.commitment.plan, correction))
        return super().to_representation(milestone)

    def get_status(self, milestone) -> str:
        return milestone.status or NOT_REPORTED

    def get_overdue(self, milestone) -> bool:
        return milestone.overdue_due_on is not None

    def get_days_overdue(self, milestone) -> int:
        return (milestone.as_of - milestone.overdue_due_on).days if milestone.overdue_due_on else 0

    def get_met_late(self, milestone) -> bool:
        return bool(met_late_of(milestone))

    def get_days_late_when_met(self, milestone) -> int:
        return most_days_late(milestone)


class MilestoneViewSet(ReadOnlyViewSet):
    """Milestones: the plan's own words, the deadlines read from them, and what was known on the day."""

    queryset = (
        Milestone.objects.select_related("commitment__plan__member", "document")
        .prefetch_related("deadlines", CORRECTIONS)
        .order_by("commitment__plan__member", "commitment__plan__number", "commitment__position", "position")
    )
    serializer_class = MilestoneSerializer
    filterset_class = MilestoneFilter
