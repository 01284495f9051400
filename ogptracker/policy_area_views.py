"""Policy areas: what OGP tags commitments with, across plans and members."""

from functools import partial

from django.db.models import Count
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from commitments.dates import local_dates, shown_day
from commitments.kept import kept_rows
from commitments.models import Commitment, Member, PolicyArea
from commitments.pages import filtered_list, with_day
from commitments.templatetags.record import local_title
from milestones.filters import TrackedCommitmentFilter
from milestones.models import OverduePeriod
from milestones.plan_end import put_unmet
from milestones.querysets import ZONE_OF_COMMITMENT, ZONE_OF_PERIOD

from .progress import LEADS

MOST_MEMBERS = 100  # that an area's page names; of the others a reader chooses one in the filter


def with_numbers(areas, asked) -> list[PolicyArea]:
    """The policy areas of real members' commitments, with how many ``forms`` and ``members`` these are, and how many of
    their milestones are ``late``. Three queries."""
    tags = Commitment.policy_areas.through.objects.filter(commitment__in=Commitment.objects.real().forms())
    counts = {"forms": Count("pk"), "members": Count("commitment__plan__member", distinct=True)}
    tagged = {row["policyarea"]: row for row in kept_rows(tags.order_by().values("policyarea").annotate(**counts))}
    periods = OverduePeriod.objects.of_milestones(asked or local_dates(ZONE_OF_PERIOD)).real().order_by()
    late = dict(kept_rows(periods.values_list("milestone__commitment__policy_areas").annotate(n=Count("pk"))))
    rows = [area for area in areas if area.pk in tagged]
    for area in rows:
        area.forms, area.members = tagged[area.pk]["forms"], tagged[area.pk]["members"]
        area.late = late.get(area.pk, 0)
    return rows


@with_day
def policy_areas(request, asked):
    """Every policy area that a commitment in the record is tagged with."""
    rows = sorted(with_numbers(PolicyArea.objects.all(), asked), key=local_title)
    context = {"rows": rows, "asked": asked, "on": shown_day(asked, ZONE_OF_COMMITMENT)}
    return render(request, "policy_areas/list.html", context)


def members_tagging(area: PolicyArea) -> tuple[list[Member], int]:
    """The ``MOST_MEMBERS`` members with most commitment forms in the area, each with ``forms``, by name; and how many
    members have any. One query, once the numbers are kept."""
    tagged = Commitment.objects.real().forms().filter(policy_areas=area).order_by()
    counts = kept_rows(tagged.values_list("plan__member").annotate(n=Count("pk")).order_by("-n", "plan__member__name"))
    most = dict(counts[:MOST_MEMBERS])
    members = sorted(Member.objects.filter(pk__in=most), key=local_title)
    for member in members:
        member.forms = most[member.pk]
    return members, len(counts)


@with_day
def policy_area(request, slug, asked):
    """One policy area: its commitments, by member, to filter."""
    found = PolicyArea.objects.filter(slug=slug).first()
    if found is None:
        raise Http404(_("There is no policy area of this name."))
    rows = (
        Commitment.objects.filter(policy_areas=found)
        .select_related("plan__member", "theme", "part_of")
        .prefetch_related(LEADS)
        .order_by("plan__member__name", "plan__member", "-plan__number", "position")
    )
    members, number = members_tagging(found)
    context = {
        "area": found,
        "asked": asked,
        "on": shown_day(asked, ZONE_OF_COMMITMENT),
        "members": members,
        "number_of_members": number,
        "left_out": number - len(members),
    }
    filterset = TrackedCommitmentFilter(request.GET or {}, queryset=rows)
    of_page = partial(put_unmet, path="commitment")
    return filtered_list(request, filterset, "policy_areas/detail.html", context, of_page=of_page)
