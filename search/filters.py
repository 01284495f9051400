"""The question of a search: words and facets, one definition for the page, its files, its feeds and the API.

A facet about a commitment (who leads it, what is late) holds for everything that belongs to the commitment. Of
milestones themselves, status and lateness are their own.
"""

from datetime import date

import django_filters as filters
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from assessments.known import codings_known, entries_known
from assessments.models import Coding, SelfAssessmentEntry
from commitments.dates import six_months_before
from commitments.filters import InstitutionFilter, RecordFilterSet, YesNoFilter, institution_tree
from commitments.models import ActionPlan, Commitment, Member, OGPValue, PolicyArea, Theme
from milestones.filters import AsOfMixin
from milestones.models import Milestone, OverduePeriod
from milestones.querysets import stale
from milestones.states import LABELS, NOT_REPORTED

from .models import Entry, Kind
from .words import Question, question

LONGEST_QUESTION = 200  # characters


class Sort:
    """The orders of results. "relevance": words in the title first, then plans, commitments, milestones, reports."""

    CHOICES = [
        ("relevance", _("Best match")),
        ("newest", _("Newest first")),
        ("oldest", _("Oldest first")),
        ("plan", _("By plan and number")),
    ]
    PLACE = ["member__name", "-plan__number", "commitment__position", "rank", "pk"]


class SearchFilter(AsOfMixin, RecordFilterSet):
    zone_path = "member__time_zone"
    real_path = "member__is_fictional"

    q = filters.CharFilter(method="by_words", label=_("Words"), max_length=LONGEST_QUESTION)
    kind = filters.ChoiceFilter(choices=Kind.choices, label=_("Kind of result"))
    member = filters.ModelChoiceFilter(queryset=Member.objects.all(), to_field_name="slug", label=_("Member"))
    plan = filters.ModelChoiceFilter(
        queryset=ActionPlan.objects.select_related("member"), to_field_name="slug", label=_("Plan")
    )
    theme = filters.ModelChoiceFilter(queryset=Theme.objects.all(), field_name="commitment__theme", label=_("Theme"))
    institution = InstitutionFilter(method="by_institution", label=_("Lead institution"))
    value = filters.ChoiceFilter(choices=OGPValue.choices, method="by_value", label=_("OGP value"))
    policy_area = filters.ModelChoiceFilter(
        field_name="commitment__policy_areas",
        queryset=PolicyArea.objects.all(),
        method="by_policy_area",
        to_field_name="slug",
        label=_("Policy area"),
    )
    status = filters.ChoiceFilter(choices=list(LABELS.items()), method="by_status", label=_("Ministry reports"))
    claimed = filters.ChoiceFilter(
        choices=SelfAssessmentEntry.Completion.choices, method="by_claim", label=_("Government's self-assessment")
    )
    found = filters.ChoiceFilter(choices=Coding.Completion.choices, method="by_finding", label=_("IRM finds"))
    overdue = YesNoFilter(method="by_overdue", label=_("Overdue"))
    stale = YesNoFilter(method="by_stale", label=_("Without a report for six months"))
    starred = YesNoFilter(method="by_star", label=_("Starred"))
    year = filters.NumberFilter(
        method="by_year", label=_("Year in which the plan began"), min_value=1900, max_value=2200, decimal_places=0
    )
    sort = filters.ChoiceFilter(choices=Sort.CHOICES, method="already_applied", label=_("Order"))

    class Meta:
        model = Entry
        fields = []

    def __init__(self, data=None, queryset=None, *, begins: bool = False, **kwargs):
        """*begins*: take words by their beginning alone."""
        self.begins = begins
        super().__init__(data or {}, Entry.objects.all() if queryset is None else queryset, **kwargs)

    @cached_property
    def on(self) -> date:
        """One day for all rows: the one asked for, else today where all members have the same, else here."""
        today = self.day()
        return today if isinstance(today, date) else timezone.localdate()

    @cached_property
    def asked(self) -> Question:
        return question(self.form.cleaned_data.get("q") or "", self.begins)

    def add_state(self, queryset, on):
        return queryset.known(self.on)

    def real(self, queryset):
        """Without a join: the database would look the words up again for each member."""
        return queryset.exclude(member__in=Member.objects.filter(is_fictional=True))

    def filter_queryset(self, queryset):
        return self.in_order(super().filter_queryset(queryset))

    def in_order(self, queryset):
        sort = self.form.cleaned_data.get("sort") or ("relevance" if self.asked else "plan")
        if sort == "relevance":
            return queryset.with_title_hit(self.asked).order_by("-title_hit", "rank", *Sort.PLACE)
        if sort in ("newest", "oldest"):
            return queryset.by_date(newest_first=sort == "newest")
        return queryset.order_by(*Sort.PLACE)

    # Words and the plan's own facts -----------------------------------------------------------------------------------
    def by_words(self, queryset, name, value):
        """All words must occur; a question without a single letter or digit finds nothing."""
        return queryset.matching(self.asked) if self.asked else queryset.none()

    def by_institution(self, queryset, name, value):
        return queryset.filter(commitment__in=Commitment.objects.led_by(institution_tree(value)))

    def by_value(self, queryset, name, value):
        return queryset.filter(commitment__values__icontains=f'"{value}"')

    def by_policy_area(self, queryset, name, value):
        return queryset.filter(commitment__in=value.commitments.all())

    def by_year(self, queryset, name, value):
        return queryset.filter(Q(plan__starts_on__year=int(value)) | Q(plan__starts_on=None, plan__year=int(value)))

    # What each voice says on the day ----------------------------------------------------------------------------------
    def by_status(self, queryset, name, value):
        status = None if value == NOT_REPORTED else value
        return self.of_milestones(queryset, Milestone.objects.with_state(self.on).in_state(status))

    def by_overdue(self, queryset, name, value):
        late = OverduePeriod.objects.of_milestones(self.on).values("milestone")
        found = self.of_milestones(queryset, Milestone.objects.filter(pk__in=late)).values("pk")
        return queryset.filter(pk__in=found) if value else queryset.exclude(pk__in=found)

    def of_milestones(self, queryset, milestones):
        """The milestones' own entries, and all else that belongs to their commitments."""
        return queryset.filter(
            Q(source="milestone", key__in=milestones.values("pk"))
            | ~Q(source="milestone") & Q(commitment__in=milestones.values("commitment"))
        )

    def by_claim(self, queryset, name, value):
        claims = entries_known(self.on).filter(completion_level=value)
        return queryset.filter(commitment__in=claims.order_by().values("commitment"))

    def by_finding(self, queryset, name, value):
        return queryset.filter(
            commitment__in=codings_known(self.on).filter(completion=value).order_by().values("commitment")
        )

    def by_stale(self, queryset, name, value):
        return self.yes_or_no(queryset, stale_commitments(self.on).values("pk"), value)

    def by_star(self, queryset, name, value):
        starred = codings_known(self.on).with_starred().filter(starred=True).order_by().values("commitment")
        return self.yes_or_no(queryset, starred, value)

    def yes_or_no(self, queryset, commitments, value: bool):
        found = Q(commitment__in=commitments)
        return queryset.filter(found) if value else queryset.filter(~found, commitment__isnull=False)


def stale_commitments(on: date):
    """Commitments that are stale on the day (OGP's minimum requirement 2.2)."""
    return stale(Commitment.objects.all(), on, six_months_before(on))
