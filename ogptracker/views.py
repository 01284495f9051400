"""Pages that bring the four voices together: the plan, the ministry, the clock and the reviewers."""

import re
from collections import defaultdict

from django.db import connection
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from assessments.comment_views import questions_on
from assessments.forms import ReportForm
from assessments.known import codings_known, entries_known
from assessments.models import IRMReview, SelfAssessment, Snapshot
from assessments.snapshot_views import files_on
from commitments.api import problem_response
from commitments.dates import local_date, local_dates, six_months_before
from commitments.models import ActionPlan, Commitment, Institution, Involvement, Member, Theme
from commitments.pages import filtered_list, with_day
from milestones.filters import TrackedCommitmentFilter
from milestones.models import Milestone, StatusUpdate
from milestones.querysets import ZONE_OF_MILESTONE, stale, with_plan_milestone_counts
from milestones.readings import put_readings_on
from milestones.states import tally
from milestones.timeline import timeline

from .progress import (
    LEADS,
    by_institution,
    by_theme,
    milestones_by_commitment,
    rows_of,
    topmost,
    whole,
)

LATEST_CHANGES = 10
DJANGOS_OWN_404 = re.compile(r"No \w+ matches the given query\.")
ZONE_OF_PLAN = "member__time_zone"


def healthz(request):
    """200 "ok" when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def latest_changes(updates):
    """The newest approved reports, with what a line about each needs."""
    return updates.select_related("milestone__commitment__plan__member", "institution__parent__parent").order_by(
        "-published_on", "-pk"
    )[:LATEST_CHANGES]


def home(request):
    """What this is, the plans under way, the latest changes, and past plans."""
    plans = ActionPlan.objects.with_counts().select_related("member")
    current, past = [], []
    today = local_dates(ZONE_OF_PLAN)
    for plan in with_plan_milestone_counts(plans.real(), today).order_by("member__name", "-number"):
        (current if plan.under_implementation(local_date(plan.member.time_zone)) else past).append(plan)
    milestones = Milestone.objects.filter(commitment__plan__in=[p.pk for p in current]).with_state(
        local_dates(ZONE_OF_MILESTONE)
    )
    by_plan = defaultdict(list)
    for milestone in milestones.select_related("commitment"):
        by_plan[milestone.commitment.plan_id].append(milestone)
    context = {
        "current": [(plan, tally(by_plan[plan.pk], plan)) for plan in current],
        "past": past,
        "training": ActionPlan.objects.filter(member__is_fictional=True).select_related("member"),
        "changes": latest_changes(
            StatusUpdate.objects.approved().filter(milestone__commitment__plan__member__is_fictional=False)
        ),
    }
    return render(request, "home.html", context)


@with_day
def member(request, slug, asked):
    """One member: its plans over time, its forum, its point of contact."""
    found = get_object_or_404(Member.objects.select_related("point_of_contact"), slug=slug)
    on = asked or local_date(found.time_zone)
    rows = rows_of(Commitment.objects.filter(plan__member=found).order_by("plan", "position"), on)
    themes = Theme.objects.filter(plan__member=found)
    plans = with_plan_milestone_counts(ActionPlan.objects.filter(member=found).with_counts(), on).order_by("-number")
    context = {
        "member": found,
        "on": on,
        "asked": asked,
        "plans": [(plan, *plan_progress(plan, rows, themes)) for plan in plans],
        "institutions": by_institution(rows),
    }
    return render(request, "members/detail.html", context)


def plan_progress(plan: ActionPlan, rows, themes):
    """The plan's milestones as a whole, and its progress by theme."""
    own = [row for row in rows if row.commitment.plan_id == plan.pk]
    return whole(own), by_theme([theme for theme in themes if theme.plan_id == plan.pk], own)


def funnel(plan: ActionPlan):
    """The co-creation steps. Only those that count what goes in or what comes out are drawn to scale."""
    steps = list(plan.cocreation_steps.select_related("document"))
    for step in steps:
        step.is_drawn = bool(step.count) and step.unit in (steps[0].unit, steps[-1].unit)
    return steps


