"""What the whole API shares: strict parameters, chosen fields, pages, rows and whole lists."""

import orjson
from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from . import conditional
from .api_bulk import CSVRenderer, NDJSONRenderer, in_bulk
from .api_pages import Pages
from .moments import Moment, this_moment

MAY_BE_EMPTY = {"cursor"}  # which begins


def refuse_unknown(request, known):
    """A misspelt parameter, or one without a value, must not answer with everything."""
    if unknown := sorted(set(request.query_params) - set(known)):
        raise ValidationError({name: [_("There is no such parameter.")] for name in unknown})
    if empty := [name for name, value in request.query_params.items() if not value and name not in MAY_BE_EMPTY]:
        raise ValidationError({name: ["Give a value, or leave the parameter out."] for name in empty})


class StrictFilterBackend(DjangoFilterBackend):
    """Refuses parameters that neither a filter nor the view knows."""

    def get_filterset_kwargs(self, request, queryset, view):
        filters = self.get_filterset_class(view, queryset).base_filters
        refuse_unknown(request, {*filters, *view.own_parameters()})
        return super().get_filterset_kwargs(request, queryset, view)


def parameters_of_pages(view) -> set[str]:
    return {parameter["name"] for parameter in view.pagination_class().get_schema_operation_parameters(view)}


class ChosenFields:
    """``?fields=number,title`` leaves the other fields of a row out."""

    def get_serializer(self, *args, **kwargs):
        serializer = super().get_serializer(*args, **kwargs)
        asked = self.request.query_params.getlist("fields") if self.request else []
        if asked:
            keep_fields(getattr(serializer, "child", serializer).fields, ",".join(asked).split(","))
        return serializer


def keep_fields(fields, names: list[str]):
    if unknown := [name for name in names if name not in fields]:
        words = f"There is no field “{unknown[0]}”. Known are: {', '.join(fields)}."
        raise ValidationError({"fields": [words]})
    for name in set(fields) - set(names):
        del fields[name]


class QuickJSON(JSONRenderer):
    """Rows as JSON, written by orjson."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else orjson.dumps(data, default=str)


class SourceField(serializers.Serializer):
    """Where a fact was read."""

    document = serializers.CharField(source="document.key", default=None, allow_null=True)
    section = serializers.CharField()


class ReadOnlyViewSet(ChosenFields, viewsets.ReadOnlyModelViewSet):
    """Reading for everyone. Sub-classes say which rows and how they are written."""

    http_method_names = ["get", "head", "options"]
    filter_backends = [StrictFilterBackend]
    pagination_class = Pages

    def get_renderers(self):
        """A single row is JSON alone."""
        kinds = [QuickJSON, NDJSONRenderer, CSVRenderer] if self.action == "list" else [QuickJSON]
        return [kind() for kind in kinds]

    def get_serializer_context(self):
        """Rows of ``commitments.ndjson`` link to JSON."""
        return super().get_serializer_context() | {"format": None}

    def own_parameters(self) -> set[str]:
        found = {"format", "fields"}
        if self.action == "list" and self.request.accepted_renderer.format == "json":
            found |= parameters_of_pages(self)
        return found

    def list(self, request, *args, **kwargs):
        form, moment = request.accepted_renderer.format, this_moment()
        make = self.in_bulk if form != "json" else lambda: self.page(moment)
        return conditional.answer(request, form, make, moment)

    def retrieve(self, request, *args, **kwargs):
        moment = this_moment()
        return conditional.answer(request, "json", lambda: self.row(moment), moment)

    def page(self, moment: Moment) -> Response:
        """A page of the list, as DRF makes it."""
        return super().list(self.request)

    def row(self, moment: Moment) -> Response:
        """One row, as DRF makes it."""
        return super().retrieve(self.request)

    def in_bulk(self) -> StreamingHttpResponse:
        rows = self.filter_queryset(self.get_queryset())
        form, head = self.request.accepted_renderer.format, self.request.method == "HEAD"
        return in_bulk(self.get_serializer(), rows, form, self.basename, head)

    def get_object(self):
        """A key that no row can have is not found, like one that no row has."""
        try:
            return super().get_object()
        except OverflowError:
            raise Http404 from None
