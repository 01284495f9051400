"""Who is told what, and when.

A deadline is told about 30 and 7 days before it, on the day, 7 and 30 days after, then every month, as long as it is
in force and unmet and its plan is being implemented: to the editors of the institution that leads, from 7 days after
also to its head, from 30 days after also to the member's coordinating ministry. The coordinating ministry is told of
stale commitments, too, once a month. Each person gets one digest a day at most, in the morning where the member is.

A digest tells the latest stage that each deadline has reached, if the person was not told of that stage or a later one.
So days on which the job did not run are made up for by one digest, and a second run has nothing to tell.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from commitments.models import ActionPlan, Institution, Involvement, Member

from . import outbox
from .clock import check_begun
from .freshness import quiet, stale_since
from .mail import Digest
from .models import Deadline, OutboxMail, Reminder

MORNING = 7  # the hour from which the job writes to people, where they live
Kind = Reminder.Kind
STAGES = [(30, Kind.AFTER_30), (7, Kind.AFTER_7), (0, Kind.DUE), (-7, Kind.BEFORE_7), (-30, Kind.BEFORE_30)]
FIRST_MONTH = 2  # "30 days after" stands for the first
ESCALATED = {
    User.Role.HEAD: {Kind.AFTER_7, Kind.AFTER_30, Kind.MONTHLY},
    User.Role.COORDINATOR: {Kind.AFTER_30, Kind.MONTHLY},
}
TOLD_ROLES = [User.Role.EDITOR, *ESCALATED]


# Stages ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Stage:
    kind: str
    falls_on: date


def whole_months(start: date, on: date) -> int:
    """How many months lie between the two days; a month that lacks the day ends on its last."""
    months = (on.year - start.year) * 12 + on.month - start.month
    return months if start + relativedelta(months=months) <= on else months - 1


def stage_of(due_on: date, on: date) -> Stage | None:
    """The latest stage that a deadline has reached on the day; None more than 30 days before it is due."""
    months = whole_months(due_on, on)
    if months >= FIRST_MONTH:
        return Stage(Kind.MONTHLY, due_on + relativedelta(months=months))
    reached = ((kind, due_on + timedelta(days=days)) for days, kind in STAGES)
    return next((Stage(kind, falls_on) for kind, falls_on in reached if falls_on <= on), None)


def stale_stage(since: date, on: date) -> Stage:
    """The month of silence that a stale commitment has begun."""
    return Stage(Kind.STALE, since + relativedelta(months=whole_months(since, on)))


# What there is to tell ------------------------------------------------------------------------------------------------
def reminded_deadlines(member: Member, on: date) -> list[tuple[Deadline, Stage]]:
    """The member's unmet deadlines that have reached a stage, of plans that are being implemented."""
    plans = ActionPlan.objects.filter(member=member).under_implementation(on)
    deadlines = Deadline.objects.unmet(on).filter(
        milestone__commitment__plan__in=plans, due_on__lte=on + timedelta(days=30)
    )
    rows = deadlines.select_related("milestone__commitment__plan").order_by("due_on", "pk")
    return [(deadline, stage_of(deadline.due_on, on)) for deadline in rows]


def stale_commitments(member: Member, on: date) -> list:
    rows = quiet(on).filter(plan__member=member)
    return [(commitment, stale_stage(stale_since(commitment), on)) for commitment in rows]


def with_bodies_above(institution: int, parents: dict[int, int | None]) -> set[int]:
    found = set()
    while institution is not None and institution not in found:
        found.add(institution)
        institution = parents.get(institution)
    return found


def by_institution(member: Member, due: list[tuple[Deadline, Stage]]) -> dict[int, list]:
    """Institution → the deadlines of commitments that it, or a body below it, leads. Two queries."""
    parents = dict(Institution.objects.filter(member=member).values_list("pk", "parent_id"))
    leads = Involvement.objects.filter(role="lead", commitment__plan__member=member)
    answerable = defaultdict(set)
    for commitment, institution in leads.order_by().values_list("commitment", "institution"):
        answerable[commitment] |= with_bodies_above(institution, parents)
    found = defaultdict(list)
    for deadline, stage in due:
        for institution in answerable[deadline.milestone.commitment_id]:
            found[institution].append((deadline, stage))
    return found


