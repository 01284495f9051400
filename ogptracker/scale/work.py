"""The milestones of a commitment of the invented world: what was reported on them, and what the clock remembers."""

from datetime import date

from commitments.dates import six_months_before
from milestones.freshness import first_stale_day
from milestones.models import (
    Deadline,
    Event,
    Evidence,
    Milestone,
    OverdueNotice,
    OverduePeriod,
    StaleNotice,
    StatusUpdate,
)

from . import words
from .entries import TABLE, Subject, report_entry
from .maker import CO_OWNER, COORDINATOR, DEADLINES, EDITOR, HEAD, MINISTRY, PERIODS, Maker, Promise
from .record import link_of
from .stories import STORIES, Said, Story, story

ENTRIES = TABLE.name


def make_work(maker: Maker, promise: Promise):
    published = []
    for position, number in enumerate(maker.size.within("milestones", promise.number, "commitments"), 1):
        reports = maker.size.within("reports", number, "milestones")
        told = story(number % STORIES, promise.term, len(reports), promise.is_quiet)
        subject = make_milestone(maker, promise, number, position, told)
        for report, said in zip(reports, told.reports, strict=True):
            make_report(maker, promise, number, report, said, subject)
        make_periods(maker, promise, number, told)
        published += [said.published_on for said in told.reports if said.published_on]
    make_stale_notice(maker, promise, max(published, default=None))


def make_milestone(maker: Maker, promise: Promise, number: int, position: int, told: Story) -> Subject:
    row, key = told.milestone, number + 1
    title = f"{words.ACTIONS[number % 10]} {promise.about}"
    title_ko = f"{words.name_of(promise.number)} {words.ACTIONS_KO[number % 10]}" if number % 3 == 0 else ""
    names = ["published_start", "published_end", "due_precision", "cadence", "open_ended", "readable", "reading_reason"]
    read = {name: getattr(row, name) for name in names}
    days = {"starts_on": row.starts_on and str(row.starts_on), "due_on": row.due_on and str(row.due_on)}
    facts = {"position": position, "title": title, "title_ko": title_ko, "document_id": promise.plan}
    maker.add(Milestone, id=key, commitment_id=promise.key, **facts, **read, **days)
    for deadline in told.deadlines:
        make_deadline(maker, promise, number, deadline)
    return Subject(maker.key, promise.plan, promise.key, promise.path, title, title_ko)


def make_deadline(maker: Maker, promise: Promise, milestone: int, deadline: Deadline):
    names = ["starts_on", "due_on", "set_on", "withdrawn_on"]
    days = {name: getattr(deadline, name) and str(getattr(deadline, name)) for name in names}
    facts = {"position": deadline.position, "precision": deadline.precision, "reason": deadline.reason}
    amends = deadline.amends and milestone * DEADLINES + deadline.amends.pk
    key = milestone * DEADLINES + deadline.pk
    maker.add(Deadline, id=key, milestone_id=milestone + 1, amends_id=amends, **days, **facts)
    if amends:
        make_amendment(maker, promise, milestone, key, deadline)


def make_amendment(maker: Maker, promise: Promise, milestone: int, key: int, deadline: Deadline):
    day = str(deadline.set_on)
    moved = f'{{"due_on": ["{deadline.amends.due_on}", "{deadline.due_on}"], "set_on": [null, "{day}"]}}'
    about = {"commitment_id": promise.key, "milestone_id": milestone + 1, "deadline_id": key, "changes": moved}
    by = {"actor_id": maker.account(HEAD), "institution_id": maker.body(MINISTRY), "role": HEAD, "public": True}
    facts = {"action": "amended", "when": f"{day} 09:00:00", "day": day, "reason": deadline.reason}
    number = 2 * maker.size.total("reports") + milestone
    maker.add(Event, id=number + 1, request_id=f"{number:032x}", **about, **by, **facts)


