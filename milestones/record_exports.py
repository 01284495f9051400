"""The columns of lists of plans, commitments and milestones, with what was due, reported and late on their day."""

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy

from commitments.exports import Column, Value
from commitments.models import ActionPlan, Commitment, Involvement
from commitments.templatetags.record import local_title

from .api import CommitmentViewSet
from .exports import commitment_columns, lead_names, page_of, state_label
from .models import Milestone
from .readings import CORRECTIONS, put_reading, reading_after
from .states import met_late_of, most_days_late

LEADING = Involvement.objects.filter(role="lead").select_related("institution__parent__parent").order_by("position")


def yes_no(value: bool) -> str:
    """For machines, the same in every language."""
    return "true" if value else "false"


def source_key(row) -> str:
    return row.document.key if row.document else ""


# Plans ----------------------------------------------------------------------------------------------------------------
def plans_in_order():
    rows = ActionPlan.objects.with_counts().select_related("member", "document")
    return rows.order_by("member__name", "member_id", "-number")


def commitments_of(plan: ActionPlan) -> Value:
    """Parts not counted; as a source states when the plan is not itemised."""
    return plan.itemised_commitments if plan.is_itemised else plan.stated_commitment_count


def if_itemised(plan: ActionPlan, count: int) -> Value:
    return count if plan.is_itemised else None


def plan_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Id"), lambda row: row.pk, 8),
        Column(gettext_lazy("Member"), lambda row: local_title(row.member), 20),
        Column(gettext_lazy("Plan"), lambda row: row.slug, 8),
        Column(gettext_lazy("Number"), lambda row: row.number, 8),
        Column(gettext_lazy("OGP id"), lambda row: row.ogp_id, 12),
        Column(gettext_lazy("Title"), local_title, 50),
        Column(gettext_lazy("Stage"), lambda row: row.get_stage_display(), 14),
        Column(gettext_lazy("Period as published"), lambda row: row.period_wording, 24),
        Column(gettext_lazy("Starts on"), lambda row: row.starts_on, 12),
        Column(gettext_lazy("Ends on"), lambda row: row.ends_on, 12),
        Column(gettext_lazy("Precision of the period"), lambda row: row.get_period_precision_display(), 12),
        Column(gettext_lazy("Commitments, parts not counted"), commitments_of, 12),
        Column(gettext_lazy("Commitments are itemised"), lambda row: yes_no(row.is_itemised), 10),
        Column(gettext_lazy("Commitment forms"), lambda row: if_itemised(row, row.forms), 12),
        Column(gettext_lazy("Milestones"), lambda row: if_itemised(row, row.milestone_count), 12),
        Column(gettext_lazy("Milestones overdue"), lambda row: if_itemised(row, row.overdue_count), 12),
        Column(gettext_lazy("As of"), lambda row: row.as_of, 12),
        Column(gettext_lazy("Source"), source_key, 20),
        Column(gettext_lazy("Section of the source"), lambda row: row.section, 30),
        Column(
            gettext_lazy("Address of the page"),
            lambda row: f"{site}{row.get_absolute_url()}?as_of={row.as_of.isoformat()}",
            60,
        ),
    ]


# Commitments ----------------------------------------------------------------------------------------------------------
def commitments_in_order():
    """The rows of the API, in the order of the page."""
    place = ("plan__member__name", "plan__member_id", "-plan__number", "position", "pk")
    return CommitmentViewSet.queryset.select_related("plan__member").order_by(*place)


def area_names(commitment: Commitment) -> str:
    return "; ".join(area.slug for area in commitment.policy_areas.all())


