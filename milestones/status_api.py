"""Reports of ministries and co-owners, for the programs of those who write them. What is public stands in the other end
points; here are an account's own drafts and those it may see, by its token alone. Reviewing stays with people, in the
admin."""

import django_filters as filters
from django.conf import settings
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, parsers, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api_access import MayReport
from accounts.idempotency import once
from commitments.api import ChosenFields, StrictFilterBackend, parameters_of_pages
from commitments.api_pages import Pages
from commitments.api_writing import StrictFields, editions_asked, etag
from commitments.models import ActionPlan
from commitments.problems import TooLarge

from . import drafts, services
from .evidence_api import FileBodySerializer, LinkSerializer, ReportEvidenceSerializer, checked
from .models import Deadline, Evidence, Milestone, Status, StatusUpdate

WORDS = ("what_was_done", "challenges", "next_step")
MOST_LINKS = 50
SPARE = 64 * 1024  # bytes of an upload that are not the file


class StatusUpdateSerializer(serializers.HyperlinkedModelSerializer):
    """A status report, as those see it who may."""

    plan = serializers.CharField(source="milestone.commitment.plan.slug")
    commitment = serializers.CharField(source="milestone.commitment.number")
    milestone = serializers.IntegerField(source="milestone_id", help_text="The `id` of `milestones/`.")
    deadline = serializers.IntegerField(
        source="deadline_id", allow_null=True, help_text="One round of the milestone; null: all of it."
    )
    institution = serializers.CharField(source="institution.name", default=None, allow_null=True)
    is_own = serializers.SerializerMethodField(help_text="Whether the token's account wrote it.")
    edition = serializers.IntegerField(source="version", help_text="Counts on with each change.")
    evidence = ReportEvidenceSerializer(many=True)

    class Meta:
        model = StatusUpdate
        fields = ["id", "url", "plan", "commitment", "milestone", "deadline", "on_date", "status", *WORDS]
        fields += ["evidence", "institution", "as_co_owner", "is_own", "review", "submitted_at", "return_reason"]
        fields += ["published_on", "edition"]
        extra_kwargs = {"url": {"view_name": "api:status-update-detail"}}

    def get_is_own(self, update) -> bool:
        return update.author_id == self.context["request"].user.pk


class Reported(serializers.PrimaryKeyRelatedField):
    """A milestone that the account reports on: of no other it is said whether there is one."""

    default_error_messages = {"does_not_exist": "There is no such milestone that this account reports on."}

    def get_queryset(self):
        request = self.context.get("request")
        milestones = Milestone.objects.select_related("commitment__plan__member")
        return milestones.reported_by(request.user) if request and request.user else milestones.none()


class ChangeSerializer(StrictFields, serializers.ModelSerializer):
    """What the author of a draft may change."""

    deadline = serializers.PrimaryKeyRelatedField(
        queryset=Deadline.objects.filter(withdrawn_on=None),
        required=False,
        allow_null=True,
        help_text="One round of the milestone, where it recurs; null: all of it.",
    )

    class Meta:
        model = StatusUpdate
        fields = ["deadline", "on_date", "status", *WORDS]

    def validate(self, facts):
        milestone = facts.get("milestone") or self.instance.milestone
        if facts.get("deadline") and facts["deadline"].milestone_id != milestone.pk:
            raise ValidationError({"deadline": ["This deadline belongs to another milestone."]})
        return facts


class DraftSerializer(ChangeSerializer):
    """A new draft."""

    milestone = Reported(help_text="The `id` of `milestones/`.")
    links = LinkSerializer(many=True, required=False, max_length=MOST_LINKS, help_text="Evidence; files come later.")

    class Meta(ChangeSerializer.Meta):
        fields = ["milestone", *ChangeSerializer.Meta.fields, "links"]


class StatusUpdateFilter(filters.FilterSet):
    plan = filters.ModelChoiceFilter(
        field_name="milestone__commitment__plan", queryset=ActionPlan.objects.all(), to_field_name="slug"
    )
    milestone = filters.NumberFilter(min_value=1, max_value=2**63 - 1, decimal_places=0)
    review = filters.ChoiceFilter(choices=StatusUpdate.Review.choices)
    status = filters.ChoiceFilter(choices=Status.choices)

    class Meta:
        model = StatusUpdate
        fields = []


