"""The filter of stale commitments: one for the page and its files."""

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commitments.filters import CommitmentFilter, InstitutionFilter, institution_tree
from commitments.models import Commitment, Involvement

from .filters import AsOfMixin
from .freshness import quiet
from .querysets import ZONE_OF_COMMITMENT


def with_lead_name(commitments):
    """Adds ``lead_name``, the name of the topmost body of the first lead; null when no lead is stated."""
    top = Coalesce("institution__parent__parent__name", "institution__parent__name", "institution__name")
    leads = Involvement.objects.filter(role="lead", commitment=OuterRef("pk")).order_by("position", "pk")
    return commitments.annotate(lead_name=Subquery(leads.annotate(top=top).values("top")[:1]))


class StaleFilter(AsOfMixin, CommitmentFilter):
    """Commitments that are stale on the day: by member, then by the body that leads, the longest silent first."""

    zone_path = ZONE_OF_COMMITMENT
    institution = InstitutionFilter(method="by_institution", label=_("Lead institution"))

    class Meta:
        model = Commitment
        fields = []

    def add_state(self, queryset, on):
        return quiet(self.form.cleaned_data.get("as_of"), queryset)

    def by_institution(self, queryset, name, value):
        return queryset.led_by(institution_tree(value))

    def filter_queryset(self, queryset):
        silent_since = Coalesce("last_report_on", "plan__starts_on")
        rows = with_lead_name(super().filter_queryset(queryset))
        return rows.order_by("plan__member__name", "plan__member", "lead_name", silent_since, "plan", "position")
