"""A world for the sweep, and what a sweep must leave in it: for processes of a test's own (``manage.py shell``).

What must be there is worked out row by row from the Python form of the rule (``Deadline.is_overdue``), and from the
notices that were there before (``remember``).
"""

import json
import random
import sys
import time
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import User
from commitments.dates import local_date
from milestones import clock, freshness, periods, tasks
from milestones.models import Deadline, Milestone, OverdueNotice, StaleNotice, StatusUpdate
from milestones.services import approve
from tests.world import make_commitment, make_institution, make_member, make_plan, make_user

BEFORE = Path(settings.DATA_DIR) / "notices-before.json"
SWEPT_BEFORE = 30  # days ago; the world's notices are of that day
SEED = 20211115
# Of each plan: how many days ago it began, in how many days it ends, its stage, and whether anybody reports on it.
PLANS = [(400, 300, "adopted", True), (400, 300, "adopted", False), (3, 300, "adopted", True)]
PLANS += [(400, -5, "adopted", True), (-5, 300, "adopted", True), (400, 300, "withdrawn", True)]
MILESTONES = 180  # a plan, of six a commitment


# The world ------------------------------------------------------------------------------------------------------------
def make_world(zones) -> int:
    """For each time zone a member with plans of every kind and reports of every kind; how many deadlines there are."""
    chance = random.Random(SEED)
    for zone in zones:
        member, today = make_member(time_zone=zone), local_date(zone)
        ministry = make_institution(member)
        people = make_user("editor", ministry), make_user("head", ministry)
        for began, ends, stage, is_reported in PLANS:
            dates = {"starts_on": today - timedelta(days=began), "ends_on": today + timedelta(days=ends)}
            milestones = make_milestones(make_plan(member, stage=stage, **dates), ministry)
            deadlines = make_deadlines(milestones, today, chance)
            if is_reported:
                make_reports(deadlines, today, people, chance)
    periods.refresh(Milestone.objects.all())
    make_notices(chance)
    return Deadline.objects.count()


