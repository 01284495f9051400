"""How many results each further narrowing would leave.

Of each facet the numbers are those of the results under all other facets: choosing another value of the same facet
gives just as many. They are counted over the first ``MOST`` results at most, so that any question is answered in
bounded time.
"""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import IntegerField
from django.db.models.functions import Coalesce, ExtractYear
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assessments.known import codings_known, entries_known
from assessments.models import Coding, SelfAssessmentEntry
from commitments.kept import kept_of
from commitments.models import ActionPlan, Commitment, Institution, Involvement, Member, OGPValue, PolicyArea, Theme
from commitments.templatetags.record import local_title
from milestones.models import Milestone, OverduePeriod
from milestones.states import LABELS, NOT_REPORTED, ORDER

from .filters import SearchFilter, stale_commitments
from .models import Kind

MOST = 10_000  # results that are counted and can be paged through
MOST_OPTIONS = 50  # of a facet: those with the most results


class Hit(NamedTuple):
    """What the facets need of a result."""

    pk: int
    kind: str
    source: str
    key: int
    member: int
    plan: int
    commitment: int | None


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    options: list[Option]
    left_out: int  # options with fewer results than these

    @property
    def chosen(self) -> Option | None:
        return next((option for option in self.options if option.chosen), None)


FIELDS = ["pk", "kind", "source", "key", "member", "plan", "commitment"]


def hits(filterset: SearchFilter) -> list[Hit]:
    """The first results in the order of the index, one more than are counted. One query."""
    rows = filterset.qs.by_key(bool(filterset.asked)).values_list(*FIELDS)
    return [Hit(*row) for row in rows[: MOST + 1]]


class Base:
    """Results to be counted, by the commitment that they belong to, on a day."""

    def __init__(self, found: list[Hit], on):
        self.hits, self.on = found[:MOST], on
        self.commitments = Counter(hit.commitment for hit in self.hits if hit.commitment)
        self.milestones = {hit.key for hit in self.hits if hit.source == "milestone"}
        own = Counter(hit.commitment for hit in self.hits if hit.source == "milestone")
        self.others = self.commitments - own  # results that are not milestones, which have a state of their own

    def of(self, pairs, weights=None) -> Counter:
        """Results by value, from ``(commitment, value)`` pairs."""
        weights = self.commitments if weights is None else weights
        found = Counter()
        for commitment, value in set(pairs):
            found[value] += weights[commitment]
        return +found

    def by_milestone(self, rows) -> Counter:
        """Results by value, from ``(milestone, commitment, value)``: milestones have their own."""
        rows = list(rows)
        found = self.of(((commitment, value) for _key, commitment, value in rows), self.others)
        return found + Counter(value for key, _commitment, value in rows if key in self.milestones)


# What counts ----------------------------------------------------------------------------------------------------------
def by_kind(base: Base) -> Counter:
    return Counter(hit.kind for hit in base.hits)


def by_member(base: Base) -> Counter:
    return Counter(hit.member for hit in base.hits)


def by_plan(base: Base) -> Counter:
    return Counter(hit.plan for hit in base.hits)


def by_year(base: Base) -> Counter:
    plans = by_plan(base)
    year = Coalesce(ExtractYear("starts_on"), "year", output_field=IntegerField())
    years = ActionPlan.objects.filter(pk__in=list(plans)).values_list("pk", year)
    found = Counter()
    for plan, began in years:
        if began:
            found[began] += plans[plan]
    return found


def by_theme(base: Base) -> Counter:
    rows = Commitment.objects.filter(pk__in=list(base.commitments)).exclude(theme=None)
    return base.of(rows.values_list("pk", "theme"))


def by_institution(base: Base) -> Counter:
    top = Coalesce("institution__parent__parent", "institution__parent", "institution")
    leads = Involvement.objects.filter(role="lead", commitment__in=list(base.commitments))
    return base.of(leads.order_by().values_list("commitment", top))


def by_value(base: Base) -> Counter:
    rows = Commitment.objects.filter(pk__in=list(base.commitments)).values_list("pk", "values")
    return base.of((pk, value) for pk, values in rows for value in values)


def by_policy_area(base: Base) -> Counter:
    tagged = Commitment.policy_areas.through.objects.filter(commitment__in=list(base.commitments))
    return base.of(tagged.values_list("commitment", "policyarea"))


def by_status(base: Base) -> Counter:
    rows = Milestone.objects.filter(commitment__in=list(base.commitments)).with_state(base.on)
    states = rows.order_by().values_list("pk", "commitment", "status")
    return base.by_milestone((pk, commitment, status or NOT_REPORTED) for pk, commitment, status in states)


def by_claim(base: Base) -> Counter:
    rows = entries_known(base.on).filter(commitment__in=list(base.commitments)).exclude(completion_level="")
    return base.of(rows.order_by().values_list("commitment", "completion_level"))


def by_finding(base: Base) -> Counter:
    rows = codings_known(base.on).filter(commitment__in=list(base.commitments)).exclude(completion="")
    return base.of(rows.order_by().values_list("commitment", "completion"))


