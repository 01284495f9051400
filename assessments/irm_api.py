"""The IRM's codings."""

from rest_framework import serializers

from commitments.api import ReadOnlyViewSet, SourceField

from .filters import CodingFilter
from .models import Coding


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