def commitment_list_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Id"), lambda row: row.pk, 8),
        *commitment_columns(lambda row: row),
        Column(gettext_lazy("Part of"), lambda row: row.part_of.number if row.part_of else "", 10),
        Column(gettext_lazy("Theme"), lambda row: local_title(row.theme) if row.theme else "", 40),
        Column(gettext_lazy("Lead institutions"), lead_names, 50),
        Column(gettext_lazy("OGP values as stated"), lambda row: row.values_as_stated, 40),
        Column(gettext_lazy("OGP values, standard names"), lambda row: "; ".join(row.values), 40),
        Column(gettext_lazy("Policy areas"), area_names, 30),
        Column(gettext_lazy("Start as published"), lambda row: row.starts_wording, 20),
        Column(gettext_lazy("End as published"), lambda row: row.ends_wording, 20),
        Column(gettext_lazy("Milestones"), lambda row: row.milestone_count, 10),
        Column(gettext_lazy("Milestones overdue"), lambda row: row.overdue_count, 10),
        Column(gettext_lazy("As of"), lambda row: row.as_of, 12),
        Column(gettext_lazy("Source"), source_key, 20),
        Column(gettext_lazy("Section of the source"), lambda row: row.section, 30),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{page_of(row, row.as_of)}", 60),
    ]


# Milestones -----------------------------------------------------------------------------------------------------------
def milestones_in_order():
    leads = Prefetch("commitment__involvements", LEADING, to_attr="leads")
    rows = Milestone.objects.select_related("commitment__plan__member", "document")
    return rows.prefetch_related(leads, "deadlines", CORRECTIONS)


def as_read(milestone: Milestone) -> Milestone:
    """The milestone with the reading of its words that held on its day; worked out once a row."""
    if not getattr(milestone, "is_as_read", False):
        if milestone.corrections.all():
            correction = milestone.correction_on(milestone.as_of)
            put_reading(milestone, reading_after(milestone, milestone.commitment.plan, correction))
        milestone.is_as_read = True
    return milestone


def last_due(milestone: Milestone) -> Value:
    return max((row.due_on for row in milestone.deadlines_in_force(milestone.as_of)), default=None)


def due_days(milestone: Milestone) -> str:
    """Each deadline in force on the day: "2021-06-30; 2021-12-31"."""
    return "; ".join(f"{row.due_on:%Y-%m-%d}" for row in milestone.deadlines_in_force(milestone.as_of))


def days_overdue(milestone: Milestone) -> int:
    return (milestone.as_of - milestone.overdue_due_on).days if milestone.overdue_due_on else 0


def milestone_page(milestone: Milestone) -> str:
    return f"{page_of(milestone.commitment, milestone.as_of)}#milestone-{milestone.position}"


def milestone_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Id"), lambda row: row.pk, 8),
        *commitment_columns(lambda row: row.commitment),
        Column(gettext_lazy("Milestone position"), lambda row: row.position, 10),
        Column(gettext_lazy("Sub-heading"), lambda row: row.group, 30),
        Column(gettext_lazy("Milestone title"), local_title, 60),
        Column(gettext_lazy("Lead institutions"), lambda row: lead_names(row.commitment), 50),
        Column(gettext_lazy("Start as published"), lambda row: row.published_start, 20),
        Column(gettext_lazy("End as published"), lambda row: row.published_end, 20),
        Column(gettext_lazy("Starts on"), lambda row: as_read(row).starts_on, 12),
        Column(gettext_lazy("Last due date"), last_due, 12),
        Column(gettext_lazy("Precision of the due date"), lambda row: as_read(row).get_due_precision_display(), 12),
        Column(gettext_lazy("Due dates in force"), due_days, 24),
        Column(gettext_lazy("Cadence"), lambda row: as_read(row).get_cadence_display(), 12),
        Column(gettext_lazy("Open-ended"), lambda row: yes_no(as_read(row).open_ended), 10),
        Column(gettext_lazy("Dates readable"), lambda row: yes_no(as_read(row).readable), 10),
        Column(gettext_lazy("Status reported"), state_label, 14),
        Column(gettext_lazy("Status date"), lambda row: row.status_on, 12),
        Column(gettext_lazy("Overdue"), lambda row: yes_no(row.overdue_due_on is not None), 10),
        Column(gettext_lazy("Days late"), days_overdue, 10),
        Column(gettext_lazy("Met late"), lambda row: yes_no(bool(met_late_of(row))), 10),
        Column(gettext_lazy("Days late when met"), most_days_late, 10),
        Column(gettext_lazy("As of"), lambda row: row.as_of, 12),
        Column(gettext_lazy("Source"), source_key, 20),
        Column(gettext_lazy("Section of the source"), lambda row: row.section, 30),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{milestone_page(row)}", 60),
    ]
