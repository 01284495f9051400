"""Published snapshots, reports made of them, and the files."""

import django_filters as filters
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from commitments.api import ReadOnlyViewSet

from .models import Report, Snapshot


class SnapshotSerializer(serializers.ModelSerializer):
    """One language of a published version."""

    url = serializers.SerializerMethodField(help_text="The frozen data as JSON; its SHA-256 is given beside it.")
    page = serializers.CharField(source="get_absolute_url", help_text="Address of the version's page on this host.")

    class Meta:
        model = Snapshot
        fields = ["version", "language", "sha256", "frozen_on", "reason", "url", "page"]

    def get_url(self, snapshot) -> str:
        return self.context["request"].build_absolute_uri(snapshot.get_json_url())


class ReportFileSerializer(serializers.Serializer):
    type = serializers.CharField()
    language = serializers.CharField()
    url = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()


class ReportSerializer(serializers.HyperlinkedModelSerializer):
    self_assessment = serializers.CharField(source="snapshot.assessment.slug", default=None, allow_null=True)
    plan = serializers.CharField(source="snapshot.plan.slug")
    version = serializers.IntegerField(source="snapshot.version")
    language = serializers.CharField(source="snapshot.language")
    frozen_on = serializers.DateField(source="snapshot.frozen_on")
    data_sha256 = serializers.CharField(source="snapshot.sha256", help_text="SHA-256 of the snapshot.")
    files = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = [
            "id",
            "url",
            "self_assessment",
            "plan",
            "version",
            "language",
            "format",
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
        file = {
            "type": report.media_type,
            "language": report.snapshot.language,
            "url": self.context["request"].build_absolute_uri(report.get_file_url()),
            "sha256": report.file_sha256,
            "size": report.file_size,
        }
        return [file]


class ReportFilter(filters.FilterSet):
    """By language, format and state of the job."""

    language = filters.ChoiceFilter(field_name="snapshot__language", choices=settings.LANGUAGES, label=_("Language"))

    file_format = filters.ChoiceFilter(field_name="format", choices=Report.Format.choices, label=_("Format"))

    class Meta:
        model = Report
        fields = ["state"]


class ReportViewSet(ReadOnlyViewSet):
    """Reports made from published versions, with the files' links and SHA-256."""

    queryset = (
        Report.objects.filter(snapshot__version__isnull=False, snapshot__plan__member__is_fictional=False)
        .light()
        .select_related("snapshot__assessment", "snapshot__plan")
        .order_by("-created_at", "-pk")
    )
    serializer_class = ReportSerializer
    filterset_class = ReportFilter
