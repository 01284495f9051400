"""Who has assessed which plan: the government's self-assessments and the IRM's reviews of all plans, by member."""

from datetime import date

import django_filters as filters
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commitments.dates import shown_day
from commitments.filters import RecordFilterSet
from commitments.models import ActionPlan, Member
from commitments.pages import filtered_list, with_day

from .irm_models import IRMReview
from .known import reviews_known, self_assessments_known

ZONE_OF_PLAN = "member__time_zone"
CODED = Count("codings", filter=Q(codings__until=None))


class By(TextChoices):
    """Who has assessed a plan."""

    GOVERNMENT = "government", _("the government itself")
    IRM = "irm", _("the IRM")
    BOTH = "both", _("both")
    NOBODY = "nobody", _("nobody, as far as the record goes")


class AssessedPlanFilter(RecordFilterSet):
    """Plans by member, region, who has assessed them and in which of the IRM's products, as known on the day."""

    real_path = "member__is_fictional"

    plan = filters.ModelChoiceFilter(
        field_name="pk", queryset=ActionPlan.objects.select_related("member"), to_field_name="slug", label=_("Plan")
    )
    member = filters.ModelChoiceFilter(queryset=Member.objects.all(), to_field_name="slug", label=_("Member"))
    region = filters.ChoiceFilter(field_name="member__region", choices=Member.Region.choices, label=_("Region"))
    by = filters.ChoiceFilter(choices=By.choices, method="by_assessor", label=_("Assessed by"))
    product = filters.ChoiceFilter(choices=IRMReview.Product.choices, method="by_product", label=_("IRM product"))
    as_of = filters.DateFilter(method="by_nothing", label=_("As it stood on"))

    class Meta:
        model = ActionPlan
        fields = []

    def by_nothing(self, queryset, name, value):
        return queryset

    def day(self) -> date:
        return shown_day(self.form.cleaned_data.get("as_of"), ZONE_OF_PLAN)

    def by_assessor(self, queryset, name, value):
        wanted = {By.GOVERNMENT: {"own": True}, By.IRM: {"irm": True}, By.BOTH: {"own": True, "irm": True}}
        return queryset.filter(**wanted.get(value, {"own": False, "irm": False}))

    def by_product(self, queryset, name, value):
        return queryset.filter(pk__in=reviews_known(self.day()).filter(product=value).values("plan"))

    def filter_queryset(self, queryset):
        on, of_plan = self.day(), {"plan": OuterRef("pk")}
        rows = queryset.annotate(
            own=Exists(self_assessments_known(on).filter(**of_plan)), irm=Exists(reviews_known(on).filter(**of_plan))
        )
        return (
            super()
            .filter_queryset(rows)
            .prefetch_related(
                Prefetch(
                    "self_assessments", self_assessments_known(on).order_by("published_on", "pk"), to_attr="own_words"
                ),
                Prefetch("irm_reviews", reviews_known(on).annotate(coded=CODED), to_attr="findings"),
            )
        )


@require_safe
@with_day
def assessments(request, asked):
    """Every plan with what was said of it by the day."""
    rows = ActionPlan.objects.select_related("member").order_by("member__name", "member", "-number")
    filterset = AssessedPlanFilter(request.GET or {}, queryset=rows)
    context = {"asked": asked, "on": shown_day(asked, ZONE_OF_PLAN)}
    return filtered_list(request, filterset, "assessments/overview.html", context)
