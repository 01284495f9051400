"""What the whole API shares (pages, strict filters, problem details), and the end points of this app."""

from http import HTTPStatus

from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from .models import Institution, Member, SourceDocument
from .pages import RowsPaginator
from .record_filters import DocumentListFilter, InstitutionListFilter

PROBLEM = "application/problem+json"


class Pages(PageNumberPagination):
    """Numbered pages of 50 rows, up to 200 on request. A size that is none is an error, not a surprise."""

    django_paginator_class = RowsPaginator
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def get_page_size(self, request):
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and not (asked.isdecimal() and 1 <= int(asked) <= self.max_page_size):
            raise ValidationError({"page_size": [_("Give a whole number from 1 to 200.")]})
        return super().get_page_size(request)

    def paginate_queryset(self, queryset, request, view=None):
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            raise NotFound(_("There is no such page in this list.")) from error


class StrictFilterBackend(DjangoFilterBackend):
    """Refuses parameters that no filter knows: a misspelt filter must not answer with everything."""

    always_known = {"page", "page_size", "format"}

    def get_filterset_kwargs(self, request, queryset, view):
        known = set(self.get_filterset_class(view, queryset).base_filters) | self.always_known
        if unknown := sorted(set(request.query_params) - known):
            raise ValidationError({name: [_("There is no such parameter.")] for name in unknown})
        return super().get_filterset_kwargs(request, queryset, view)


def problem_body(code: int, title: str, detail: str, errors: list | None = None) -> dict:
    """A problem as RFC 9457 describes it; ``errors`` names each field."""
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return body | ({"errors": errors} if errors else {})


def field_errors(detail) -> list[dict]:
    """``[{"field", "detail"}, …]`` from what a form or serializer reports."""
    if not isinstance(detail, dict):
        return []
    return [{"field": name, "detail": " ".join(str(m) for m in messages)} for name, messages in detail.items()]


def problem(error, context) -> Response | None:
    """DRF's exception handler: every error becomes problem details; what is not foreseen stays an error 500."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, Http404):
        error = NotFound()
    errors = field_errors(error.detail) if isinstance(error, APIException) else []
    detail = "; ".join(f"{e['field']}: {e['detail']}" for e in errors) or str(getattr(error, "detail", error))
    title = HTTPStatus(response.status_code).phrase
    response.data = problem_body(response.status_code, title, detail, errors)
    response.content_type = PROBLEM
    return response


def problem_response(code: int, title: str, detail: str, errors: list | None = None) -> JsonResponse:
    """For errors that happen outside of an API view, such as an unknown address."""
    return JsonResponse(problem_body(code, title, detail, errors), status=code, content_type=PROBLEM)


class SourceField(serializers.Serializer):
    """Where a fact was read."""

    document = serializers.CharField(source="document.key", default=None)
    section = serializers.CharField()


class ReadOnlyViewSet(viewsets.ReadOnlyModelViewSet):
    """Reading for everyone. Sub-classes say which rows and how they are written."""

    http_method_names = ["get", "head", "options"]
    filter_backends = [StrictFilterBackend]
    pagination_class = Pages


class MemberSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Member
        fields = ["id", "url", "code", "slug", "name", "name_ko", "kind", "region", "time_zone", "languages"]
        extra_kwargs = {"url": {"view_name": "api:member-detail"}}


class InstitutionSerializer(serializers.HyperlinkedModelSerializer):
    member = serializers.CharField(source="member.slug")
    parent = serializers.CharField(source="parent.key", default=None)

    class Meta:
        model = Institution
        fields = ["id", "url", "member", "key", "name", "name_ko", "kind", "parent"]
        extra_kwargs = {"url": {"view_name": "api:institution-detail"}}


class InstitutionViewSet(ReadOnlyViewSet):
    """Institutions; a division names the institution it is part of."""

    queryset = Institution.objects.select_related("member", "parent").order_by("member", "name", "pk")
    serializer_class = InstitutionSerializer
    filterset_class = InstitutionListFilter


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


class DocumentViewSet(ReadOnlyViewSet):
    """Source documents of the record."""

    queryset = SourceDocument.objects.select_related("member")
    serializer_class = DocumentSerializer
    filterset_class = DocumentListFilter