def exporting(request, kind: str) -> dict:
    """The form that asks for a file of that kind of snapshot, for those who may."""
    form = ReportForm(kind=kind, initial={"language": request.LANGUAGE_CODE})
    return {"irm_form": form, "may_export": request.user.has_perm("assessments.add_report")}


@with_day
def plan(request, slug, asked):
    """A plan: where it stands, its themes and commitments, its timeline, how it was made, its documents."""
    found = get_object_or_404(
        ActionPlan.objects.with_counts().select_related("member", "document", "public_influence_document"), slug=slug
    )
    on = asked or local_date(found.member.time_zone)
    rows = rows_of(found.commitments.order_by("position"), on)
    progress = whole(rows)
    found.milestone_count = progress.total
    since = six_months_before(on)
    steps = funnel(found)
    context = {
        "plan": found,
        "member": found.member,
        "on": on,
        "asked": asked,
        "rows": rows,
        "themes": by_theme(found.themes.select_related("background_document"), rows),
        "institutions": by_institution(rows),
        "tally": progress,
        "stale": stale(found.commitments.all(), on, since).count(),
        "ended": found.ended(on),
        "under_way": found.under_implementation(on),
        "sections": found.sections.select_related("document"),
        "steps": steps,
        "widest": max((step.count or 0 for step in steps), default=0),
        "seats": found.forum_seats.select_related("institution"),
        "assessments": SelfAssessment.objects.filter(plan=found).visible_to(request.user),
        "reviews": IRMReview.objects.filter(plan=found).public(),
        "files": files_on(f"irm-plan/{found.slug}", f"plan/{found.slug}"),
        **exporting(request, Snapshot.Kind.IRM_PLAN),
    }
    return render(request, "plans/detail.html", context)


def plans(request):
    """Every plan of real members, newest first."""
    rows = with_plan_milestone_counts(
        ActionPlan.objects.real().with_counts().select_related("member"), local_dates(ZONE_OF_PLAN)
    ).order_by("member__name", "-number")
    return render(request, "plans/list.html", {"plans": rows})


def find_commitment(slug: str, number: str) -> Commitment:
    commitments = Commitment.objects.select_related(
        "plan__member", "plan__document", "theme", "part_of__plan", "document", "carried_from__plan"
    )
    try:
        return commitments.get(plan__slug=slug, number=number)
    except Commitment.DoesNotExist:
        raise Http404(
            _("Plan %(plan)s has no commitment numbered %(number)s.") % {"plan": slug, "number": number}
        ) from None


def neighbours(found: Commitment):
    """The commitments before and after this one in its plan."""
    others = list(
        Commitment.objects.forms().filter(plan=found.plan).order_by("position").values_list("number", "position")
    )
    before = [number for number, position in others if position < found.position]
    after = [number for number, position in others if position > found.position]
    return before[-1] if before else None, after[0] if after else None


@with_day
def commitment(request, slug, number, asked):
    """One commitment, told from top to bottom."""
    found = find_commitment(slug, number)
    on = asked or local_date(found.plan.member.time_zone)
    milestones = list(Milestone.objects.filter(commitment=found).with_state(on).prefetch_related("deadlines__amends"))
    put_readings_on(milestones, found.plan, on)
    updates = list(
        StatusUpdate.objects.known(on)
        .filter(milestone__commitment=found)
        .select_related("milestone", "deadline", "institution__parent__parent")
        .prefetch_related("evidence__link")
        .latest_first()
    )
    reports = defaultdict(list)
    for update in updates:
        if not update.as_co_owner:  # the dots of the timeline are the ministry's
            reports[update.milestone_id].append(update)
    involvements = found.involvements.select_related("institution__member", "institution__parent__parent")
    previous, following = neighbours(found)
    states = tally(milestones, found.plan)
    context = {
        "commitment": found,
        "plan": found.plan,
        "member": found.plan.member,
        "on": on,
        "asked": asked,
        "involvements": involvements,
        "policy_areas": found.policy_areas.all(),
        "has_lead": any(row.role == "lead" for row in involvements),
        "milestones": list(zip(milestones, states.states, strict=True)),
        "tally": states,
        "timeline": timeline(found.plan, milestones, on, reports),
        "updates": updates,
        "entries": entries_known(on).filter(commitment=found).prefetch_related("results", "links"),
        "codings": codings_known(on).filter(commitment=found),
        "parts": found.parts.prefetch_related(LEADS),
        "previous": previous,
        "following": following,
        "ended": found.plan.ended(on),
        "files": files_on(f"irm-commitment/{found.plan.slug}/{found.number}"),
        **exporting(request, Snapshot.Kind.IRM_COMMITMENT),
        "asked_here": questions_on(found, on),
        "is_stale": stale(Commitment.objects.filter(pk=found.pk), on, six_months_before(on)).exists(),
    }
    return render(request, "commitments/detail.html", context)


