"""The desk: what an account should look at first. Late, due soon, gone quiet, returned, waiting for review; and for the
coordinating ministry, every institution at a glance."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Max, OuterRef, Subquery

from assessments.models import PublicComment, SelfAssessment, SelfAssessmentEntry
from commitments.dates import local_date, local_dates
from commitments.models import ActionPlan, Commitment, Institution
from milestones.freshness import quiet
from milestones.models import Deadline, Evidence, Milestone, StatusUpdate
from milestones.querysets import ZONE_OF_DEADLINE, ZONE_OF_MILESTONE, day, with_milestone_counts

from .progress import LEADS, topmost

SOON = timedelta(days=30)
LONGEST_LIST = 20


def thirty_days_after(today: date) -> date:
    return today + SOON


# What an account reports on -------------------------------------------------------------------------------------------
def unfinished(user):
    """The latest report of a milestone that is not public yet, of those that the account may see."""
    rows = StatusUpdate.objects.visible_to(user).filter(milestone=OuterRef("pk"))
    return rows.exclude(review="approved").order_by("-pk")


def late(mine, user):
    return (
        mine.overdue(local_dates(ZONE_OF_MILESTONE))
        .annotate(unfinished_report=Subquery(unfinished(user).values("review")[:1]))
        .select_related("commitment__plan__member")
        .order_by("overdue_due_on", "pk")
    )


def soon(mine):
    return (
        Deadline.objects.filter(milestone__in=mine)
        .unmet(local_dates(ZONE_OF_DEADLINE))
        .filter(due_on__gte=F("as_of"), due_on__lte=day(local_dates(ZONE_OF_DEADLINE, shift=thirty_days_after)))
        .select_related("milestone__commitment__plan")
        .order_by("due_on", "pk")
    )


def broken_links(user):
    """Evidence of handed-in reports, of those that the account may see, whose links the checks could not reach."""
    seen = StatusUpdate.objects.visible_to(user)
    doubtful = Evidence.objects.filter(link__state__in=["failing", "broken"], update__in=seen)
    return doubtful.select_related("link", "update__milestone").order_by("link__state", "-update__on_date", "pk")


def reporting(user) -> dict:
    """Lists are cut at ``LONGEST_LIST``; the counts are of everything."""
    mine = Milestone.objects.reported_by(user)
    lists = {
        "late": late(mine, user),
        "soon": soon(mine),
        "stale": quiet(None, Commitment.objects.filter(milestones__in=mine).distinct()).order_by("plan", "position"),
        "broken": broken_links(user),
    }
    own = StatusUpdate.objects.filter(author=user).select_related("milestone")
    found = {name: rows[:LONGEST_LIST] for name, rows in lists.items()}
    found |= {f"{name}_count": rows.count() for name, rows in lists.items()}
    found |= {name: own.filter(review=review)[:LONGEST_LIST] for name, review in OWN.items()}
    return found | {"reports_status": True}


OWN = {"returned": "returned", "drafts": "draft"}


# Every institution at a glance ----------------------------------------------------------------------------------------
@dataclass
class Glance:
    """An institution that leads commitments of plans under way, with its divisions. Counts are of today."""

    institution: Institution
    forms: int = 0
    milestones: int = 0
    overdue: int = 0
    stale: int = 0
    waiting: int = 0
    last_report_on: date | None = None


def commitments_under_way(member, today: date):
    """Forms of the member's plans that are being implemented, with what is late and when the last report came."""
    plans = ActionPlan.objects.filter(member=member).under_implementation(today)
    reports = StatusUpdate.objects.known(today).filter(milestone__commitment=OuterRef("pk")).order_by()
    latest = reports.values("milestone__commitment").annotate(last=Max("published_on")).values("last")
    forms = with_milestone_counts(Commitment.objects.forms().filter(plan__in=plans), today)
    return forms.annotate(last_report_on=Subquery(latest)).prefetch_related(LEADS)


def add_up(glance: Glance, commitment: Commitment, stale: set[int], waiting: Counter):
    glance.forms += 1
    glance.milestones += commitment.milestone_count
    glance.overdue += commitment.overdue_count
    glance.stale += commitment.pk in stale
    glance.waiting += waiting[commitment.pk]
    glance.last_report_on = max(filter(None, [glance.last_report_on, commitment.last_report_on]), default=None)


def at_a_glance(member) -> list[Glance]:
    """The institutions of a member, those that are most behind first. The same queries however many there are."""
    today = local_date(member.time_zone)
    commitments = list(commitments_under_way(member, today))
    stale = set(quiet(today, Commitment.objects.filter(plan__member=member)).values_list("pk", flat=True))
    waiting = StatusUpdate.objects.awaiting_review().filter(milestone__commitment__plan__member=member)
    by_commitment = waiting.order_by().values("milestone__commitment").annotate(number=Count("pk"))
    numbers = Counter(dict(by_commitment.values_list("milestone__commitment", "number")))
    found: dict[int, Glance] = {}
    for commitment in commitments:
        for body in {topmost(lead.institution) for lead in commitment.leads}:
            add_up(found.setdefault(body.pk, Glance(body)), commitment, stale, numbers)
    return sorted(found.values(), key=lambda row: (-row.overdue, -row.stale, row.institution.name))


# Self-assessments -----------------------------------------------------------------------------------------------------
def assessing(user) -> dict:
    """Forms that wait for the account's institution, and comments that wait to be looked at or answered."""
    forms = SelfAssessmentEntry.objects.writable_by(user).unsigned().filter(assessment__stage="sign_off")
    forms = forms.select_related("commitment", "assessment").order_by("assessment", "commitment__position")
    found = {"unsigned": forms[:LONGEST_LIST], "unsigned_count": forms.count()}
    if user.has_perm("assessments.change_publiccomment"):
        mine = PublicComment.objects.answerable_by(user)
        found |= {"comments_waiting": mine.waiting().count(), "comments_owed": mine.owed().count()}
    return found


# The desk -------------------------------------------------------------------------------------------------------------
def desk(user) -> dict:
    found = {}
    if user.has_perm("milestones.add_statusupdate") and (user.institution_id or user.is_superuser):
        found |= reporting(user)
    if user.has_perm("milestones.review_statusupdate"):
        waiting = StatusUpdate.objects.visible_to(user).awaiting_review().exclude(author=user)
        waiting = waiting.select_related("milestone", "institution").order_by("submitted_at")
        found |= {"reviews": True, "waiting": waiting[:LONGEST_LIST], "waiting_count": waiting.count()}
    if user.role == user.Role.COORDINATOR and user.institution_id:
        found["institutions"] = at_a_glance(user.institution.member)
    if user.has_perm("assessments.change_selfassessmententry"):
        found |= assessing(user)
    if user.has_perm("assessments.add_report"):
        found["assessments"] = SelfAssessment.objects.visible_to(user).select_related("plan__member")[:LONGEST_LIST]
    return found