def make_milestones(plan, ministry):
    commitments = [make_commitment(plan, ministry) for _ in range(MILESTONES // 6)]
    return Milestone.objects.bulk_create(
        Milestone(commitment=commitment, position=position, title="A milestone", published_end="in time")
        for position, commitment in zip(range(MILESTONES), cycle(commitments), strict=False)
    )


def make_deadlines(milestones, today, chance):
    """One or two a milestone, due from 90 days ago to 10 days ahead, today and yesterday included; some amended."""
    deadlines = Deadline.objects.bulk_create(
        Deadline(milestone=each, position=n, due_on=today - timedelta(days=chance.randint(-10, 90)), precision="day")
        for each in milestones
        for n in range(1, chance.randint(2, 3))
    )
    amended = chance.sample(deadlines, len(deadlines) // 6)
    for each in amended:
        each.withdrawn_on = today - timedelta(days=chance.randint(-5, 60))
    Deadline.objects.bulk_update(amended, ["withdrawn_on"])
    return deadlines + Deadline.objects.bulk_create(amendment(each, chance) for each in amended)


def amendment(deadline, chance):
    later = deadline.withdrawn_on + timedelta(days=chance.randint(-20, 20))
    fixed = {"precision": "day", "amends": deadline, "reason": "It takes longer.", "position": deadline.position}
    return Deadline(milestone=deadline.milestone, set_on=deadline.withdrawn_on, due_on=later, **fixed)


def make_reports(deadlines, today, people, chance):
    """None, one or two on each deadline's milestone: of every status, on every side of today, some not public."""
    StatusUpdate.objects.bulk_create(
        report(deadline, today - timedelta(days=chance.randint(-3, 60)), people, chance)
        for deadline in deadlines
        for _ in range(chance.randint(0, 2))
    )


def report(deadline, about, people, chance):
    status = chance.choice(["not_started", "limited", "substantial", "completed", "completed", "withdrawn"])
    review = chance.choice(["approved", "approved", "approved", "submitted"])
    found = new_report(deadline.milestone, people[0], about, status)
    found.deadline = deadline if chance.random() < 0.3 else None
    if review == "approved":
        found.review, found.reviewed_by = review, people[1]
        found.published_on = about + timedelta(days=chance.randint(0, 5))
    return found


def new_report(milestone, author, about, status):
    """A report that waits for review."""
    words = {"what_was_done": "Something.", "challenges": "Something else.", "institution": author.institution}
    return StatusUpdate(milestone=milestone, author=author, on_date=about, status=status, review="submitted", **words)


def make_notices(chance):
    """What a sweep thirty days ago, done by hand, left: open notices, and some that were cleared ten days later."""
    notices = []
    for deadline in all_deadlines():
        on = today_of(deadline) - timedelta(days=SWEPT_BEFORE)
        if deadline.is_overdue(on) and chance.random() < 0.8:
            cleared = on + timedelta(days=10) if chance.random() < 0.3 else None
            since = overdue_since(deadline)
            notices.append(OverdueNotice(deadline=deadline, overdue_since=since, flagged_on=on, cleared_on=cleared))
    OverdueNotice.objects.bulk_create(notices)


# What a sweep must leave ----------------------------------------------------------------------------------------------
def all_deadlines():
    rows = Deadline.objects.select_related("milestone__commitment__plan__member")
    return rows.prefetch_related("milestone__updates").order_by("pk")


def today_of(deadline) -> date:
    return local_date(deadline.milestone.commitment.plan.member.time_zone)


def overdue_since(deadline) -> date:
    """The first day of the delay: after the due date, in the plan's period, and with the deadline set."""
    starts = deadline.milestone.commitment.plan.starts_on
    return max(deadline.due_on + timedelta(days=1), starts, deadline.set_on or starts)


def notices_now():
    """Deadline → its notices as [overdue since, flagged on, cleared on] in ISO format, the oldest first."""
    found = defaultdict(list)
    for notice in OverdueNotice.objects.order_by("pk"):
        days = notice.overdue_since, notice.flagged_on, notice.cleared_on
        found[str(notice.deadline_id)].append([day and day.isoformat() for day in days])
    return found


def remember() -> int:
    """Keeps the notices as they are now, for ``check`` to start from; how many deadlines have any."""
    found = notices_now()
    BEFORE.write_text(json.dumps(found))
    return len(found)


def expected(deadline, before, on):
    """The notices that a deadline has after a sweep of the day, and what that sweep did about it."""
    late, today, after, did = deadline.is_overdue(on), on.isoformat(), [], "nothing"
    for since, flagged, cleared in before:
        if cleared is None:
            ends = not late and flagged <= today
            cleared, did = (today, "cleared") if ends else (None, "kept")
        after.append([since, flagged, cleared])
    if late and not any(cleared is None or cleared > today for _since, _flagged, cleared in after):
        after.append([overdue_since(deadline).isoformat(), today, None])
        did = "flagged again" if before else "flagged"
    return after, did


def check(on=None):
    """Compares the notices of every deadline with what a sweep of the day *on* (of each member's today, without it)
    must have left. Says how many were flagged, kept, cleared …, and the first five that are ``wrong``."""
    before, now, wrong, done = json.loads(BEFORE.read_text()), notices_now(), [], Counter()
    on = date.fromisoformat(on) if on else None
    for deadline in all_deadlines():
        key = str(deadline.pk)
        right, did = expected(deadline, before.get(key, []), on or today_of(deadline))
        done[did] += 1
        if now[key] != right:
            wrong.append({"deadline": key, "due": str(deadline.due_on), "found": now[key], "right": right})
    return {**done, "wrong": wrong[:5]}


def check_stale():
    """How many commitments are stale, how many open notices say so, and how many a further sweep would change."""
    again = freshness.check_freshness(dry_run=True)
    noticed = StaleNotice.objects.filter(cleared_on=None)
    return [freshness.quiet().count(), noticed.count(), again.flagged + again.cleared]


# Load -----------------------------------------------------------------------------------------------------------------
def ask_until(stop: str, often=0.05):
    """Sends the sweep's message again and again, until the file *stop* is there; how many went out, and how many were
    refused. Says ``ready`` when it begins."""
    sent = refused = 0
    print("ready", flush=True)
    while not Path(stop).exists():
        try:
            tasks.flag_overdue.delay()
            sent += 1
        except current_app.connection().transport.connection_errors + (tasks.flag_overdue.OperationalError,):
            refused += 1
        time.sleep(often)
    return [sent, refused]


def submit_reports(number: int) -> list[int]:
    """New reports about today that wait for review, half of them on late milestones and to end the delay, half on met
    ones and to begin it anew; their keys."""
    late = Milestone.objects.filter(deadlines__in=Deadline.objects.overdue(clock.own_today())).distinct()
    met = Milestone.objects.filter(deadlines__in=Deadline.objects.met(clock.own_today())).distinct()
    chosen = [(each, "completed") for each in late.order_by("pk")[: number // 2]]
    chosen += [(each, "limited") for each in met.exclude(pk__in=late).order_by("pk")[: number - len(chosen)]]
    random.Random(SEED).shuffle(chosen)
    found = []
    for milestone, status in chosen:
        member = milestone.commitment.plan.member
        author = User.objects.get(institution__member=member, role="editor")
        found.append(new_report(milestone, author, local_date(member.time_zone), status))
    return [each.pk for each in StatusUpdate.objects.bulk_create(found)]


def approve_all(keys):
    """Approves the reports one by one, and says each key once the database has acknowledged it. While the database is
    away, it tries the same report again: half-way, it may have been approved without an answer."""
    for key in keys:
        while not approved(key):
            connection.close()
            time.sleep(0.1)
        print(key, flush=True)
        time.sleep(0.02)
    return len(keys)


def approved(key) -> bool:
    try:
        update = StatusUpdate.objects.get(pk=key)
        if update.review != "approved":
            reviewer = User.objects.get(institution=update.institution, role="head")
            approve(update, reviewer)
        return True
    except OperationalError as error:
        print(timezone.now().isoformat(), type(error).__name__, file=sys.stderr, flush=True)
        return False