def by_overdue(base: Base) -> Counter:
    late = OverduePeriod.objects.of_milestones(base.on).filter(milestone__commitment__in=list(base.commitments))
    rows = late.order_by().values_list("milestone", "milestone__commitment")
    return base.by_milestone((milestone, commitment, "true") for milestone, commitment in rows)


def by_stale(base: Base) -> Counter:
    rows = stale_commitments(base.on).filter(pk__in=list(base.commitments)).order_by().values_list("pk", flat=True)
    return base.of((pk, "true") for pk in rows)


def by_star(base: Base) -> Counter:
    rows = codings_known(base.on).with_starred().filter(starred=True, commitment__in=list(base.commitments))
    return base.of((pk, "true") for pk in rows.order_by().values_list("commitment", flat=True))


# What the values are called -------------------------------------------------------------------------------------------
def called(choices):
    """Names of values that are the same in the record and in addresses, in the order of the choices."""
    return lambda counts: [(value, value, str(label)) for value, label in choices if value in counts]


def rows_called(queryset, address: str):
    """Names of rows, the most results first: ``(key, value in the address, name)``."""

    def names(counts):
        rows = queryset.filter(pk__in=list(counts))
        found = [(row.pk, str(getattr(row, address)), local_title(row)) for row in rows]
        return sorted(found, key=lambda row: (-counts[row[0]], row[2]))

    return names


def plans_called(counts):
    """Plans with their member, in the order of both: their titles alone are much alike."""
    rows = ActionPlan.objects.filter(pk__in=list(counts)).select_related("member")
    rows = rows.order_by("member__name", "-number")
    return [(row.pk, row.slug, f"{local_title(row.member)}: {local_title(row)}") for row in rows]


def years_called(counts):
    return [(year, str(year), str(year)) for year in sorted(counts, reverse=True)]


STATES = [(state, LABELS[state]) for state in ORDER]
YES = [("true", _("Yes"))]
FACETS = [
    ("kind", _("Kind of result"), by_kind, called(Kind.choices)),
    ("overdue", _("Overdue"), by_overdue, called(YES)),
    ("stale", _("Without a report for six months"), by_stale, called(YES)),
    ("status", _("Ministry reports"), by_status, called(STATES)),
    ("claimed", _("Government's self-assessment"), by_claim, called(SelfAssessmentEntry.Completion.choices)),
    ("found", _("IRM finds"), by_finding, called(Coding.Completion.choices)),
    ("starred", _("Starred"), by_star, called(YES)),
    ("member", _("Member"), by_member, rows_called(Member.objects.all(), "slug")),
    ("plan", _("Plan"), by_plan, plans_called),
    ("year", _("Year in which the plan began"), by_year, years_called),
    ("theme", _("Theme"), by_theme, rows_called(Theme.objects.all(), "pk")),
    ("institution", _("Lead institution"), by_institution, rows_called(Institution.objects.all(), "key")),
    ("value", _("OGP value"), by_value, called(OGPValue.choices)),
    ("policy_area", _("Policy area"), by_policy_area, rows_called(PolicyArea.objects.all(), "slug")),
]


@dataclass(frozen=True)
class Narrowing:
    """How many results there are, ``MOST`` + 1 standing for more, and how many each further narrowing would leave.
    ``last`` is the key of the last that is counted, where there are more."""

    number: int
    facets: list[Facet]
    last: int | None = None


def narrowing(filterset: SearchFilter) -> Narrowing:
    """What is said of all results of a question, kept: a page of them costs the same however many there are."""

    def made() -> Narrowing:
        found = hits(filterset)
        last = found[MOST - 1].pk if len(found) > MOST else None
        return Narrowing(len(found), facets(filterset, found), last)

    asked = tuple((name, filterset.data[name]) for name in filterset.base_filters if filterset.data.get(name))
    what = ("narrowing", get_language(), filterset.begins, asked)
    return kept_of(filterset.qs, what, made, None) or made()


def facets(filterset: SearchFilter, found: list[Hit]) -> list[Facet]:
    """Every facet that has values among the results. *found* are the hits of the question as it stands."""
    whole = Base(found, filterset.on)
    made = []
    for name, label, count, names in FACETS:
        chosen = filterset.data.get(name, "")
        base = Base(hits(without(filterset, name)), filterset.on) if chosen else whole
        counts = count(base)
        options = options_of(counts, names, chosen)
        if options:
            made.append(Facet(name, str(label), options, len(counts) - len(options)))
    return made


def options_of(counts: Counter, names, chosen: str) -> list[Option]:
    """Those with the most results, and what is chosen."""

    def options(keys):
        few = {key: counts[key] for key in keys}
        return [Option(value, text, counts[key], value == chosen) for key, value, text in names(few)]

    most = sorted(counts, key=lambda key: (-counts[key], key))
    found = options(most[:MOST_OPTIONS])
    if chosen and len(most) > MOST_OPTIONS and not any(option.chosen for option in found):
        found += [option for option in options(most[MOST_OPTIONS:]) if option.chosen]
    return found


def without(filterset: SearchFilter, name: str) -> SearchFilter:
    """The same question without one of its facets."""
    data = {key: value for key, value in filterset.data.items() if key != name}
    return SearchFilter(data, begins=filterset.begins)
