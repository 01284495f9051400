"""A dated public fact in words: the day, what, who says so, and where to read more, in the language of the moment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.template.defaultfilters import date as format_date
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from assessments.models import Coding, IRMReview, SelfAssessment, SelfAssessmentEntry
from commitments.models import ActionPlan, Commitment, Institution, Member
from commitments.templatetags.record import imprecise, local_title
from milestones.exports import body_name
from milestones.history_pages import changes_of, role_words
from milestones.mail import due_words
from milestones.models import Event, Milestone, OverduePeriod, Status, StatusUpdate
from milestones.views import LEADING

from .index import ASSESSMENT, CEASED, CODING, ENTRY, EVENT, OVERDUE, REPORT, REVIEW

CHUNK = 500  # facts that are in memory at once
LONG_TEXTS = ("problem", "description", "contribution", "relevance", "additional_information", "peer_learning")
LEADS = Prefetch("involvements", LEADING.order_by("position", "pk"), to_attr="leads")


@dataclass(frozen=True)
class Fact:
    """One dated fact. ``key`` names it for good; ``moment`` is when it became so (the beginning of the day where only
    the day is known); ``precision`` says how exactly the day is known."""

    kind: str
    key: str
    day: date
    precision: str
    moment: datetime
    what: str
    detail: str
    who: str
    mark: str
    address: str  # path of the page that shows it
    about: Any  # what has the title: a milestone, a commitment, an assessment, a review
    plan: ActionPlan
    commitment: Commitment | None = None
    milestone: Milestone | None = None

    @property
    def member(self) -> Member:
        return self.plan.member

    @property
    def day_words(self) -> str:
        """The day, as exactly as it is known: "September 2016"."""
        if self.precision in ("", "day"):
            return format_date(self.day, "DATE_FORMAT")
        return imprecise(self.day, self.precision)

    @property
    def number(self) -> str:
        return self.commitment.number if self.commitment else ""


# Days and words -------------------------------------------------------------------------------------------------------
def begins(day: date, member: Member) -> datetime:
    """The moment at which the day begins where the member is."""
    return datetime.combine(day, time.min, ZoneInfo(member.time_zone))


def moment_on(day: date, moment: datetime | None, member: Member) -> datetime:
    """The moment if it lies on the day where the member is, else the day's beginning."""
    if moment and moment.astimezone(ZoneInfo(member.time_zone)).date() == day:
        return moment
    return begins(day, member)


def by_the_dates() -> str:
    return _("OGP tracker, by the dates")


def of_the_irm() -> str:
    return _("Independent Reporting Mechanism (IRM)")


def government_of(member: Member) -> str:
    """Who speaks for the government in OGP: its point of contact, where the record names one."""
    body = member.point_of_contact
    return f"{local_title(member)}, {local_title(body)}" if body else local_title(member)


def reported_by(update: StatusUpdate) -> str:
    if update.institution is None:
        return _("not recorded who")
    name = body_name(update.institution)
    return _("%(institution)s (civil-society co-owner)") % {"institution": name} if update.as_co_owner else name


def done_by(event: Event) -> str:
    """The institution and the role, never the person."""
    parts = [event.institution and body_name(event.institution), role_words(event.role)]
    return ", ".join(filter(None, parts)) or _("not recorded who")


def at_day(commitment: Commitment, day: date, anchor: str) -> str:
    return f"{commitment.get_absolute_url()}?as_of={day.isoformat()}#{anchor}"


def about_milestone(milestone: Milestone) -> dict:
    """What a fact on a milestone is about."""
    commitment = milestone.commitment
    return {"about": milestone, "milestone": milestone, "commitment": commitment, "plan": commitment.plan}


# One fact -------------------------------------------------------------------------------------------------------------
def of_report(row: StatusUpdate, day: date) -> Fact:
    return Fact(
        kind=REPORT,
        key=f"report/{row.pk}",
        day=day,
        precision="day",
        moment=moment_on(day, row.reviewed_at, row.milestone.commitment.plan.member),
        what=_("Status reported: %(status)s") % {"status": row.get_status_display()},
        detail=_("as of %(date)s") % {"date": format_date(row.on_date, "DATE_FORMAT")},
        who=reported_by(row),
        mark=row.status,
        address=row.get_absolute_url(),
        **about_milestone(row.milestone),
    )


