"""Self-assessments."""

from django.db.models import Prefetch
from rest_framework import serializers

from commitments.api import ReadOnlyViewSet, SourceField

from .filters import SelfAssessmentFilter
from .models import SelfAssessment, SelfAssessmentEntry, Snapshot
from .report_api import SnapshotSerializer

PUBLISHED = Snapshot.objects.published().light().order_by("-version", "language")


class EntrySerializer(serializers.ModelSerializer):
    commitment = serializers.CharField(source="commitment.number")
    ogp_id = serializers.CharField(source="commitment.ogp_id", allow_null=True)
    completion_level = serializers.SerializerMethodField(help_text="Null: not stated in the source.")

    class Meta:
        model = SelfAssessmentEntry
        fields = ["commitment", "ogp_id", "completion_level", "completion_note", "end_date_wording"]

    def get_completion_level(self, entry) -> str | None:
        return entry.completion_level or None


class SelfAssessmentSerializer(serializers.HyperlinkedModelSerializer):
    plan = serializers.CharField(source="plan.slug")
    page = serializers.CharField(source="get_absolute_url", help_text="Address of the public page on this host.")
    entries = EntrySerializer(many=True)
    snapshots = SnapshotSerializer(many=True, help_text="Published versions, the newest first.")
    source = SourceField(source="*")

    class Meta:
        model = SelfAssessment
        fields = [
            "id",
            "url",
            "page",
            "plan",
            "slug",
            "kind",
            "title",
            "published_wording",
            "published_on",
            "published_precision",
            "entries",
            "snapshots",
            "source",
        ]
        extra_kwargs = {"url": {"view_name": "api:selfassessment-detail"}}


class SelfAssessmentViewSet(ReadOnlyViewSet):
    """Published self-assessments. A completion level of null means: not stated in the source."""

    queryset = (
        SelfAssessment.objects.filter(stage="published")
        .select_related("plan", "document")
        .prefetch_related("entries__commitment", Prefetch("snapshots", PUBLISHED))
        .order_by("plan", "published_on", "pk")
    )
    serializer_class = SelfAssessmentSerializer
    filterset_class = SelfAssessmentFilter
