"""Filters on institutions and source documents: one class each for the API and for the list as a file."""

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .filters import RecordFilterSet, YesNoFilter
from .models import Institution, Involvement, Member, SourceDocument


def by_name(queryset, name, value):
    """Every word must occur in the name, in English or in Korean."""
    for word in value.split():
        queryset = queryset.filter(Q(name__icontains=word) | Q(name_ko__icontains=word))
    return queryset


class OfMemberFilterSet(RecordFilterSet):
    """What belongs to a member: the fictional one is left out unless the reader names it."""

    real_path = "member__is_fictional"
    member = filters.ModelChoiceFilter(queryset=Member.objects.all(), to_field_name="slug", label=_("Member"))


class InstitutionListFilter(OfMemberFilterSet):
    q = filters.CharFilter(method=by_name, label=_("Words"))
    key = filters.CharFilter(label=_("Key"))
    kind = filters.ChoiceFilter(choices=Institution.Kind.choices, label=_("Kind"))
    leads = YesNoFilter(method="by_leading", label=_("Leads commitments"))

    class Meta:
        model = Institution
        fields = []

    def by_leading(self, queryset, name, value):
        leading = Involvement.objects.filter(role="lead").values("institution")
        return queryset.filter(pk__in=leading) if value else queryset.exclude(pk__in=leading)


class DocumentListFilter(OfMemberFilterSet):
    q = filters.CharFilter(field_name="title", lookup_expr="icontains", label=_("Words"))
    key = filters.CharFilter(label=_("Key"))
    kind = filters.ChoiceFilter(choices=SourceDocument.Kind.choices, label=_("Kind"))
    language = filters.CharFilter(label=_("Language"))

    class Meta:
        model = SourceDocument
        fields = []