def of_event(row: Event, day: date) -> Fact:
    about = {"about": row.commitment, "commitment": row.commitment, "plan": row.commitment.plan}
    where = reverse("commitment-history", args=[row.commitment.plan.slug, row.commitment.number])
    if row.milestone:
        row.milestone.commitment = row.commitment
        about = about_milestone(row.milestone)
        place = [row.commitment.plan.slug, row.commitment.number, row.milestone.position]
        where = reverse("milestone-history", args=place)
    return Fact(
        kind=EVENT,
        key=f"event/{row.pk}",
        day=day,
        precision="day",
        moment=moment_on(day, row.when, row.commitment.plan.member),
        what=capfirst(row.get_action_display()),
        detail=event_words(row),
        who=done_by(row),
        mark="",
        address=where,
        **about,
    )


def event_words(row: Event) -> str:
    """What stood before and after, and the reason. Long texts are read in the history."""
    said = []
    for change in changes_of(row):
        both = f"{change.old or '–'} → {change.new or '–'}"
        said.append(f"{change.label}: {both}" if len(both) <= 200 else change.label)
    return "; ".join([*said, row.reason] if row.reason else said)


def of_overdue(row: OverduePeriod, day: date) -> Fact:
    milestone = row.milestone
    return Fact(
        kind=OVERDUE,
        key=f"overdue/{milestone.pk}/{day.isoformat()}",
        day=day,
        precision="day",
        moment=begins(day, milestone.commitment.plan.member),
        what=_("Became overdue"),
        detail=_("%(due)s, no report that it was met") % {"due": due_words(row.deadline)},
        who=by_the_dates(),
        mark="late",
        address=at_day(milestone.commitment, day, f"milestone-{milestone.position}"),
        **about_milestone(milestone),
    )


def of_ceased(row: OverduePeriod, day: date) -> Fact:
    milestone, deadline = row.milestone, row.deadline
    deadline.milestone = milestone
    report = deadline.report(day)
    met = report.status if report and report.status in (Status.COMPLETED, Status.WITHDRAWN) else ""
    return Fact(
        kind=CEASED,
        key=f"ceased/{milestone.pk}/{day.isoformat()}",
        day=day,
        precision="day",
        moment=begins(day, milestone.commitment.plan.member),
        what=_("Unmet when the plan ended") if row.plan.ended(day) else _("No longer overdue"),
        detail=why_ceased(row, day, report if met else None),
        who=by_the_dates(),
        mark=met,
        address=at_day(milestone.commitment, day, f"milestone-{milestone.position}"),
        **about_milestone(milestone),
    )


def why_ceased(row: OverduePeriod, day: date, report: StatusUpdate | None) -> str:
    if row.plan.ended(day):
        return _("nothing counts as overdue once the plan's period is over")
    if row.deadline.withdrawn_on and row.deadline.withdrawn_on <= day:
        return _("its due date was amended or corrected")
    return _("reported: %(status)s") % {"status": report.get_status_display()} if report else ""


def of_assessment(row: SelfAssessment, day: date) -> Fact:
    return Fact(
        kind=ASSESSMENT,
        key=f"self-assessment/{row.pk}",
        day=day,
        precision=row.published_precision,
        moment=begins(day, row.plan.member),
        what=_("Self-assessment published"),
        detail=str(row.get_kind_display()),
        who=government_of(row.plan.member),
        mark="",
        address=row.get_absolute_url(),
        about=row,
        plan=row.plan,
    )


def edition_key(kind: str, row: SelfAssessmentEntry | Coding) -> str:
    """The first edition is known by the row's key, each correction by its day as well."""
    return f"{kind}/{row.standing_key}" + (f"/{row.since.isoformat()}" if row.since else "")


def of_entry(row: SelfAssessmentEntry, day: date) -> Fact:
    level = row.get_completion_level_display() if row.completion_level else _("not stated")
    words = (
        _("Government's self-assessment corrected: %(level)s")
        if row.since
        else _("Government's self-assessment: %(level)s")
    )
    return Fact(
        kind=ENTRY,
        key=edition_key("self-assessment-form", row),
        day=day,
        precision="day" if row.since else row.assessment.published_precision,
        moment=begins(day, row.commitment.plan.member),
        what=words % {"level": level},
        detail=local_title(row.assessment),
        who=government_of(row.commitment.plan.member),
        mark=row.completion_level,
        address=f"{row.assessment.get_absolute_url()}#form-{row.commitment.number}",
        about=row.commitment,
        commitment=row.commitment,
        plan=row.commitment.plan,
    )


def precision_of(review: IRMReview) -> str:
    """How exactly the day is known from which a review is: its own, its document's, or the end of a year."""
    if review.published_on:
        return "day"
    return review.document.published_precision if review.document and review.document.published_on else "year"


