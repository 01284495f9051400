"""Whole lists of the API in one answer, row by row: NDJSON (a JSON object a line) and CSV. As many rows as there are,
in the memory that a few hundred need."""

import json
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from .exports import CHUNK, csv_pieces

PIECE = 32 * 1024  # characters that are sent at once


class NDJSONRenderer(JSONRenderer):
    """Named in negotiation; what it renders itself are problems, which are JSON."""

    media_type = "application/x-ndjson"
    format = "ndjson"


class CSVRenderer(NDJSONRenderer):
    media_type = "text/csv"
    format = "csv"


def as_json(value) -> str:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))


def ndjson_pieces(rows: Iterator[dict]) -> Iterator[str]:
    lines, length = [], 0
    for row in rows:
        lines.append(as_json(row) + "\n")
        length += len(lines[-1])
        if length >= PIECE:
            yield "".join(lines)
            lines, length = [], 0
    yield "".join(lines)


def cell(value) -> str | int | None:
    """A value as CSV has it: yes and no as true and false, a list of words with semicolons, what is nested as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    return as_json(value) if isinstance(value, dict | list) else value


def csv_of(names: list[str], rows: Iterator[dict]) -> Iterator[str]:
    return csv_pieces(names, ([cell(row[name]) for name in names] for row in rows))


def in_bulk(serializer, queryset, form: str, name: str, head: bool) -> StreamingHttpResponse:
    """All rows as *form* ("ndjson" or "csv"), written by the serializer of one row. HEAD reads none."""
    rows = map(serializer.to_representation, queryset.iterator(chunk_size=CHUNK))
    if form == "csv":
        pieces, content_type = csv_of(list(serializer.fields), rows), "text/csv; charset=utf-8"
    else:
        pieces, content_type = ndjson_pieces(rows), "application/x-ndjson"
    response = StreamingHttpResponse(() if head else pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response