# Who is told ----------------------------------------------------------------------------------------------------------
def listeners(member: Member, on: date) -> list[User]:
    """Accounts of the member that may be told something on the day: none that has a digest of that day or a later one,
    and none whose last digest still waits for the mail server: what it lacks follows once that has gone out."""
    mails = OutboxMail.objects.filter(user=OuterRef("pk"))
    answered = mails.filter(Q(day__gte=on) | Q(pk__in=OutboxMail.objects.waiting(timezone.now()).values("pk")))
    people = User.objects.filter(is_active=True, role__in=TOLD_ROLES, institution__member=member).exclude(email="")
    return list(people.exclude(Exists(answered)).select_related("institution__member").order_by("pk"))


class Memory:
    """What each person was told last: of each deadline and commitment, and when of what was not escalated."""

    def __init__(self, people: list[User]):
        roles = {person.pk: person.role for person in people}
        rows = Reminder.objects.filter(user__in=people).order_by().values_list("user", "deadline", "commitment")
        self.told: dict[tuple, date] = {}
        self.asked_for: dict[int, date] = {}
        for user, deadline, commitment, falls_on, on in rows.annotate(Max("falls_on"), Max("mail__day")):
            self.told[user, deadline, commitment] = falls_on
            if commitment or roles[user] not in ESCALATED:
                self.asked_for[user] = max(on, self.asked_for.get(user, on))

    def knows(self, reminder: Reminder) -> bool:
        """Whether the person was told of this stage or a later one."""
        told = self.told.get((reminder.user_id, reminder.deadline_id, reminder.commitment_id))
        return told is not None and told >= reminder.falls_on

    def wants(self, person: User, on: date) -> bool:
        """Whether the person wants, on this day, what is not escalated. Weekly means once from Monday to Sunday."""
        if person.digest == User.Digest.WEEKLY:
            last = self.asked_for.get(person.pk)
            return last is None or last < on - timedelta(days=on.weekday())
        return person.digest == User.Digest.DAILY


def of_deadlines(person: User, due: list[tuple[Deadline, Stage]], wants: bool) -> list[Reminder]:
    """What the person is told of these deadlines: what is escalated to its role; all, to an editor who wants it."""
    kinds = ESCALATED.get(person.role) or (set(Kind) if wants else set())
    return [
        Reminder(user=person, deadline=deadline, kind=stage.kind, falls_on=stage.falls_on)
        for deadline, stage in due
        if stage.kind in kinds
    ]


def of_silence(person: User, stale, wants: bool) -> list[Reminder]:
    """What the coordinating ministry is told of stale commitments, if it wants to be."""
    if person.role != User.Role.COORDINATOR or not wants:
        return []
    return [
        Reminder(user=person, commitment=commitment, kind=stage.kind, falls_on=stage.falls_on)
        for commitment, stage in stale
    ]


def digests_of(member: Member, on: date) -> Iterator[Digest]:
    """What the member's people are told on the day. The same number of queries however many they are."""
    people = listeners(member, on)
    if not people:
        return
    due, stale, memory = reminded_deadlines(member, on), stale_commitments(member, on), Memory(people)
    answerable = by_institution(member, due)
    for person in people:
        wants = memory.wants(person, on)
        own = due if person.role == User.Role.COORDINATOR else answerable[person.institution_id]
        reminders = of_deadlines(person, own, wants) + of_silence(person, stale, wants)
        if new := [reminder for reminder in reminders if not memory.knows(reminder)]:
            yield Digest(person, on, new)


# The sweep ------------------------------------------------------------------------------------------------------------
def members_on(on: date | None, from_hour: int) -> Iterator[tuple[Member, date]]:
    """Each member with the day to sweep: *on*, or its own today once that hour has come there."""
    for member in Member.objects.order_by("pk"):
        now = timezone.localtime(timezone=ZoneInfo(member.time_zone))
        if on or now.hour >= from_hour:
            yield member, on or now.date()


def remind(on: date | None = None, dry_run: bool = False, from_hour: int = 0) -> list[Digest]:
    """Writes the digests of the day *on* into the outbox, and returns them. Without *on*: of today, as each member
    counts it, for members where it is *from_hour* or later.

    A dry run only returns what would be written. Raises ``ValueError`` for a day that has begun nowhere yet.
    """
    if on and not dry_run:
        check_begun(on)
    found = (digest for member, day in members_on(on, from_hour) for digest in digests_of(member, day))
    return [digest for digest in found if dry_run or outbox.queue(digest)]