def of_review(row: IRMReview, day: date) -> Fact:
    return Fact(
        kind=REVIEW,
        key=f"irm-review/{row.pk}",
        day=day,
        precision=precision_of(row),
        moment=begins(day, row.plan.member),
        what=_("IRM review became known"),
        detail=str(row.get_product_display()),
        who=of_the_irm(),
        mark="",
        address=row.get_absolute_url(),
        about=row,
        plan=row.plan,
    )


def of_coding(row: Coding, day: date) -> Fact:
    found = row.get_completion_display() if row.completion else _("completion not stated")
    words = _("IRM's finding corrected: %(completion)s") if row.since else _("IRM finds: %(completion)s")
    return Fact(
        kind=CODING,
        key=edition_key("irm-coding", row),
        day=day,
        precision="day" if row.since else precision_of(row.review),
        moment=begins(day, row.commitment.plan.member),
        what=words % {"completion": found},
        detail=row.review.title,
        who=of_the_irm(),
        mark=row.completion,
        address=f"{row.review.get_absolute_url()}#coding-{row.commitment.number}",
        about=row.commitment,
        commitment=row.commitment,
        plan=row.commitment.plan,
    )


# Many -----------------------------------------------------------------------------------------------------------------
def lean(rows: QuerySet, *commitments: str) -> QuerySet:
    """Without the long texts of the commitments that come with the rows."""
    return rows.defer(*(f"{path}__{name}" for path in commitments for name in LONG_TEXTS))


PLAN = "commitment__plan__member"
CONTACT = "member__point_of_contact"


def report_rows() -> QuerySet:
    rows = StatusUpdate.objects.select_related(f"milestone__{PLAN}", "institution__parent__parent")
    return lean(rows, "milestone__commitment")


def event_rows() -> QuerySet:
    rows = Event.objects.select_related(PLAN, "milestone", "institution__parent__parent")
    return lean(rows.defer("actor"), "commitment")


def overdue_rows() -> QuerySet:
    return lean(OverduePeriod.objects.select_related("plan", "deadline", f"milestone__{PLAN}"), "milestone__commitment")


def ceased_rows() -> QuerySet:
    approved = Prefetch("milestone__updates", StatusUpdate.objects.approved())
    return overdue_rows().prefetch_related(approved)


def assessment_rows() -> QuerySet:
    return SelfAssessment.objects.select_related(f"plan__{CONTACT}")


def entry_rows() -> QuerySet:
    rows = SelfAssessmentEntry.ever.select_related("assessment", f"commitment__plan__{CONTACT}")
    return lean(rows.defer("description", "description_ko"), "commitment")


def review_rows() -> QuerySet:
    return IRMReview.objects.select_related("plan__member", "document")


def coding_rows() -> QuerySet:
    rows = Coding.ever.select_related("review__document", PLAN)
    return lean(rows.defer("summary", "rationale", "evidence", "absent"), "commitment")


READERS = {
    REPORT: (report_rows, of_report),
    EVENT: (event_rows, of_event),
    OVERDUE: (overdue_rows, of_overdue),
    CEASED: (ceased_rows, of_ceased),
    ASSESSMENT: (assessment_rows, of_assessment),
    ENTRY: (entry_rows, of_entry),
    REVIEW: (review_rows, of_review),
    CODING: (coding_rows, of_coding),
}


def load(found: Iterable[tuple[date, str, int]]) -> list[Fact]:
    """The facts of an index's rows, in their order, each commitment with its ``leads``. As many queries as there are
    kinds, and two for what comes with them, however many rows."""
    found = list(found)
    rows = {}
    for kind, (rows_of, _words) in READERS.items():
        wanted = [key for _day, of_kind, key in found if of_kind == kind]
        rows[kind] = rows_of().in_bulk(wanted) if wanted else {}
    facts = [READERS[kind][1](rows[kind][key], day) for day, kind, key in found if key in rows[kind]]
    prefetch_related_objects([fact.commitment for fact in facts if fact.commitment], LEADS)
    return facts


@dataclass(frozen=True)
class FactRows:
    """The facts of a whole index, for a file: in bounded memory, and in the language in which it was asked for."""

    index: QuerySet
    language: str

    def iterator(self, chunk_size: int = CHUNK) -> Iterator[Fact]:
        rows = self.index.iterator(chunk_size=chunk_size)
        while chunk := list(islice(rows, chunk_size)):
            with translation.override(self.language):
                facts = load(chunk)
            yield from facts


def bodies_of(commitment: Commitment | None) -> list[Institution]:
    """The topmost bodies that lead it, the first lead first."""
    found = {}
    for lead in commitment.leads if commitment else ():
        body = lead.institution
        while body.parent is not None:
            body = body.parent
        found[body.pk] = body
    return list(found.values())
