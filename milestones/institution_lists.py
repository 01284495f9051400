"""Institutions that lead commitments, as a list: topmost bodies with their divisions, and what is late on a day."""

from collections import defaultdict
from dataclasses import dataclass, field

import django_filters as filters
from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commitments.dates import local_dates
from commitments.filters import RecordFilterSet
from commitments.models import Institution, Involvement, Member
from commitments.pages import KeptPages

from .models import OverduePeriod
from .querysets import ZONE_OF_PERIOD

LEADS = Q(role="lead", commitment__is_form=True)


def top_of(path: str = ""):
    """The topmost body above the institution at *path*."""
    return Coalesce(f"{path}parent__parent", f"{path}parent", f"{path}pk")


class InstitutionListFilter(RecordFilterSet):
    """The topmost bodies that lead commitments, themselves or through a division, by member and words."""

    real_path = "member__is_fictional"

    q = filters.CharFilter(method="by_words", label=_("Words"))
    member = filters.ModelChoiceFilter(queryset=Member.objects.all(), to_field_name="slug", label=_("Member"))
    kind = filters.ChoiceFilter(choices=Institution.Kind.choices, label=_("Kind"))
    as_of = filters.DateFilter(method="by_nothing", label=_("As it stood on"))

    class Meta:
        model = Institution
        fields = []

    def by_nothing(self, queryset, name, value):
        """The day changes what is late, not which institutions there are."""
        return queryset

    def by_words(self, queryset, name, value):
        """Every word must occur in the name of the body or of one of its divisions."""
        for word in value.split():
            named = Institution.objects.filter(Q(name__icontains=word) | Q(name_ko__icontains=word))
            queryset = queryset.filter(pk__in=named.annotate(top=top_of()).values("top"))
        return queryset

    def filter_queryset(self, queryset):
        leads = Involvement.objects.filter(LEADS).annotate(top=top_of("institution__"))
        rows = super().filter_queryset(queryset.filter(pk__in=leads.values("top")))
        rows = rows.order_by("member__name", "member", "name", "pk")
        rows.in_pages = KeptPages(rows, queryset)  # who leads follows from everything that anybody leads
        return rows


@dataclass
class Body:
    """A topmost body with the divisions that lead; ``leads`` counts its commitment forms, its divisions' included."""

    institution: Institution
    leads: int = 0
    late: int = 0
    divisions: list[Institution] = field(default_factory=list)


def bodies_of(institutions, asked) -> list[Body]:
    """What a page of the list shows of its topmost bodies on the day asked for, or today. Four queries."""
    bodies = {row.pk: Body(row) for row in institutions}
    keys = keys_below(bodies)
    leads = Involvement.objects.filter(LEADS, institution__in=keys).annotate(top=top_of("institution__"))
    for top, number in leads.order_by().values_list("top").annotate(n=Count("commitment", distinct=True)):
        bodies[top].leads = number
    periods = OverduePeriod.objects.of_milestones(asked or local_dates(ZONE_OF_PERIOD))
    involved = "milestone__commitment__involvements"
    late = periods.filter(**{f"{involved}__role": "lead", f"{involved}__institution__in": keys})
    late = late.annotate(top=top_of(f"{involved}__institution__"))
    for top, number in late.order_by().values_list("top").annotate(n=Count("milestone", distinct=True)):
        bodies[top].late = number
    for division in divisions_of(keys):
        bodies[division.top].divisions.append(division)
    return list(bodies.values())


def keys_below(bodies) -> list[int]:
    """The keys of topmost bodies and of their divisions. Named one by one an index finds what they lead; asked for by
    the body that stands above it, everything that anybody leads would be looked through."""
    bodies = list(bodies)
    below = Q(pk__in=bodies) | Q(parent__in=bodies) | Q(parent__parent__in=bodies)
    return list(Institution.objects.filter(below).order_by().values_list("pk", flat=True))


def divisions_of(keys: list[int]):
    """Those of these institutions that are divisions and lead, each with ``leads``, its own number of commitment
    forms."""
    own = Count(
        "involvements", filter=Q(involvements__role="lead", involvements__commitment__is_form=True), distinct=True
    )
    divisions = Institution.objects.filter(pk__in=keys).exclude(parent=None)
    rows = divisions.annotate(top=top_of(), leads=own).filter(leads__gt=0)
    return rows.select_related("member").order_by("name", "pk")


def by_member(bodies: list[Body]) -> list[tuple[Member, list[Body]]]:
    """The bodies under their members, in the order of the list."""
    found = defaultdict(list)
    for body in bodies:
        found[body.institution.member].append(body)
    return list(found.items())
