"""Members, institutions and documents: what the other rows refer to."""

from rest_framework import serializers

from .api_quick import QuickViewSet
from .models import Institution, Member, SourceDocument
from .record_filters import DocumentListFilter, InstitutionListFilter


class MemberSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Member
        fields = ["id", "url", "code", "slug", "name", "name_ko", "kind", "region", "time_zone", "languages"]
        extra_kwargs = {"url": {"view_name": "api:member-detail"}}


class InstitutionSerializer(serializers.HyperlinkedModelSerializer):
    member = serializers.CharField(source="member.slug")
    parent = serializers.CharField(source="parent.key", default=None, allow_null=True)

    class Meta:
        model = Institution
        fields = ["id", "url", "member", "key", "name", "name_ko", "kind", "parent"]
        extra_kwargs = {"url": {"view_name": "api:institution-detail"}}


class InstitutionViewSet(QuickViewSet):
    """Institutions; a division names the institution it is part of."""

    queryset = Institution.objects.select_related("member", "parent").order_by("member", "name", "pk")
    serializer_class = InstitutionSerializer
    filterset_class = InstitutionListFilter
    renamed = {"member": "member__slug", "parent": "parent__key"}


class DocumentSerializer(serializers.HyperlinkedModelSerializer):
    member = serializers.CharField(source="member.slug")

    class Meta:
        model = SourceDocument
        fields = [
            "id",
            "url",
            "member",
            "key",
            "title",
            "kind",
            "language",
            "published_wording",
            "published_on",
            "published_precision",
            "sha256",
            "note",
        ]
        extra_kwargs = {"url": {"view_name": "api:document-detail"}}


class DocumentViewSet(QuickViewSet):
    """Source documents of the record."""

    queryset = SourceDocument.objects.select_related("member")
    serializer_class = DocumentSerializer
    filterset_class = DocumentListFilter
    renamed = {"member": "member__slug"}
