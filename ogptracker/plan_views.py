"""Action plans: the list, one plan with its themes, its timeline and how it was made, and one theme of it."""

from collections import defaultdict
from functools import partial

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from assessments.models import IRMReview, SelfAssessment, Snapshot
from assessments.snapshot_views import files_on
from commitments.dates import local_date, shown_day, six_months_before
from commitments.models import ActionPlan, Theme
from commitments.pages import filtered_list, with_day
from milestones.filters import PlanFilter
from milestones.models import Milestone, StatusUpdate
from milestones.plan_end import put_unmet
from milestones.querysets import stale
from milestones.readings import put_readings_on
from milestones.timeline import plan_timeline

from .exporting import exporting
from .progress import Row, by_institution, by_theme, rows_of, whole

ZONE_OF_PLAN = "member__time_zone"
WITH_DEADLINES = Milestone.objects.prefetch_related("deadlines")


@with_day
def plans(request, asked):
    """Plans of real members, to filter, the newest of each member first."""
    rows = (
        ActionPlan.objects.with_counts()
        .select_related("member", "document")
        .order_by("member__name", "member", "-number")
    )
    filterset = PlanFilter(request.GET or {}, queryset=rows)
    context = {"asked": asked, "on": shown_day(asked, ZONE_OF_PLAN)}
    of_page = partial(put_unmet, path="commitment__plan")
    return filtered_list(request, filterset, "plans/list.html", context, of_page=of_page)


def funnel(plan: ActionPlan):
    """The co-creation steps. Only those that count what goes in or what comes out are drawn to scale."""
    steps = list(plan.cocreation_steps.select_related("document"))
    for step in steps:
        step.is_drawn = bool(step.count) and step.unit in (steps[0].unit, steps[-1].unit)
    return steps


def reports_of(plan: ActionPlan, on) -> dict[int, list[StatusUpdate]]:
    """The ministries' reports known on the day, by milestone: the dots of the timeline."""
    found = defaultdict(list)
    for update in StatusUpdate.objects.known(on).of_ministries().filter(milestone__commitment__plan=plan):
        found[update.milestone_id].append(update)
    return found


def whole_timeline(plan: ActionPlan, rows: list[Row], on):
    """The plan's commitments in time, a row each."""
    put_readings_on([milestone for row in rows for milestone in row.milestones], plan, on)
    return plan_timeline(plan, [(row.commitment, row.milestones) for row in rows], on, reports_of(plan, on))


@with_day
def plan(request, slug, asked):
    """A plan: where it stands, its themes and commitments, its timeline, how it was made, its documents."""
    found = get_object_or_404(
        ActionPlan.objects.with_counts().select_related("member", "document", "public_influence_document"), slug=slug
    )
    on = asked or local_date(found.member.time_zone)
    rows = rows_of(found.commitments.order_by("position"), on, WITH_DEADLINES.with_met(on))
    progress = whole(rows)
    found.milestone_count = progress.total
    steps = funnel(found)
    context = {
        "plan": found,
        "member": found.member,
        "on": on,
        "asked": asked,
        "rows": rows,
        "imported": sum(row.commitment.document_id == found.document_id for row in rows),
        "themes": by_theme(found.themes.select_related("plan", "background_document"), rows),
        "institutions": by_institution(rows),
        "tally": progress,
        "timeline": whole_timeline(found, rows, on),
        "stale": stale(found.commitments.all(), on, six_months_before(on)).count(),
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


def find_theme(slug: str, key: str) -> Theme:
    themes = Theme.objects.select_related("plan__member", "background_document", "document")
    try:
        return themes.get(plan__slug=slug, key=key)
    except Theme.DoesNotExist:
        raise Http404(_("Plan %(plan)s has no theme of this name.") % {"plan": slug}) from None


@with_day
def theme(request, slug, key, asked):
    """A theme of a plan: what it is about, its commitments, and who leads them."""
    found = find_theme(slug, key)
    on = asked or local_date(found.plan.member.time_zone)
    rows = rows_of(found.commitments.order_by("position"), on, Milestone.objects.with_met(on))
    context = {
        "theme": found,
        "plan": found.plan,
        "member": found.plan.member,
        "on": on,
        "asked": asked,
        "rows": rows,
        "forms": sum(row.commitment.is_form for row in rows),
        "commitments": sum(row.commitment.part_of_id is None for row in rows),
        "tally": whole(rows),
        "institutions": by_institution(rows),
        "ended": found.plan.ended(on),
        "others": found.plan.themes.exclude(pk=found.pk).select_related("plan"),
    }
    return render(request, "plans/theme.html", context)