def commitments(request):
    """Commitments of all plans, to filter and search."""
    rows = (
        Commitment.objects.forms()
        .select_related("plan__member", "theme", "part_of")
        .prefetch_related(LEADS)
        .order_by("plan__member__name", "-plan__number", "position")
    )
    filterset = TrackedCommitmentFilter(request.GET or {}, queryset=rows)
    return filtered_list(request, filterset, "commitments/list.html", {})


def institutions(request):
    """Institutions that lead commitments, by member."""
    involved = Count("involvements", filter=Q(involvements__role="lead"))
    rows = (
        Institution.objects.real()
        .select_related("member", "parent__parent")
        .annotate(leads=involved)
        .filter(leads__gt=0)
        .order_by("member__name", "parent__name", "name")
    )
    grouped = defaultdict(list)
    for row in rows:
        grouped[topmost(row)].append(row)
    return render(request, "institutions/list.html", {"groups": sorted(grouped.items(), key=lambda g: g[0].name)})


@with_day
def institution(request, member_slug, key, asked):
    """An institution and its divisions: what it promised over all plans, and what is late."""
    found = get_object_or_404(
        Institution.objects.select_related("member", "parent__parent__member", "parent__member"),
        member__slug=member_slug,
        key=key,
    )
    on = asked or local_date(found.member.time_zone)
    tree = Institution.objects.tree_ids(found.pk)
    involvements = (
        Involvement.objects.filter(institution__in=tree)
        .select_related("commitment__plan__member", "institution__parent__parent")
        .order_by("-commitment__plan__number", "commitment__position")
    )
    led = Commitment.objects.led_by(tree)
    milestones = Milestone.objects.filter(commitment__in=led).with_state(on).select_related("commitment__plan__member")
    by_commitment = milestones_by_commitment(milestones)
    rows = [
        (row, tally(by_commitment[row.commitment_id], row.commitment.plan) if row.role == "lead" else None)
        for row in involvements
    ]
    context = {
        "institution": found,
        "member": found.member,
        "on": on,
        "asked": asked,
        "divisions": found.divisions.select_related("member"),
        "led": [r for r in rows if r[0].role == "lead"],
        "supported": [r for r in rows if r[0].role != "lead"],
        "late": sorted((m for m in milestones if m.overdue_due_on), key=lambda m: m.overdue_due_on),
    }
    return render(request, "institutions/detail.html", context)


def not_found(request, exception=None):
    """404: says what was not found and offers ways on. The API gets problem details."""
    detail = str(exception) if exception and exception.args and isinstance(exception.args[0], str) else ""
    if DJANGOS_OWN_404.fullmatch(detail):
        detail = ""  # names a class of the code, in English
    if request.path.startswith("/api/"):
        return problem_response(404, "Not found.", "There is no such address in this API.")
    return render(request, "404.html", {"detail": detail}, status=404)


def csrf_failure(request, reason=""):
    """403: a form was sent without the token that shows that it came from this site."""
    words = _(
        "The form could not be checked: it was open for too long, or cookies are blocked. Go back and send it again."
    )
    return render(request, "403.html", {"exception": words}, status=403)


def server_error(request):
    """500 without a database or a session: whatever broke must not break this page."""
    if request.path.startswith("/api/"):
        return problem_response(500, "Internal error.", "The server failed to answer. The fault has been logged.")
    return render(request, "500.html", status=500)
