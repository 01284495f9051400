"""Self-assessments, the IRM's codings, and finished reports."""

from rest_framework import serializers

from commitments.api import ReadOnlyViewSet, SourceField

from .filters import CodingFilter, SelfAssessmentFilter
from .models import Coding, Report, SelfAssessment, SelfAssessmentEntry


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
            "source",
        ]
        extra_kwargs = {"url": {"view_name": "api:selfassessment-detail"}}


class SelfAssessmentViewSet(ReadOnlyViewSet):
    """Published self-assessments. A completion level of null means: not stated in the source."""

    queryset = (
        SelfAssessment.objects.filter(stage="published")
        .select_related("plan", "document")
        .prefetch_related("entries__commitment")
        .order_by("plan", "published_on", "pk")
    )
    serializer_class = SelfAssessmentSerializer
    filterset_class = SelfAssessmentFilter


class CodingSerializer(serializers.HyperlinkedModelSerializer):
    """An indicator that the source does not state is null."""

    plan = serializers.CharField(source="review.plan.slug")
    review = serializers.CharField(source="review.slug")
    method_version = serializers.CharField(source="review.method_version")
    commitment = serializers.CharField(source="commitment.number")
    ogp_id = serializers.CharField(source="commitment.ogp_id", allow_null=True)
    starred = serializers.BooleanField()
    source = SourceField(source="*")

    class Meta:
        model = Coding
        fields = [
            "id",
            "url",
            "plan",
            "review",
            "method_version",
            "commitment",
            "ogp_id",
            "title_as_quoted",
            "summary",
            *Coding.GRADED,
            *Coding.YES_NO,
            "starred",
            "source",
        ]
        extra_kwargs = {"url": {"view_name": "api:coding-detail"}} | {
            name: {"allow_null": True} for name in Coding.GRADED
        }

    def to_representation(self, instance):
        row = super().to_representation(instance)
        return row | {name: row[name] or None for name in Coding.GRADED}


class CodingViewSet(ReadOnlyViewSet):
    """What final IRM reviews found: one row a review and commitment."""

    queryset = (
        Coding.objects.public()
        .with_starred()
        .select_related("review__plan", "commitment", "document")
        .order_by("review", "commitment__position", "pk")
    )
    serializer_class = CodingSerializer
    filterset_class = CodingFilter


class ReportFileSerializer(serializers.Serializer):
    type = serializers.CharField()
    language = serializers.CharField()
    url = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()


class ReportSerializer(serializers.HyperlinkedModelSerializer):
    self_assessment = serializers.CharField(source="assessment.slug")
    plan = serializers.CharField(source="assessment.plan.slug")
    files = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = [
            "id",
            "url",
            "self_assessment",
            "plan",
            "language",
            "state",
            "progress",
            "frozen_on",
            "data_sha256",
            "files",
        ]
        extra_kwargs = {"url": {"view_name": "api:report-detail"}}

    def get_files(self, report) -> ReportFileSerializer(many=True):
        if report.state != Report.State.DONE:
            return []
        pdf = {
            "type": "application/pdf",
            "language": report.language,
            "url": self.context["request"].build_absolute_uri(report.get_file_url()),
            "sha256": report.file_sha256,
            "size": report.file_size,
        }
        return [pdf]


class ReportViewSet(ReadOnlyViewSet):
    """Reports made from published self-assessments, with the files' links and SHA-256."""

    queryset = (
        Report.objects.filter(assessment__stage="published", assessment__plan__member__is_fictional=False)
        .defer("data")
        .select_related("assessment__plan")
        .order_by("-created_at", "-pk")
    )
    serializer_class = ReportSerializer
    filterset_fields: list[str] = ["language", "state"]