class StatusUpdateViewSet(ChosenFields, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Status reports that the token's account may see: drafts of its own institution, and what it handed in."""

    http_method_names = ["get", "head", "options", "post", "patch", "delete"]
    permission_classes = [MayReport]
    filter_backends = [StrictFilterBackend]
    filterset_class = StatusUpdateFilter
    pagination_class = Pages
    serializer_class = StatusUpdateSerializer
    lookup_value_regex = "[0-9]{1,18}"
    queryset = (
        StatusUpdate.objects.select_related("milestone__commitment__plan__member", "institution")
        .prefetch_related(Prefetch("evidence", Evidence.objects.select_related("link")))
        .order_by("-on_date", "-pk")
    )

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def own_parameters(self) -> set[str]:
        return {"format", "fields"} | (parameters_of_pages(self) if self.action == "list" else set())

    def finalize_response(self, request, response, *args, **kwargs):
        """What one account sees is kept by no cache."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def answer(self, update: StatusUpdate, status=200) -> Response:
        """The report as it is now."""
        row = self.get_queryset().get(pk=update.pk)
        body = StatusUpdateSerializer(row, context=self.get_serializer_context()).data
        headers = {"ETag": etag(row)} | ({"Location": str(body["url"])} if status == 201 else {})
        return Response(body, status, headers=headers)

    def facts(self, serializer: type, update: StatusUpdate | None = None) -> dict:
        found = serializer(update, self.request.data, partial=bool(update), context=self.get_serializer_context())
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    def retrieve(self, request, *args, **kwargs):
        response = super().retrieve(request, *args, **kwargs)
        response.headers["ETag"] = etag(self.get_object())
        return response

    @extend_schema(request=DraftSerializer, responses={201: StatusUpdateSerializer})
    def create(self, request):
        """Begins a draft. Nobody but the account and those who review it sees it."""
        return once(request, self.begin)

    def begin(self) -> Response:
        facts = self.facts(DraftSerializer)
        evidence = [checked(link, place=f"links.{n}.") for n, link in enumerate(facts.pop("links", []))]
        update = drafts.begin(self.request.user, **facts)
        for piece in evidence:
            piece.update = update
            piece.save()
        return self.answer(update, 201)

    @extend_schema(request=ChangeSerializer, responses=StatusUpdateSerializer)
    def partial_update(self, request, pk=None):
        """Changes a draft, or a report that was returned. `If-Match` with the ETag that was read is needed."""
        return once(request, self.change)

    def change(self) -> Response:
        update = self.get_object()
        editions = editions_asked(self.request, update, required=True)
        facts = self.facts(ChangeSerializer, update)
        return self.answer(drafts.change(update, self.request.user, editions, **facts))

    @extend_schema(request=None, responses=StatusUpdateSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request, pk=None):
        """Hands the report in for review, as the form does: what is missing is named at its field."""
        return once(request, self.hand_in)

    def hand_in(self) -> Response:
        update = self.get_object()
        editions = editions_asked(self.request, update, required=False)
        drafts.locked(update, self.request.user, editions)
        services.submit(update)
        return self.answer(update)

    @extend_schema(
        request={"application/json": LinkSerializer, "multipart/form-data": FileBodySerializer},
        responses={201: ReportEvidenceSerializer},
    )
    @action(detail=True, methods=["post"], parser_classes=[parsers.JSONParser, parsers.MultiPartParser])
    def evidence(self, request, pk=None):
        """Adds a link, or a file of at most 10 MiB whose content is what its name says, to a draft."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > settings.EVIDENCE_MAX_BYTES + SPARE:
            raise TooLarge(f"A file has at most {settings.EVIDENCE_MAX_BYTES} bytes.")
        return once(request, self.add_evidence)

    def add_evidence(self) -> Response:
        update = self.get_object()
        editions = editions_asked(self.request, update, required=False)
        as_file = self.request.content_type.startswith("multipart/")
        evidence = checked(self.request.data, self.request.FILES.get("file"), as_file=as_file)
        drafts.add_evidence(update, self.request.user, editions, evidence)
        body = ReportEvidenceSerializer(evidence, context=self.get_serializer_context()).data
        return Response(body, 201, headers={"ETag": etag(evidence.update)})

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"evidence/(?P<evidence_id>[0-9]{1,18})")
    def drop_evidence(self, request, pk=None, evidence_id=None):
        """Takes evidence away from a draft."""
        return once(request, self.remove_evidence)

    def remove_evidence(self) -> Response:
        update = self.get_object()
        editions = editions_asked(self.request, update, required=False)
        evidence = get_object_or_404(update.evidence, pk=self.kwargs["evidence_id"])
        drafts.remove_evidence(update, self.request.user, editions, evidence)
        return Response(status=204)
