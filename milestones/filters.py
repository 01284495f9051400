"""Filters on what is due, late or reported. ``as_of`` chooses the day that all state is about; today is the default."""

import django_filters as filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES

from commitments.dates import local_dates
from commitments.filters import (
    CommitmentFilter,
    InstitutionFilter,
    RecordFilterSet,
    ThemeFilter,
    YesNoFilter,
    institution_tree,
)
from commitments.models import ActionPlan, Commitment, Member, PolicyArea, SourceDocument
from commitments.pages import RowsByMember

from .models import Milestone, OverduePeriod
from .querysets import (
    AS_OF,
    ZONE_OF_COMMITMENT,
    ZONE_OF_MILESTONE,
    ZONE_OF_PERIOD,
    with_milestone_counts,
    with_plan_milestone_counts,
)
from .states import LABELS, NOT_REPORTED

MEMBER = "commitment__plan__member"
BY_MEMBER = [f"{MEMBER}__name", f"{MEMBER}_id"]


class AsOfMixin(filters.FilterSet):
    """Gives rows their state on the day asked for before any filter looks at it."""

    as_of = filters.DateFilter(
        method="already_applied",
        label=_("As it stood on"),
        widget=forms.DateInput(attrs={"placeholder": "2021-11-15"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a date. Write it as year-month-day: 2021-11-15.")},
    )
    zone_path = ""

    def already_applied(self, queryset, name, value):
        return queryset

    def day(self):
        """The date asked for, or an expression for each row's own today."""
        return self.form.cleaned_data.get("as_of") or local_dates(self.zone_path)

    def add_state(self, queryset, on):
        raise NotImplementedError

    def filter_queryset(self, queryset):
        return super().filter_queryset(self.add_state(queryset, self.day()))


class Phase(TextChoices):
    """Where a plan stands in time on a day."""

    UNDER_WAY = "under_way", _("under implementation")
    ENDED = "ended", _("ended")
    NOT_BEGUN = "not_begun", _("not begun")
    UNKNOWN = "unknown", _("period not stated in full")


IN_PHASE = {
    Phase.UNDER_WAY: Q(stage="adopted", starts_on__lte=F("as_of"), ends_on__gte=F("as_of")),
    Phase.ENDED: Q(ends_on__lt=F("as_of")),
    Phase.NOT_BEGUN: Q(starts_on__gt=F("as_of")),
    Phase.UNKNOWN: Q(starts_on=None) | Q(ends_on=None),
}


class PlanFilter(AsOfMixin, RecordFilterSet):
    """Plans by member, region and where they stand in time on the day."""

    zone_path = "member__time_zone"
    real_path = "member__is_fictional"

    member = filters.ModelChoiceFilter(queryset=Member.objects.all(), to_field_name="slug", label=_("Member"))
    plan = filters.CharFilter(field_name="slug", label=_("Plan"))
    number = filters.NumberFilter(label=_("Number"), decimal_places=0)
    region = filters.ChoiceFilter(field_name="member__region", choices=Member.Region.choices, label=_("Region"))
    kind = filters.ChoiceFilter(field_name="member__kind", choices=Member.Kind.choices, label=_("Kind of member"))
    phase = filters.ChoiceFilter(choices=Phase.choices, method="by_phase", label=_("Phase"))

    class Meta:
        model = ActionPlan
        fields = []

    def add_state(self, queryset, on):
        return with_plan_milestone_counts(queryset, on)

    def by_phase(self, queryset, name, value):
        return queryset.filter(IN_PHASE[value])


class Unit(TextChoices):
    """What a list of commitments counts. Plan 5 of Korea has 14 commitments on 16 forms."""

    FORMS = "forms", _("what has its own form")
    COMMITMENTS = "commitments", _("commitments, parts not counted")


class TrackedCommitmentFilter(AsOfMixin, CommitmentFilter):
    """Commitments with what is late on the day: those that have their own form, unless ``unit`` asks for the others."""

    zone_path = ZONE_OF_COMMITMENT
    lead = InstitutionFilter(method="by_lead", label=_("Lead institution"))
    unit = filters.ChoiceFilter(choices=Unit.choices, method="already_applied", label=_("Counted as"))
    overdue = YesNoFilter(method="by_overdue", label=_("With overdue milestones"))

    class Meta:
        model = Commitment
        fields = []

    def add_state(self, queryset, on):
        return with_milestone_counts(queryset, on)

    def by_overdue(self, queryset, name, value):
        on = self.form.cleaned_data.get("as_of") or local_dates(ZONE_OF_PERIOD)
        late = OverduePeriod.objects.of_milestones(on).values("milestone__commitment")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)

    def by_lead(self, queryset, name, value):
        return queryset.led_by(institution_tree(value))

    def filter_queryset(self, queryset):
        whole = self.form.cleaned_data.get("unit") == Unit.COMMITMENTS
        return super().filter_queryset(queryset.whole() if whole else queryset.forms())


class MilestoneFilter(AsOfMixin, RecordFilterSet):
    """Milestones by plan, commitment, institution, status and lateness on the day."""

    zone_path = ZONE_OF_MILESTONE
    real_path = "commitment__plan__member__is_fictional"

    q = filters.CharFilter(method="by_words", label=_("Words"))
    member = filters.ModelChoiceFilter(
        field_name="commitment__plan__member", queryset=Member.objects.all(), to_field_name="slug", label=_("Member")
    )
    plan = filters.ModelChoiceFilter(
        field_name="commitment__plan",
        queryset=ActionPlan.objects.select_related("member"),
        to_field_name="slug",
        label=_("Plan"),
    )
    theme = ThemeFilter(field_name="commitment__theme", label=_("Theme"))
    policy_area = filters.ModelChoiceFilter(
        field_name="commitment__policy_areas",
        queryset=PolicyArea.objects.all(),
        to_field_name="slug",
        label=_("Policy area"),
    )
    document = filters.ModelChoiceFilter(
        queryset=SourceDocument.objects.all(), to_field_name="key", label=_("Source document")
    )
    region = filters.ChoiceFilter(
        field_name="commitment__plan__member__region", choices=Member.Region.choices, label=_("Region")
    )
    commitment = filters.CharFilter(field_name="commitment__number", label=_("Commitment number"))
    institution = InstitutionFilter(method="by_institution", label=_("Lead institution"))
    status = filters.ChoiceFilter(choices=list(LABELS.items()), method="by_status", label=_("Status"))
    overdue = YesNoFilter(method="by_overdue", label=_("Overdue"))
    met_late = YesNoFilter(method="by_met_late", label=_("Met late"))
    unmet_after_end = YesNoFilter(method="by_unmet", label=_("Plan over, not reported as met"))
    cadence = filters.ChoiceFilter(choices=Milestone.Cadence.choices, label=_("Cadence"))
    open_ended = YesNoFilter(label=_("Open-ended"))
    readable = YesNoFilter(label=_("Dates readable"))

    class Meta:
        model = Milestone
        fields = []

    def add_state(self, queryset, on):
        return queryset.with_state(on).with_met(on)

    def by_words(self, queryset, name, value):
        for word in value.split():
            queryset = queryset.filter(Q(title__icontains=word) | Q(title_ko__icontains=word))
        return queryset

    def by_institution(self, queryset, name, value):
        return queryset.filter(commitment__in=Commitment.objects.led_by(institution_tree(value)))

    def by_status(self, queryset, name, value):
        return queryset.in_state(None if value == NOT_REPORTED else value)

    def by_overdue(self, queryset, name, value):
        late = self.overdue_periods().values("milestone")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)

    def by_met_late(self, queryset, name, value):
        return queryset.met_late(value)

    def by_unmet(self, queryset, name, value):
        if value:
            return queryset.unmet_after_end()
        unmet = Milestone.objects.with_state(AS_OF).unmet_after_end()
        return queryset.filter(~Exists(unmet.filter(pk=OuterRef("pk"))))

    def overdue_periods(self):
        """One row for each milestone that is overdue on the day asked for."""
        on = self.form.cleaned_data.get("as_of") or local_dates(ZONE_OF_PERIOD)
        return OverduePeriod.objects.of_milestones(on)

    def in_order(self, queryset):
        return queryset.order_by(*BY_MEMBER, "commitment__plan__number", "commitment__position", "position")

    def filter_queryset(self, queryset):
        """What is overdue everywhere is paged by the index of its periods, which has as many rows."""
        rows = self.in_order(super().filter_queryset(queryset))
        asked = {name for name, value in self.form.cleaned_data.items() if value not in EMPTY_VALUES}
        if asked - {"as_of"} == {"overdue"} and self.form.cleaned_data["overdue"]:
            rows.in_pages = RowsByMember(rows, self.overdue_periods().real().by_member(), MEMBER)
        return rows


class OverdueFilter(MilestoneFilter):
    """The order of the overdue page: by member, then by the body that leads, the latest first."""

    def add_state(self, queryset, on):
        return queryset.with_state(on)

    def in_order(self, queryset):
        place = ["commitment__plan", "commitment__position", "position"]
        return queryset.with_lead_name().order_by(*BY_MEMBER, "lead_name", "overdue_due_on", *place)
