"""Evidence of a report, for programs: the same checks as in the form of the admin."""

from django.urls import reverse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from commitments.api_writing import StrictFields

from .forms import TITLE_LENGTH, EvidenceForm
from .models import Evidence

URL_LENGTH = Evidence._meta.get_field("url").max_length


class ReportEvidenceSerializer(serializers.ModelSerializer):
    """A link or a file. A file can be fetched by everybody once its report is approved."""

    address = serializers.SerializerMethodField(help_text="Of the link, or of a file that is public; else null.")
    content_type = serializers.CharField(help_text="Of a file, by its content; empty for a link.")

    class Meta:
        model = Evidence
        fields = ["id", "title", "address", "file_name", "content_type", "size", "sha256"]

    def get_address(self, evidence) -> str | None:
        if evidence.url:
            return evidence.url
        is_public = evidence.update.review == "approved"
        return (
            self.context["request"].build_absolute_uri(reverse("evidence", args=[evidence.pk])) if is_public else None
        )


class LinkSerializer(StrictFields, serializers.Serializer):
    """A link as evidence. Without a title the address is the title."""

    title = serializers.CharField(max_length=TITLE_LENGTH, required=False, allow_blank=True)
    url = serializers.URLField(max_length=URL_LENGTH)


class FileBodySerializer(serializers.Serializer):
    """A file as evidence. Without a title its name is the title."""

    title = serializers.CharField(max_length=TITLE_LENGTH, required=False, allow_blank=True)
    file = serializers.FileField()


def checked(data, upload=None, *, as_file: bool = False, place: str = "") -> Evidence:
    """The evidence that was sent, a file or a link, not saved yet. Raises ``ValidationError`` by field, each name after
    *place*."""
    known = {"title", "file"} if as_file else {"title", "url"}
    body = (FileBodySerializer if as_file else LinkSerializer)(data=data)
    body.is_valid(raise_exception=True)
    if unknown := sorted(set(data) - known):
        raise ValidationError({f"{place}{name}": ["There is no such field to set."] for name in unknown})
    sent = body.validated_data
    name = upload.name if upload else sent["url"]
    facts = {"title": (sent.get("title") or name)[:TITLE_LENGTH], "url": "" if upload else sent["url"]}
    form = EvidenceForm(facts, {"file": upload} if upload else None)
    if not form.is_valid():
        raise ValidationError({f"{place}{name}".replace("__all__", "url"): list(e) for name, e in form.errors.items()})
    return form.instance
