"""Members with what the record holds of them, and what is late on a day: for lists."""

import django_filters as filters
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _

from commitments.filters import YesNoFilter
from commitments.models import ActionPlan, Commitment, Member

from .filters import AsOfMixin
from .models import Milestone, OverduePeriod
from .querysets import counted, day


def with_member_counts(members, on):
    """Adds ``plan_count``, ``under_way_count`` (plans under implementation on the day), ``unitemised_count`` (plans
    whose commitments no source itemises), ``commitment_count`` (parts not counted), ``form_count``, ``milestone_count``
    and ``overdue_count`` (milestones overdue on the day) to members."""
    plans = ActionPlan.objects.filter(member=OuterRef("pk"))
    under_way = Q(stage="adopted", starts_on__lte=OuterRef("as_of"), ends_on__gte=OuterRef("as_of"))
    commitments = Commitment.objects.filter(plan__member=OuterRef("pk"))
    milestones = Milestone.objects.filter(commitment__plan__member=OuterRef("pk"))
    overdue = OverduePeriod.objects.of_milestones(OuterRef("as_of")).filter(member=OuterRef("pk"))
    return members.annotate(as_of=day(on)).annotate(
        plan_count=counted(plans, "member"),
        under_way_count=counted(plans.filter(under_way), "member"),
        unitemised_count=counted(plans.filter(is_itemised=False), "member"),
        commitment_count=counted(commitments.whole(), "plan__member"),
        form_count=counted(commitments.forms(), "plan__member"),
        milestone_count=counted(milestones, "commitment__plan__member"),
        overdue_count=counted(overdue, "member"),
    )


class MemberFilter(AsOfMixin):
    """Members by name, region, kind, and whether a plan is under implementation on the day."""

    zone_path = "time_zone"
    several_members = False  # there is no filter by member in a list of members

    q = filters.CharFilter(method="by_words", label=_("Name"))
    code = filters.CharFilter(label=_("Code"))
    slug = filters.CharFilter(label=_("Address name"))
    region = filters.ChoiceFilter(choices=Member.Region.choices, label=_("Region"))
    kind = filters.ChoiceFilter(choices=Member.Kind.choices, label=_("Kind of member"))
    under_way = YesNoFilter(method="by_plan", label=_("With a plan under implementation"))

    class Meta:
        model = Member
        fields = []

    def add_state(self, queryset, on):
        return with_member_counts(queryset, on)

    def by_words(self, queryset, name, value):
        for word in value.split():
            queryset = queryset.filter(Q(name__icontains=word) | Q(name_ko__icontains=word) | Q(code__iexact=word))
        return queryset

    def by_plan(self, queryset, name, value):
        return queryset.filter(under_way_count__gt=0) if value else queryset.filter(under_way_count=0)
