"""Who is told by mail what changed, and when.

Each morning (daily), or each Monday (weekly), a subscription is told the facts of the days since the last one that it
was told of: whole days, so that none is told twice and none is missed. ``told_until`` is that last day. A run that was
missed is made up for by the next; a second run finds nothing to tell. A day is over when it is over for the scope's
member, and without one when it is over for every member. Nothing is sent when nothing changed.

What several subscriptions are told alike is worked out once. A mail is written in one transaction with the day up to
which it tells; while it waits for the mail server, the subscription gets no other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import transaction
from django.template.defaultfilters import date as format_date
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.dates import local_date
from milestones.clock import check_begun
from milestones.mail import Mail, site
from milestones.reminders import MORNING

from . import mails
from .exports import page_of
from .facts import Fact, load
from .index import KINDS, OVERDUE, STATUS, index
from .models import FollowingMail, Subscription
from .periods import Period, day_before
from .scopes import Scope
from .subscriptions import WITH_ROWS, scope_of_subscription

LONGEST_LIST = 50  # facts of a mail; the rest is on the page
What = Subscription.What
TOLD = {What.EVERYTHING: KINDS, What.LATE: (OVERDUE,), What.STATUS: STATUS}
__all__ = ["MORNING", "Digest", "tell"]


@dataclass(frozen=True)
class Digest:
    """What some subscriptions are told alike: the facts of these kinds about a scope in a period."""

    scope: Scope
    what: str
    language: str
    period: Period
    subscriptions: tuple[Subscription, ...]

    @cached_property
    def rows(self):
        return index(self.scope, self.period, TOLD[self.what])

    @cached_property
    def count(self) -> int:
        return self.rows.count()

    @cached_property
    def late(self) -> int:
        """How many milestones became overdue."""
        if self.what == What.LATE:
            return self.count
        return index(self.scope, self.period, (OVERDUE,)).count() if OVERDUE in TOLD[self.what] else 0

    def facts(self) -> list[Fact]:
        """The newest, in the language of the moment."""
        return load(self.rows[:LONGEST_LIST])

    @property
    def subject(self) -> str:
        """What and when: "3 changes, 2 milestones late, until 14 November: Korea's fifth plan"."""
        changes = self.count - self.late
        parts = [ngettext("%(n)s change", "%(n)s changes", changes) % {"n": changes}] if changes else []
        if self.late:
            parts.append(ngettext("%(n)d milestone late", "%(n)d milestones late", self.late) % {"n": self.late})
        said = {
            "what": ", ".join(parts),
            "date": format_date(self.period.until, "DATE_FORMAT"),
            "scope": mails.short(self.scope.title),
        }
        return self.scope.marked(_("%(what)s, until %(date)s: %(scope)s") % said)


# What is due ----------------------------------------------------------------------------------------------------------
def day_of(scope: Scope, on: date | None, from_hour: int) -> date | None:
    """The day on which the scope's followers are written to: *on*; else today, once that hour has come where its member
    is (without a member: by the server's clock); None before."""
    if on:
        return on
    zone = scope.member.time_zone if scope.member else "UTC"
    if local_hour(zone) < from_hour:
        return None
    return local_date(zone) if scope.member else scope.today()


def local_hour(zone: str) -> int:
    return timezone.localtime(timezone=ZoneInfo(zone)).hour


def is_due(subscription: Subscription, day: date) -> bool:
    """Whether there are days to tell of. Weekly means once from Monday to Sunday, on Monday if the job runs."""
    upto = day_before(day)
    if subscription.often == Subscription.Often.WEEKLY:
        upto = min(upto, day_before(day - timedelta(days=day.weekday())))
    return subscription.told_until < upto


def due(on: date | None, from_hour: int) -> Iterator[Digest]:
    """What is to be told, a digest for all who are told the same. One query, and those of scopes without a member."""
    rows = Subscription.objects.confirmed().exclude(mails__kind=FollowingMail.Kind.DIGEST)
    scopes: dict[tuple, tuple[Scope, date | None]] = {}
    alike: dict[tuple, list[Subscription]] = {}
    for subscription in rows.select_related(*WITH_ROWS).order_by("pk"):
        place = (subscription.level, subscription.row and subscription.row.pk, subscription.question)
        if place not in scopes:
            scope = scope_of_subscription(subscription)
            scopes[place] = scope, day_of(scope, on, from_hour)
        _scope, day = scopes[place]
        if day and is_due(subscription, day):
            told = (subscription.what, subscription.language, subscription.told_until)
            alike.setdefault((place, *told), []).append(subscription)
    for (place, what, language, told_until), subscriptions in alike.items():
        scope, day = scopes[place]
        period = Period(told_until + timedelta(days=1), day_before(day), scope.todays(), seen_late=True)
        yield Digest(scope, what, language, period, tuple(subscriptions))


# The mail -------------------------------------------------------------------------------------------------------------
def render(digest: Digest) -> Mail:
    with translation.override(digest.language):
        facts = digest.facts()
        context = {
            "scope": digest.scope.title,
            "since": digest.period.since,
            "until": digest.period.until,
            "facts": [(fact, site(fact.address)) for fact in facts],
            "more": digest.count - len(facts),
            "page": site(page_of(digest.scope, digest.period)),
            "what": What(digest.what).label,
            "is_fictional": digest.scope.is_fictional,
        }
        return mails.render(mails.Words("digest", digest.language, digest.subject, context))


@transaction.atomic
def write(digest: Digest) -> int:
    """Notes that the digest's subscriptions are told, and writes their mails if there is anything to tell; how many.
    Of two runs at once, the second finds other days noted and writes nothing."""
    mail = render(digest) if digest.count else None
    told = digest.subscriptions[0].told_until
    keys = [subscription.pk for subscription in digest.subscriptions]
    rows = Subscription.objects.filter(pk__in=keys, told_until=told).order_by("pk")
    found = list(rows.select_for_update(of=("self",)))
    Subscription.objects.filter(pk__in=[row.pk for row in found]).update(told_until=digest.period.until)
    if mail is None:
        return 0
    made = [mails.waiting(FollowingMail.Kind.DIGEST, row, mail) for row in found]
    FollowingMail.objects.bulk_create(made, batch_size=500)
    return len(made)


def tell(on: date | None = None, dry_run: bool = False, from_hour: int = 0) -> list[tuple[Digest, int]]:
    """Writes the digests of the day *on*, each with how many mails that makes; without *on*: of today, where it is
    *from_hour* or later. A dry run only says what would be written.

    Raises ``ValueError`` for a day that has begun nowhere yet.
    """
    if on and not dry_run:
        check_begun(on)
    if dry_run:
        return [(digest, len(digest.subscriptions)) for digest in due(on, from_hour) if digest.count]
    return [(digest, number) for digest in due(on, from_hour) if (number := write(digest))]
