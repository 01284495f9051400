"""Filters on assessments, shared by pages and API."""

import django_filters as filters
from django.utils.choices import CallableChoiceIterator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from commitments.filters import LongSelect, RecordFilterSet, YesNoFilter
from commitments.models import ActionPlan, Member

from .models import Coding, IRMReview, SelfAssessment


class SelfAssessmentFilter(RecordFilterSet):
    member = filters.ModelChoiceFilter(
        field_name="plan__member", queryset=Member.objects.all(), to_field_name="slug", label=_("Member")
    )
    plan = filters.ModelChoiceFilter(
        queryset=ActionPlan.objects.select_related("member"), to_field_name="slug", label=_("Plan")
    )
    kind = filters.ChoiceFilter(choices=SelfAssessment.Kind.choices, label=_("Kind"))

    class Meta:
        model = SelfAssessment
        fields = []


class CodingFilter(RecordFilterSet):
    real_path = "review__plan__member__is_fictional"

    member = filters.ModelChoiceFilter(
        field_name="review__plan__member", queryset=Member.objects.all(), to_field_name="slug", label=_("Member")
    )
    plan = filters.ModelChoiceFilter(
        field_name="review__plan",
        queryset=ActionPlan.objects.select_related("member"),
        to_field_name="slug",
        label=_("Plan"),
    )
    review = filters.ModelChoiceFilter(queryset=IRMReview.objects.public(), to_field_name="slug", label=_("Review"))
    completion = filters.ChoiceFilter(choices=Coding.Completion.choices, label=_("Completion"))
    method_version = filters.ChoiceFilter(choices=IRMReview.Method.choices, label=_("Method"))
    starred = YesNoFilter(label=_("Starred"))
    starred_2015 = YesNoFilter(label=_("Starred by the formula of 2015"))
    promising = YesNoFilter(label=_("Promising"))

    class Meta:
        model = Coding
        fields = []

    @cached_property
    def form(self):
        form = super().form
        form.fields["review"].widget = LongSelect(choices=CallableChoiceIterator(self.offered_reviews))
        return form

    def offered_reviews(self) -> list[tuple[str, str]]:
        """Of the member chosen, as plans are; where nobody looks through thousands, none but the one named."""
        rows = self.base_filters["review"].queryset.select_related("plan__member")
        if self.offer.waits:
            rows = rows.filter(slug=self.data.get("review", "").replace("\0", ""))
        elif self.offer.member:
            rows = rows.filter(plan__member__slug=self.offer.member)
        return [self.offer.nothing, *((review.slug, str(review)) for review in rows)]


class DraftCodingFilter(CodingFilter):
    """For who may see drafts: any review can be chosen."""

    review = filters.ModelChoiceFilter(queryset=IRMReview.objects.all(), to_field_name="slug", label=_("Review"))


class IRMReviewFilter(RecordFilterSet):
    member = filters.ModelChoiceFilter(
        field_name="plan__member", queryset=Member.objects.all(), to_field_name="slug", label=_("Member")
    )
    plan = filters.ModelChoiceFilter(
        queryset=ActionPlan.objects.select_related("member"), to_field_name="slug", label=_("Plan")
    )
    product = filters.ChoiceFilter(choices=IRMReview.Product.choices, label=_("Product"))
    method_version = filters.ChoiceFilter(choices=IRMReview.Method.choices, label=_("Method"))

    class Meta:
        model = IRMReview
        fields = []
