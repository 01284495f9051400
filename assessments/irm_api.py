"""The IRM's codings, and the codebooks that say what their values mean."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response
from rest_framework.reverse import reverse

from commitments.api import ChosenFields, ReadOnlyViewSet, SourceField, refuse_unknown
from commitments.api_pages import NumberedPages
from commitments.conditional import answer

from .codebooks import BY_SLUG, CODEBOOKS
from .filters import CodingFilter
from .models import Coding


class EvidenceSerializer(serializers.Serializer):
    title = serializers.CharField()
    link = serializers.CharField()


class CodingSerializer(serializers.HyperlinkedModelSerializer):
    """An indicator that the source does not state is null."""

    plan = serializers.CharField(source="review.plan.slug")
    review = serializers.CharField(source="review.slug")
    stage = serializers.CharField(source="review.stage")
    commitment = serializers.CharField(source="commitment.number")
    ogp_id = serializers.CharField(source="commitment.ogp_id", allow_null=True)
    starred = serializers.BooleanField()
    starred_2015 = serializers.BooleanField(help_text="By the formula of 2015 alone, which also takes Moderate.")
    evidence = EvidenceSerializer(many=True)
    source = SourceField(source="*")

    class Meta:
        model = Coding
        fields = [
            "id",
            "url",
            "plan",
            "review",
            "stage",
            "method_version",
            "commitment",
            "ogp_id",
            "title_as_quoted",
            "summary",
            *Coding.GRADED,
            *Coding.YES_NO,
            "starred",
            "starred_2015",
            "absent",
            "rationale",
            "evidence",
            "confidence",
            "source",
        ]
        extra_kwargs = {"url": {"view_name": "api:coding-detail"}} | {
            name: {"allow_null": True} for name in (*Coding.GRADED, "confidence")
        }

    def to_representation(self, instance):
        row = super().to_representation(instance)
        return row | {name: row[name] or None for name in (*Coding.GRADED, "confidence") if name in row}


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


class ValueSerializer(serializers.Serializer):
    value = serializers.JSONField(help_text="As codings have it: a word, or true and false.")
    label = serializers.CharField()
    code = serializers.IntegerField(allow_null=True, help_text="OGP's numeric code; null: it has none.")


class IndicatorSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="The field of irm-codings.")
    label = serializers.CharField()
    definition = serializers.CharField()
    plans_of = serializers.CharField()
    first_year = serializers.IntegerField()
    last_year = serializers.IntegerField(allow_null=True)
    values = ValueSerializer(many=True)
    source = serializers.CharField()


class CodebookSerializer(serializers.Serializer):
    """One version of the IRM's method."""

    id = serializers.CharField(source="slug")
    url = serializers.SerializerMethodField()
    page = serializers.CharField(source="get_absolute_url", help_text="Address of the public page on this host.")
    method_version = serializers.CharField(source="version")
    first_year = serializers.IntegerField()
    last_year = serializers.IntegerField(allow_null=True)
    indicators = IndicatorSerializer(many=True)

    def get_url(self, book) -> str:
        return reverse("api:codebook-detail", args=[book.slug], request=self.context["request"])


class CodebookViewSet(ChosenFields, viewsets.GenericViewSet):
    """The IRM's codebooks: which indicators each version of its method has, and which values each may take."""

    http_method_names = ["get", "head", "options"]
    filter_backends = []
    pagination_class = NumberedPages
    serializer_class = CodebookSerializer
    lookup_field = "slug"
    lookup_value_regex = r"[\w-]+"

    def get_queryset(self):
        return list(CODEBOOKS)

    def list(self, request, **_format):
        """All versions, in the order of their years."""
        return answer(request, "json", self.versions)

    def versions(self) -> Response:
        refuse_unknown(self.request, {"page", "page_size", "format", "fields"})
        rows = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(parameters=[])
    def retrieve(self, request, slug=None, **_format):
        """One version: ``2011-13``, ``2014-17``, ``2018-20``, ``2021-on``."""
        return answer(request, "json", lambda: self.version(slug))

    def version(self, slug: str) -> Response:
        refuse_unknown(self.request, {"format", "fields"})
        if slug not in BY_SLUG:
            raise Http404
        return Response(self.get_serializer(BY_SLUG[slug]).data)
