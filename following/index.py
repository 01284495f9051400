"""Which facts lie in a period: their days, kinds and keys alone, from every table that holds dated public facts.

One SQL statement of many parts orders and counts what lies in different tables, and gives all of it for files; the
first pages are merged from the newest of each table. ``facts`` reads the rows of one page. A milestone is overdue on
the days that its periods cover (``OverduePeriod``, marked ``earliest``): where one begins and no other ends it became
overdue, and where one ends and no other begins it ceased to be.
"""

from collections.abc import Iterable
from datetime import date
from heapq import merge
from itertools import islice

from django.db.models import CharField, DateField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce

from assessments.known import day_known
from assessments.models import Coding, IRMReview, SelfAssessment, SelfAssessmentEntry
from commitments.kept import kept_count, kept_of
from milestones.models import Event, OverduePeriod, StatusUpdate

from .periods import Period
from .scopes import Scope

REPORT, EVENT, OVERDUE, CEASED = "report", "event", "overdue", "ceased"
ASSESSMENT, ENTRY, REVIEW, CODING = "assessment", "entry", "review", "coding"
KINDS = (REPORT, EVENT, OVERDUE, CEASED, ASSESSMENT, ENTRY, REVIEW, CODING)
STATUS = (REPORT, ASSESSMENT, ENTRY, REVIEW, CODING)  # what somebody says of how far things are
DEEP = 5_000  # facts: a page that ends behind them is cut out of all of them
ZONE = "plan__member__time_zone"


def reports(scope: Scope, period: Period) -> QuerySet:
    """Approved status reports, on the day on which they became public."""
    rows = StatusUpdate.objects.approved().filter(milestone__commitment__in=chosen(scope, period))
    return rows.annotate(on=F("published_on")).filter(period.within("on", f"milestone__commitment__{ZONE}"))


def events(scope: Scope, period: Period) -> QuerySet:
    """Public steps beside the approval of a report, which the report itself is."""
    rows = Event.objects.public().exclude(action=Event.Action.APPROVED).filter(commitment__in=chosen(scope, period))
    return rows.annotate(on=F("day")).filter(period.within("on", f"commitment__{ZONE}"))


def spans(scope: Scope, period: Period, begins: str, ends: str) -> QuerySet:
    """Where a milestone's overdue days begin (or, the other way round, end) and no others join on."""
    rows = OverduePeriod.objects.filter(earliest=True, milestone__commitment__in=chosen(scope, period))
    joined = OverduePeriod.objects.filter(milestone=OuterRef("milestone"), earliest=True, **{ends: OuterRef(begins)})
    rows = rows.filter(~Exists(joined)).annotate(on=F(begins))
    return rows.filter(period.within("on", "member__time_zone"))


def became_overdue(scope: Scope, period: Period) -> QuerySet:
    return spans(scope, period, "first_on", "until")


def ceased_overdue(scope: Scope, period: Period) -> QuerySet:
    return spans(scope, period, "until", "first_on")


def assessments(scope: Scope, period: Period) -> QuerySet:
    """Self-assessments of plans that the scope covers as a whole."""
    rows = SelfAssessment.objects.filter(stage="published", plan__in=scope.plans().values("pk"))
    return rows.annotate(on=F("published_on")).filter(period.within("on", ZONE))


def entries(scope: Scope, period: Period) -> QuerySet:
    """What published self-assessments say of the scope's commitments."""
    rows = SelfAssessmentEntry.ever.filter(assessment__stage="published", commitment__in=chosen(scope, period))
    return rows.annotate(on=Coalesce("since", "assessment__published_on")).filter(
        period.within("on", f"commitment__{ZONE}")
    )


def reviews(scope: Scope, period: Period) -> QuerySet:
    """Final IRM reviews of plans that the scope covers as a whole, on the day from which they are known."""
    rows = IRMReview.objects.public().filter(plan__in=scope.plans().values("pk"))
    return rows.annotate(on=day_known()).filter(period.within_or_seen("on", ZONE))


def codings(scope: Scope, period: Period) -> QuerySet:
    """What final IRM reviews find on the scope's commitments."""
    rows = Coding.ever.public().filter(commitment__in=chosen(scope, period))
    known = rows.annotate(on=Coalesce("since", day_known("review__")))
    return known.filter(period.within_or_seen("on", f"commitment__{ZONE}", "review__"))


SOURCES = {
    REPORT: reports,
    EVENT: events,
    OVERDUE: became_overdue,
    CEASED: ceased_overdue,
    ASSESSMENT: assessments,
    ENTRY: entries,
    REVIEW: reviews,
    CODING: codings,
}


def chosen(scope: Scope, period: Period) -> QuerySet:
    """The keys of the scope's commitments, as a sub-query."""
    return scope.commitments(period.last).order_by().values("pk")


def keys(kind: str, scope: Scope, period: Period) -> QuerySet:
    """``(day, kind, key)`` of one table's facts."""
    rows = SOURCES[kind](scope, period).order_by()
    said = rows.annotate(kind_of_fact=Value(kind, output_field=CharField()))
    day = ExpressionWrapper(F("on"), DateField())
    return said.annotate(day_of_fact=day).values_list("day_of_fact", "kind_of_fact", "pk")


def index(scope: Scope, period: Period, kinds: Iterable[str] = KINDS) -> QuerySet[tuple[date, str, int]]:
    """``(day, kind, key)`` of every fact of these kinds in the period, the newest first: to count, cut and iterate."""
    first, *others = (keys(kind, scope, period) for kind in kinds)
    if not others:
        return first.order_by("-day_of_fact", "kind_of_fact", "-pk")
    return first.union(*others, all=True).order_by("-day_of_fact", "kind_of_fact", "-pk")


def newest(scope: Scope, period: Period, number: int, kinds: Iterable[str] = KINDS) -> list[tuple[date, str, int]]:
    """The first *number* rows of ``index``: those of each table in the order of an index of its own, merged. One query
    a kind; none of them looks at what is older."""

    def place(fact):
        day, kind, key = fact
        return -day.toordinal(), kind, -key

    parts = (keys(kind, scope, period).order_by("-day_of_fact", "-pk")[:number] for kind in kinds)
    return list(islice(merge(*parts, key=place), number))


class Newest:
    """The facts of a period as a list to turn the pages of. Which facts stand on a page, and how many there are, is
    kept."""

    ordered = True  # what a paginator wants to know

    def __init__(self, scope: Scope, period: Period, kinds: Iterable[str] = KINDS):
        self.scope, self.period, self.kinds = scope, period, tuple(kinds)
        self.whole = index(scope, period, self.kinds)

    def count(self) -> int:
        return kept_count(self.whole)

    def __getitem__(self, wanted: slice) -> list[tuple[date, str, int]]:
        return kept_of(self.whole, f"facts {wanted.start} to {wanted.stop}", lambda: self.facts(wanted), [])

    def facts(self, wanted: slice) -> list[tuple[date, str, int]]:
        if wanted.stop > DEEP:
            return list(self.whole[wanted])
        return newest(self.scope, self.period, wanted.stop, self.kinds)[wanted]
