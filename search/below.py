"""Which entries say something of a row that is not their own: a report has its milestone's title, a commitment the
names of its institutions, every page its plan's address. When such a row is written, they are made anew, too."""

from collections.abc import Iterator

from django.db.models import Q

from assessments.models import IRMReview
from commitments.models import Involvement
from milestones.models import StatusUpdate

from .models import Change, Entry
from .triggers import ABOVE


def entries(**about) -> Iterator[tuple[str, set[int]]]:
    """(source, keys) of the entries that there are."""
    rows = Entry.objects.filter(**about).order_by()
    for source in rows.values_list("source", flat=True).distinct():
        yield source, set(rows.filter(source=source).values_list("key", flat=True))


def of_member(keys: set[int]) -> Iterator[tuple[str, set[int]]]:
    return entries(member__in=keys, source="plan")


def of_institution(keys: set[int]) -> Iterator[tuple[str, set[int]]]:
    """The commitments in which it, or a body one or two steps below it, is involved."""
    body = Q(institution__in=keys) | Q(institution__parent__in=keys) | Q(institution__parent__parent__in=keys)
    yield "commitment", set(Involvement.objects.filter(body).order_by().values_list("commitment", flat=True))


def of_document(keys: set[int]) -> Iterator[tuple[str, set[int]]]:
    """The reviews that it is, and their findings."""
    reviews = set(IRMReview.objects.filter(document__in=keys).values_list("pk", flat=True))
    yield "review", reviews
    codings = IRMReview.objects.filter(pk__in=reviews, codings__isnull=False).order_by()
    yield "finding", set(codings.values_list("codings", flat=True))


def of_milestone(keys: set[int]) -> Iterator[tuple[str, set[int]]]:
    yield "report", set(StatusUpdate.objects.filter(milestone__in=keys).order_by().values_list("pk", flat=True))


def of_commitment(keys: set[int]) -> Iterator[tuple[str, set[int]]]:
    return entries(commitment__in=keys)


def of_plan(keys: set[int]) -> Iterator[tuple[str, set[int]]]:
    return entries(plan__in=keys)


BELOW = {
    "member": of_member,
    "institution": of_institution,
    "document": of_document,
    "milestone": of_milestone,
    "commitment": of_commitment,
    "plan": of_plan,
}


def below_of(source: str, keys: set[int]) -> Iterator[tuple[str, set[int]]]:
    """(source, keys) of the entries that have to be made anew when these rows were written, beside the rows' own."""
    return BELOW[source](keys) if source in BELOW else iter(())


def still_waits(entry: Entry) -> bool:
    """Whether a note waits that may change the entry: of its own row, or of one that it stands below."""
    own = Q(source=entry.source, key=entry.key) | Q(source="plan", key=entry.plan_id)
    above = Q(source="commitment", key=entry.commitment_id) | Q(source__in=[*ABOVE, "milestone"])
    return Change.objects.filter(own | above).exists()
