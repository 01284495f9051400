"""How an answer of the API is made quickly, without what takes longer than the database: filters' forms, building and
compiling statements, instances of models, serializers' fields.

1. The statement is the one that the filters make of the parameters (``QuickViewSet.asked``). It is kept as long as the
   record is the same; the rows are read anew for each answer.
2. Rows are ``columns`` of ``values()``; ``written`` makes of them what the serializer describes.
3. All else is as in any other view set: negotiation, limits, strict parameters, pages, ETag, problems.

Whole lists and pages by a cursor are made as elsewhere.
"""

from django.db.models import QuerySet
from django.http import Http404
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
        self.pages = in_pages(rows)
        self.is_by_member = isinstance(self.pages, RowsByMember)
        if self.is_by_member:
            rows = self.pages.rows.filter(Among(self.pages.path, "members"))
        self.number = self.pages.count()
        self.statement = Statement(rows, sliced=True)

    def count(self) -> int:
        return self.number

    def __getitem__(self, wanted: slice) -> list[dict]:
        members, place = self.pages.place(wanted) if self.is_by_member else ([], wanted)
        return self.statement.ask(members=members, limit=place.stop - place.start, offset=place.start)


class QuickViewSet(ReadOnlyViewSet):
    """A sub-class names its rows' ``columns``, and writes them."""

    columns: list[str]

    def written(self, rows: list[dict]) -> list[dict]:
        """Rows of ``columns`` as the serializer describes them; they may hold more."""
        raise NotImplementedError

    def with_further(self, rows: QuerySet) -> QuerySet:
        """Rows with those of their columns that neither the model nor the filters give."""
        return rows

    def asked(self) -> QuerySet:
        rows = self.with_further(self.filter_queryset(self.get_queryset()))
        return rows.prefetch_related(None).values(*self.columns)

    def kept(self, what: str, make, moment: Moment):
        """What the parameters, but for those of pages and fields, make of the rows."""
        own = self.own_parameters()
        refuse_unknown(self.request, {*self.filterset_class.base_filters, *own})
        filters = sorted((name, *values) for name, values in self.request.query_params.lists() if name not in own)
        return kept((type(self), what, tuple(filters)), make, moment)

    def page(self, moment: Moment) -> Response:
        by_cursor = "cursor" in self.request.query_params
        rows = self.asked() if by_cursor else self.kept("list", lambda: QuickRows(self.asked()), moment)
        return self.get_paginated_response(self.chosen(self.paginate_queryset(rows)))

    def row(self, moment: Moment) -> Response:
        key, column = self.key()
        statement = self.kept(column, lambda: Statement(self.asked().filter(**{column: Slot("key")})), moment)
        rows = self.chosen(statement.ask(key=key))
        if not rows:
            raise Http404
        return Response(rows[0])

    def key(self) -> tuple[int | str, str]:
        """What the address names, and the column in which to look for it."""
        key = self.kwargs["pk"]
        if not (key.isascii() and key.isdecimal() and len(key) <= DIGITS):
            raise Http404
        return int(key), "pk"

    def chosen(self, rows: list[dict]) -> list[dict]:
        """The rows' fields: all, or those of ``?fields=``, in the order of the description."""
        names = dict.fromkeys(self.serializer_class.Meta.fields)
        asked = self.request.query_params.getlist("fields")
        if asked:
            keep_fields(names, ",".join(asked).split(","))
        return [{name: row[name] for name in names} for row in self.written(rows)]
