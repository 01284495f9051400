"""Pages of the API's lists: numbered and counted, or one after the other by a cursor."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response

from .pages import RowsPaginator

DIGITS_OF_A_KEY = 19  # of the largest that a database holds


class SizedPages:
    """50 rows, up to 200 on request. A size that is none is an error, not a surprise."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_size_query_description = "How many rows a page has: 1 to 200, 50 unless asked."

    def get_page_size(self, request):
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and not self.is_size(asked):
            raise ValidationError({"page_size": [_("Give a whole number from 1 to 200.")]})
        return super().get_page_size(request)

    def is_size(self, asked: str) -> bool:
        return asked.isascii() and asked.isdecimal() and len(asked) <= 3 and 1 <= int(asked) <= self.max_page_size


class CursorPages(SizedPages, CursorPagination):
    """Rows in the order in which they were made: a page begins after the last row of the one before, so that no row is
    missed or met twice when others are added or deleted meanwhile, and the last page costs what the first one does."""

    ordering = "id"

    def decode_cursor(self, request):
        if not request.query_params[self.cursor_query_param]:
            return None  # "?cursor=" begins
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            cursor = None
        position = cursor and cursor.position
        if not (position and position.isascii() and position.isdecimal() and len(position) < DIGITS_OF_A_KEY):
            raise ValidationError({"cursor": ["This is no cursor: take it from “next” or “previous”."]})
        return cursor

    def get_paginated_response(self, data):
        found = super().get_paginated_response(data)
        found.data = {"count": None} | found.data
        return found


class NumberedPages(SizedPages, PageNumberPagination):
    """Pages by their number, with the count of all rows."""

    django_paginator_class = RowsPaginator
    page_query_description = "The number of the page, from 1."

    def paginate_queryset(self, queryset, request, view=None):
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            raise NotFound(_("There is no such page in this list.")) from error

    def get_paginated_response_schema(self, schema):
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "nullable": True, "description": "Of all pages; null with `cursor`."},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }


class Pages(NumberedPages):
    """Numbered pages; by a cursor where ``?cursor=`` asks for that."""

    by_cursor: CursorPages | None = None

    def paginate_queryset(self, queryset, request, view=None):
        if "cursor" not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        if "page" in request.query_params:
            raise ValidationError({"page": ["Pages by a cursor have no numbers."]})
        self.by_cursor = CursorPages()
        return self.by_cursor.paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data) -> Response:
        return self.by_cursor.get_paginated_response(data) if self.by_cursor else super().get_paginated_response(data)

    def get_schema_operation_parameters(self, view):
        cursor = {
            "name": "cursor",
            "in": "query",
            "required": False,
            "allowEmptyValue": True,
            "description": "Pages by a cursor, without a count: empty for the first one, then as “next” has it.",
            "schema": {"type": "string"},
        }
        return [*super().get_schema_operation_parameters(view), cursor]
