"""Search results for programs: the same question and rows as the page's."""

from rest_framework import serializers

from commitments.api import ReadOnlyViewSet
from commitments.api_pages import NumberedPages
from commitments.pages import KeptPages

from .facets import MOST
from .filters import SearchFilter
from .models import Entry


class ResultSerializer(serializers.HyperlinkedModelSerializer):
    member = serializers.CharField(source="member.slug")
    plan = serializers.CharField(source="plan.slug")
    commitment = serializers.CharField(source="commitment.number", default=None, allow_null=True)
    ogp_id = serializers.CharField(source="commitment.ogp_id", default=None, allow_null=True)
    page = serializers.CharField(source="path", help_text="Address of the public page on this host.")

    class Meta:
        model = Entry
        fields = [
            "id",
            "url",
            "page",
            "kind",
            "member",
            "plan",
            "commitment",
            "ogp_id",
            "title",
            "title_ko",
            "dated_on",
            "known_on",
        ]
        extra_kwargs = {"url": {"view_name": "api:search-detail"}}


class SearchViewSet(ReadOnlyViewSet):
    """Plans, commitments, milestones, reports and assessments that match. `?q=` takes words and “phrases”."""

    queryset = Entry.objects.select_related("member", "plan", "commitment")
    serializer_class = ResultSerializer
    filterset_class = SearchFilter
    pagination_class = NumberedPages  # the best match comes first: there is no other order to go on in

    def filter_queryset(self, queryset):
        """The first ``MOST`` results at most, as on the page."""
        rows = super().filter_queryset(queryset).foremost(MOST, "q" in self.request.query_params)
        rows.in_pages = KeptPages(rows, self.queryset.all())
        return rows
