"""From facts to overdue periods: the rule of one row, asked on each day on which its answer may change.

What is overdue depends on a deadline, the reports about it and its plan's period. Whatever changes one of these calls
``refresh`` for the milestones concerned, in the same transaction. ``check`` asks the rule's other form, in SQL, whether
what is stored says the same of a day; it mends what does not (after a restored copy, or a change made by hand).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import Prefetch, Q

from .models import Deadline, Milestone, OverduePeriod, StatusUpdate

CHUNK = 500  # milestones held in memory at a time
OF_PLAN = [f"commitment__plan__{name}" for name in ("stage", "starts_on", "ends_on", "member")]
FACTS = ["deadline_id", "milestone_id", "plan_id", "member_id", "first_on", "until", "earliest"]


def day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def turning_days(deadline: Deadline) -> set[date]:
    """The days inside the plan's period on which it may become overdue or cease to be, and the day after that."""
    plan = deadline.milestone.commitment.plan
    if not (plan.starts_on and plan.ends_on):
        return set()
    first, last = max(plan.starts_on, day_after(deadline.due_on)), day_after(plan.ends_on)
    reported = {max(update.published_on, update.on_date) for update in deadline.milestone.updates.all()}
    days = {deadline.set_on, deadline.withdrawn_on, *reported} - {None}
    return {first, last, *(day for day in days if first < day < last)} if first < last else set()


def periods_of(milestone: Milestone) -> list[OverduePeriod]:
    """What should be stored for a milestone whose deadlines and approved updates are at hand."""
    deadlines = sorted(milestone.deadlines.all(), key=lambda deadline: (deadline.due_on, deadline.pk))
    days = sorted(set().union(*map(turning_days, deadlines)))
    going_on: dict[int, OverduePeriod] = {}
    found = []
    for first, until in pairwise(days):
        late = [deadline for deadline in deadlines if deadline.is_overdue(first)]
        for deadline in late:
            earliest = deadline is late[0]
            before = going_on.get(deadline.pk)
            if before and before.until == first and before.earliest == earliest:
                before.until = until
                continue
            going_on[deadline.pk] = period = OverduePeriod(
                deadline=deadline,
                milestone=milestone,
                plan=milestone.commitment.plan,
                member_id=milestone.commitment.plan.member_id,
                first_on=first,
                until=until,
                earliest=earliest,
            )
            found.append(period)
    return found


def facts_of(periods) -> set[tuple]:
    return {tuple(getattr(period, name) for name in FACTS) for period in periods}


@transaction.atomic
def refresh_chunk(keys: list[int]) -> int:
    """Brings the stored periods of these milestones to what the facts say; how many milestones had others.

    The milestones are locked before their facts are read: of two changes at once, the second sees the first.
    """
    locked = Milestone.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    approved = Prefetch("updates", StatusUpdate.objects.approved())
    # Their usual orders join five tables.
    deadlines, periods = (
        Prefetch(name, model.objects.order_by())
        for name, model in (("deadlines", Deadline), ("overdue_periods", OverduePeriod))
    )
    rows = locked.select_related("commitment__plan").only(*OF_PLAN).prefetch_related(deadlines, approved, periods)
    changed, wanted = [], []
    for milestone in rows:
        periods = periods_of(milestone)
        if facts_of(periods) != facts_of(milestone.overdue_periods.all()):
            changed.append(milestone.pk)
            wanted += periods
    if changed:
        OverduePeriod.objects.filter(milestone__in=changed).delete()
        OverduePeriod.objects.bulk_create(wanted, batch_size=CHUNK)
    return len(changed)


def refresh_in_steps(milestones) -> Iterator[tuple[int, int]]:
    """Refreshes a QuerySet of milestones in bounded memory. Yields, after each step, how many it looked at and how many
    of them it changed."""
    keys = milestones.order_by("pk").values_list("pk", flat=True)
    chunk = list(keys[:CHUNK])
    while chunk:
        yield len(chunk), refresh_chunk(chunk)
        chunk = list(keys.filter(pk__gt=chunk[-1])[:CHUNK]) if len(chunk) == CHUNK else []


def refresh(milestones) -> int:
    """Brings the stored periods of a QuerySet of milestones to what the facts say; how many milestones had others."""
    return sum(changed for _seen, changed in refresh_in_steps(milestones))


def disagreeing(on):
    """Milestones of whose deadlines the stored periods and the rule in SQL say different things on the day."""
    by_rule = Deadline.objects.overdue_by_facts(on)
    stored = Deadline.objects.overdue(on)
    surplus = stored.exclude(pk__in=by_rule.values("pk")).values("milestone")
    missing = by_rule.exclude(pk__in=stored.values("pk")).values("milestone")
    return Milestone.objects.filter(Q(pk__in=surplus) | Q(pk__in=missing))


def check(on) -> int:
    """Mends what ``disagreeing`` finds; how many milestones that were."""
    wrong = list(disagreeing(on).values_list("pk", flat=True))
    return refresh(Milestone.objects.filter(pk__in=wrong))
