"""The filter of the comparison: one for the page and its files."""

from datetime import date

import django_filters as filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.filters import CommitmentFilter, InstitutionFilter, YesNoFilter, institution_tree
from commitments.models import Commitment
from milestones.filters import AsOfMixin
from milestones.querysets import ZONE_OF_COMMITMENT

from .comparing import COMPARABLE, Gap, with_gap, with_voices
from .irm_models import Coding, IRMReview
from .irm_querysets import STARRED_METHODS
from .known import codings_known
from .models import SelfAssessmentEntry


class CompareFilter(AsOfMixin, CommitmentFilter):
    """Commitments that somebody has assessed, by member, plan, institution, product of the IRM, star and gap."""

    zone_path = ZONE_OF_COMMITMENT
    institution = InstitutionFilter(method="by_institution", label=_("Lead institution"))
    product = filters.ChoiceFilter(choices=IRMReview.Product.choices, method="by_product", label=_("IRM product"))
    starred = YesNoFilter(method="by_star", label=_("Starred"))
    star_method = YesNoFilter(method="by_star_method", label=_("Coded by a method that names stars"))
    gap = filters.ChoiceFilter(choices=Gap.choices, label=_("Gap"))
    comparable = YesNoFilter(method="by_both_levels", label=_("Both have said a level"))
    found = filters.ChoiceFilter(choices=Coding.Completion.choices, label=_("Completion, as the IRM finds"))
    rated = YesNoFilter(method="by_finding", label=_("The IRM has rated completion"))
    claimed = filters.ChoiceFilter(
        choices=SelfAssessmentEntry.Completion.choices, label=_("Completion, as the government says")
    )

    class Meta:
        model = Commitment
        fields = []

    def day(self) -> date:
        """One day for all rows: the one asked for, else today where all members have the same, else here."""
        today = super().day()
        return today if isinstance(today, date) else timezone.localdate()

    def add_state(self, queryset, on):
        return with_gap(queryset, on)

    def by_institution(self, queryset, name, value):
        return queryset.led_by(institution_tree(value))

    def by_product(self, queryset, name, value):
        return queryset.filter(pk__in=codings_known(self.day()).filter(review__product=value).values("commitment"))

    def by_star(self, queryset, name, value):
        starred = codings_known(self.day()).with_starred().filter(starred=True).values("commitment")
        return queryset.filter(pk__in=starred) if value else queryset.exclude(pk__in=starred)

    def by_star_method(self, queryset, name, value):
        coded = codings_known(self.day()).filter(method_version__in=STARRED_METHODS).values("commitment")
        return queryset.filter(pk__in=coded) if value else queryset.exclude(pk__in=coded)

    def by_both_levels(self, queryset, name, value):
        return queryset.filter(gap__in=COMPARABLE) if value else queryset.exclude(gap__in=COMPARABLE)

    def by_finding(self, queryset, name, value):
        return queryset.filter(found__isnull=not value)

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        order = ["plan__member__name", "plan__member", "plan__number", "position", "pk"]
        return with_voices(rows, self.day()).order_by(*order)