def make_report(maker: Maker, promise: Promise, milestone: int, number: int, said: Said, subject: Subject):
    author = CO_OWNER if said.as_co_owner else EDITOR
    reviewer = COORDINATOR if said.as_co_owner else HEAD
    handed_in, decided = said.review != "draft", said.review in ("approved", "returned")
    texts = {
        "what_was_done": words.SAID[said.number % 7],
        "challenges": words.HINDERED[said.number % 3] if said.status in ("not_started", "limited") else "",
        "next_step": words.NEXT[said.number % 3],
    }
    maker.add(
        StatusUpdate,
        id=number + 1,
        milestone_id=milestone + 1,
        deadline_id=None if said.round is None else milestone * DEADLINES + said.round + 1,
        on_date=str(said.on_date),
        status=said.status,
        author_id=maker.account(author),
        institution_id=maker.body_of(author),
        as_co_owner=said.as_co_owner,
        review=said.review,
        submitted_at=f"{said.on_date} 10:00:00" if handed_in else None,
        reviewed_by_id=maker.account(reviewer) if decided else None,
        reviewed_at=f"{said.decided_on} 15:00:00" if decided else None,
        return_reason=words.HINDERED[0] if said.review == "returned" else "",
        published_on=said.published_on and str(said.published_on),
        version=1 + handed_in + decided,
        **texts,
    )
    evidence = make_evidence(maker, promise, number, said)
    if handed_in:
        make_event(maker, promise, milestone, number, said, "submitted", author, said.on_date)
    if decided:
        make_event(maker, promise, milestone, number, said, said.review, reviewer, said.decided_on)
    if said.review == "approved":
        maker.rows[ENTRIES].append(report_entry(subject, number + 1, said, *texts.values(), evidence))


def make_evidence(maker: Maker, promise: Promise, number: int, said: Said) -> str:
    """Minutes behind what is reported completed, and behind every third other report; their title."""
    if said.status != "completed" and number % 3:
        return ""
    title = f"Minutes {said.number % 20 + 1}"
    link = {"url": link_of(maker, promise), "link_id": promise.key}
    maker.add(Evidence, id=number + 1, update_id=number + 1, title=title, **link)
    return title


def make_event(
    maker: Maker, promise: Promise, milestone: int, number: int, said: Said, action: str, role: str, day: date
):
    """A step of a report: handed in, or looked at by somebody else."""
    key = 2 * number + (1 if action == "submitted" else 2)
    about = {"commitment_id": promise.key, "milestone_id": milestone + 1, "update_id": number + 1}
    about["deadline_id"] = None if said.round is None else milestone * DEADLINES + said.round + 1
    by = {"actor_id": maker.account(role), "institution_id": maker.body_of(role), "role": role}
    hour, reason = ("10", "") if action == "submitted" else ("15", words.HINDERED[0] if action == "returned" else "")
    facts = {"action": action, "when": f"{day} {hour}:00:00", "day": str(day), "reason": reason, "changes": "{}"}
    version = 2 if action == "submitted" else 3
    public = action == "approved"
    maker.add(Event, id=key, request_id=f"{key:032x}", version=version, public=public, **about, **by, **facts)


def make_periods(maker: Maker, promise: Promise, milestone: int, told: Story):
    """When each deadline is overdue, and what the clock has noticed of that up to the day of the world."""
    for place, period in enumerate(told.periods, 1):
        days = {"first_on": str(period.first_on), "until": str(period.until), "earliest": period.earliest}
        of = {"milestone_id": milestone + 1, "plan_id": promise.plan, "member_id": maker.key}
        key = milestone * DEADLINES + period.deadline.pk
        maker.add(OverduePeriod, id=milestone * PERIODS + place, deadline_id=key, **of, **days)
    for place, (deadline, first, until) in enumerate(told.delays, 1):
        if first <= maker.on:
            cleared = str(until) if until <= maker.on else None
            days = {"overdue_since": str(first), "flagged_on": str(first), "cleared_on": cleared}
            key = milestone * DEADLINES + deadline
            maker.add(OverdueNotice, id=milestone * PERIODS + place, deadline_id=key, **days)


def make_stale_notice(maker: Maker, promise: Promise, latest: date | None):
    """The open notice of a commitment without a report in the last six months before the day of the world."""
    term, since = promise.term, six_months_before(maker.on)
    if not (term.starts_on <= since and maker.on <= term.ends_on) or (latest and latest > since):
        return
    first = first_stale_day(max(latest or term.starts_on, term.starts_on))
    days = {"stale_since": str(first), "noticed_on": str(first)}
    maker.add(StaleNotice, id=promise.key, commitment_id=promise.key, **days)
