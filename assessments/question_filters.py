"""The filter of questions and comments on commitments: one for the page and its files."""

import django_filters as filters
from django.db import models
from django.db.models import Case, Count, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.filters import InstitutionFilter, RecordFilterSet, institution_tree
from commitments.kept import kept_of
from commitments.models import ActionPlan, Institution, Member
from milestones.filters import AsOfMixin

from .comment_models import PublicComment

MOST_OFFICES = 50  # of a table; whom a reader misses is found by choosing a member


class Answer(models.TextChoices):
    """Where a public question stands on a day."""

    OVERDUE = "overdue", _("without a response, past its day")
    OWED = "owed", _("without a response, in time")
    ANSWERED = "answered", _("answered")


class QuestionFilter(AsOfMixin, RecordFilterSet):
    """Public questions by member, plan, the office that owes the response, and whether there is one on the day."""

    zone_path = "plan__member__time_zone"
    member = filters.ModelChoiceFilter(
        field_name="plan__member", queryset=Member.objects.all(), to_field_name="slug", label=_("Member")
    )
    plan = filters.ModelChoiceFilter(
        queryset=ActionPlan.objects.select_related("member"), to_field_name="slug", label=_("Plan")
    )
    institution = InstitutionFilter(method="by_institution", label=_("Office that owes the response"))
    answer = filters.ChoiceFilter(choices=Answer.choices, label=_("Response"))

    class Meta:
        model = PublicComment
        fields = []

    def day(self):
        """One day for all rows: the one asked for, else today here."""
        return self.form.cleaned_data.get("as_of") or timezone.localdate()

    def add_state(self, queryset, on):
        answered = When(responded_on__lte=on, then=Value(Answer.ANSWERED))
        overdue = When(respond_by__lt=on, then=Value(Answer.OVERDUE))
        state = Case(answered, overdue, default=Value(Answer.OWED), output_field=models.CharField())
        return queryset.on_commitments().known(on).annotate(answer=state)

    def by_institution(self, queryset, name, value):
        return queryset.filter(owed_by__in=institution_tree(value))

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        related = ("commitment__plan__member", "plan__member", "owed_by__parent__parent", "responded_for")
        return rows.select_related(*related).order_by("-received_on", "-pk")


def by_office(rows) -> tuple[list[dict], int]:
    """How many questions each office was asked, answered, and owes: ``[{"office", "overdue_count", …}]`` of the
    ``MOST_OFFICES`` that owe most, those first, and how many offices there are. One query once the numbers are kept."""
    counts = kept_of(rows.order_by(), "by office", lambda: counts_by_office(rows), [])
    shown = {row["owed_by"]: row for row in counts[:MOST_OFFICES]}
    offices = Institution.objects.select_related("member", "parent__parent").in_bulk(shown)
    return [{"office": offices[key], **row} for key, row in shown.items()], len(counts)


def counts_by_office(rows) -> list[dict]:
    """``[{"owed_by", "overdue_count", …}]``, those that owe most first. One query."""
    numbers = {f"{value}_count": Count("pk", filter=Q(answer=value)) for value in Answer.values}
    counts = rows.exclude(owed_by=None).order_by().values("owed_by").annotate(**numbers)
    return list(counts.order_by("-overdue_count", "-owed_count", "owed_by__name", "owed_by"))
