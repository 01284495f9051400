"""How an answer of the API is made quickly, without what takes longer than the database: filters' forms, building and
compiling statements, instances of models, serializers' fields.

1. The statement is the one that the filters make of the parameters (``QuickViewSet.asked``). It is kept as long as the
   record is the same; the rows are read anew for each answer.
2. Rows are ``columns`` of ``values()``; ``written`` makes of them what the serializer describes. A test compares both.
3. All else is as in any other view set: negotiation, limits, strict parameters, pages, ETag, problems.

Whole lists and pages by a cursor are made as elsewhere.
"""

from functools import cache

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from rest_framework.response import Response

from .api import ReadOnlyViewSet, keep_fields, refuse_unknown
from .kept import kept
from .moments import Moment
from .pages import RowsByMember, in_pages
from .statements import Among, Slot, Statement

DIGITS = 18  # of a key that any database can look up


class QuickRows:
    """A list of any length for a paginator, whose pages are read by one compiled statement."""

    ordered = True

    def __init__(self, rows: QuerySet):
        pages = in_pages(rows)
        self.number = pages.count()
        self.places = pages.places if isinstance(pages, RowsByMember) else None
        if self.places:
            rows = pages.rows.filter(Among(pages.path, "members"))
        self.statement = Statement(rows, sliced=True)

    def count(self) -> int:
        return self.number

    def __getitem__(self, wanted: slice) -> list[dict]:
        members, place = self.places.of(wanted) if self.places else ([], wanted)
        return self.statement.ask(members=members, limit=place.stop - place.start, offset=place.start)


@cache
def path_of_list(basename: str) -> str:
    return reverse(f"api:{basename}-list")


class QuickViewSet(ReadOnlyViewSet):
    """A sub-class says which columns its rows have beside those fields of the model that the serializer has, too."""

    renamed: dict[str, str] = {}  # a field of the serializer, and the column that it is
    further: list[str] = []  # columns that are no fields of the model, or from which fields are worked out
    named_by = ""  # the column by which an address may name a row, beside its key

    def worked_out(self, row: dict) -> dict:
        """The fields of a row that are no column."""
        return {}

    def with_further(self, rows: QuerySet) -> QuerySet:
        """Rows with those of their columns that neither the model nor the filters give."""
        return rows

    @classmethod
    def columns(cls) -> list[str]:
        meta = cls.serializer_class.Meta
        own = {field.name for field in meta.model._meta.concrete_fields} & set(meta.fields) - set(cls.renamed)
        return [*sorted(own), *cls.renamed.values(), *cls.further]

    def asked(self) -> QuerySet:
        rows = self.with_further(self.filter_queryset(self.get_queryset()))
        return rows.prefetch_related(None).values(*self.columns())

    def kept(self, what: str, make, moment: Moment):
        """What the parameters, but for those of pages and fields, make of the rows."""
        own = self.own_parameters()
        refuse_unknown(self.request, {*self.filterset_class.base_filters, *own})
        filters = sorted((name, *values) for name, values in self.request.query_params.lists() if name not in own)
        return kept((type(self), what, tuple(filters)), make, moment)

    def page(self, moment: Moment) -> Response:
        by_cursor = "cursor" in self.request.query_params
        rows = self.asked() if by_cursor else self.kept("list", lambda: QuickRows(self.asked()), moment)
        return self.get_paginated_response(self.written(self.paginate_queryset(rows)))

    def row(self, moment: Moment) -> Response:
        column, key = self.key()
        statement = self.kept(column, lambda: Statement(self.asked().filter(**{column: Slot("key")})), moment)
        rows = self.written(statement.ask(key=key))
        if not rows:
            raise Http404
        return Response(rows[0])

    def key(self) -> tuple[str, int | str]:
        """In which column to look for the row, and for what."""
        key = self.kwargs["pk"]
        if key.isascii() and key.isdecimal() and len(key) <= DIGITS:
            return "pk", int(key)
        if self.named_by and "\0" not in key:
            return self.named_by, key
        raise Http404

    def written(self, rows: list[dict]) -> list[dict]:
        """Rows as the serializer describes them, with all fields or those of ``?fields=``."""
        names = dict.fromkeys(self.serializer_class.Meta.fields)
        if asked := self.request.query_params.getlist("fields"):
            keep_fields(names, ",".join(asked).split(","))
        address = self.request.build_absolute_uri(path_of_list(self.basename))
        return [{name: row[name] for name in names} for row in (self.whole(row, address) for row in rows)]

    def whole(self, row: dict, address: str) -> dict:
        renamed = {name: row[column] for name, column in self.renamed.items()}
        return row | renamed | self.worked_out(row) | {"url": f"{address}{row['id']}/"}
