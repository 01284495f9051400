"""Freshness: which commitments have gone quiet, and since when; the clock's second memory.

OGP's minimum requirement 2.2 wants an update at least twice a year. ``querysets.stale`` derives for any day which
commitments lack one; a notice remembers it. Evidence comes with a report: a report that became public is the measure.
"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from commitments.dates import local_dates, six_months_before
from commitments.models import Commitment

from .clock import Sweep, check_begun
from .models import StaleNotice, StatusUpdate
from .querysets import ZONE_OF_COMMITMENT, day, stale


def quiet(on: date | None = None, commitments=None):
    """Commitments (all, or those of the queryset given) that are stale on the day; without it, today as each member
    counts it.

    Adds ``last_report_on``, the day on which the latest report became public; null when there is none.
    """
    since = six_months_before(on) if on else local_dates(ZONE_OF_COMMITMENT, shift=six_months_before)
    reports = StatusUpdate.objects.known(OuterRef("as_of")).filter(milestone__commitment=OuterRef("pk"))
    latest = reports.order_by("-published_on").values("published_on")[:1]
    asked = Commitment.objects.all() if commitments is None else commitments
    found = stale(asked, on or local_dates(ZONE_OF_COMMITMENT), since)
    return found.annotate(last_report_on=Subquery(latest)).select_related("plan__member")


def first_stale_day(fresh_on: date) -> date:
    """The first day that lies six months or more after *fresh_on*, counted as ``six_months_before`` counts them."""
    found = fresh_on + relativedelta(months=6)
    return found if six_months_before(found) >= fresh_on else found + timedelta(days=1)


def stale_since(commitment: Commitment) -> date:
    """The day on which a commitment of ``quiet`` became stale: six months after its latest report, or, without one in
    the plan's period, after the plan began."""
    began = commitment.plan.starts_on
    return first_stale_day(max(commitment.last_report_on or began, began))


def to_clear(found, on: date | None):
    """Open notices, of the day or before, of commitments that are not stale on it. Adds the day as ``as_of``."""
    as_of = Commitment.objects.filter(pk=OuterRef("commitment")).annotate(
        as_of=day(on or local_dates(ZONE_OF_COMMITMENT))
    )
    return (
        StaleNotice.objects.filter(cleared_on=None)
        .annotate(as_of=Subquery(as_of.values("as_of")))
        .filter(noticed_on__lte=F("as_of"))
        .exclude(commitment__in=[commitment.pk for commitment in found])
    )


def to_notice(found) -> list[StaleNotice]:
    """A new notice for each stale commitment that none remembers: none open, none cleared after that day."""
    day_of = {commitment.pk: commitment.as_of for commitment in found}
    kept = StaleNotice.objects.filter(commitment__in=day_of).filter(
        Q(cleared_on=None) | Q(cleared_on__gt=min(day_of.values(), default=date.max))
    )
    remembered = {
        notice.commitment_id
        for notice in kept
        if notice.cleared_on is None or notice.cleared_on > day_of[notice.commitment_id]
    }
    return [
        StaleNotice(commitment=commitment, stale_since=stale_since(commitment), noticed_on=commitment.as_of)
        for commitment in found
        if commitment.pk not in remembered
    ]


def check_freshness(on: date | None = None, dry_run: bool = False) -> Sweep:
    """Sweeps the day *on*; without it, today as each member counts it. A dry run only counts.

    The same number of statements however many commitments. Two sweeps at once record nothing twice: the database allows
    one open notice a commitment. Raises ``ValueError`` for a day that has begun nowhere yet.
    """
    if on and not dry_run:
        check_begun(on)
    found = list(quiet(on))
    new, ended = to_notice(found), to_clear(found, on)
    if dry_run:
        return Sweep(flagged=len(new), cleared=ended.count())
    with transaction.atomic():
        cleared = ended.update(cleared_on=F("as_of"))
        StaleNotice.objects.bulk_create(new, ignore_conflicts=True)
    return Sweep(flagged=len(new), cleared=cleared)
