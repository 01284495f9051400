"""A commitment as a small page of its own, for other sites to show in a frame."""

from csp.decorators import csp_replace
from django.http import Http404
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from assessments.known import codings_known, entries_known
from commitments.dates import local_date
from commitments.models import Commitment, Involvement
from commitments.pages import with_day
from milestones.models import Milestone
from milestones.states import tally

FRESH = 600  # seconds for which a frame may be shown without asking


def find(slug: str, number: str) -> Commitment:
    """A commitment that has a form of its own."""
    rows = Commitment.objects.forms().select_related("plan__member")
    found = rows.filter(plan__slug=slug, number=number).first() if "\0" not in number else None
    if found is None:
        raise Http404(_("Plan %(plan)s has no commitment numbered %(number)s.") % {"plan": slug, "number": number})
    return found


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@with_day
def card(request, slug, number, asked):
    """The card: the number, the title, who leads, what the three voices say, what is late, and of which day it is."""
    found = find(slug, number)
    on = asked or local_date(found.plan.member.time_zone)
    milestones = Milestone.objects.filter(commitment=found).with_state(on)
    leads = Involvement.objects.filter(commitment=found, role=Involvement.Role.LEAD)
    context = {
        "commitment": found,
        "plan": found.plan,
        "member": found.plan.member,
        "on": on,
        "asked": asked,
        "leads": leads.select_related("institution__parent__parent").order_by("position", "pk"),
        "tally": tally(milestones, found.plan),
        "entry": entries_known(on).filter(commitment=found).last(),
        "coding": codings_known(on).filter(commitment=found).last(),
        "ended": found.plan.ended(on),
    }
    answer = render(request, "opendata/card.html", context)
    patch_cache_control(answer, public=True, max_age=FRESH)
    return answer
