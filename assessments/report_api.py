"""Finished reports and their files."""

from rest_framework import serializers

from commitments.api import ReadOnlyViewSet

from .models import Report


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
