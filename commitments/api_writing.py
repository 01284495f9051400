"""What end points that write share: bodies without surprises, and editions."""

import re

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from .problems import PreconditionRequired

ETAG = re.compile(r'(?:W/)?"(\d{1,18})-(\d{1,9})"')


class StrictFields:
    """A serializer that refuses what it does not know, what is not for the reader to set, and a number for a text."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(set(data) - known):
                raise ValidationError({name: ["There is no such field to set."] for name in unknown})
            texts = [name for name in known & set(data) if isinstance(self.fields[name], serializers.CharField)]
            if wrong := [name for name in texts if isinstance(data[name], bool | int | float)]:
                raise ValidationError({name: ["Not a valid string."] for name in wrong})
        return super().to_internal_value(data)


def etag(row) -> str:
    """Of a row with editions (``versions.Versioned``)."""
    return f'"{row.pk}-{row.version}"'


def editions_asked(request, row, *, required: bool) -> set[int] | None:
    """The editions of the row that ``If-Match`` names; None when any will do. What names none matches none.

    A weak mark (``W/``) counts like a strong one: compressing an answer adds it, and changes nothing else."""
    sent = request.headers.get("If-Match", "").strip()
    if not sent and required:
        raise PreconditionRequired
    if sent in ("", "*"):
        return None
    return {int(version) for key, version in ETAG.findall(sent) if int(key) == row.pk}
