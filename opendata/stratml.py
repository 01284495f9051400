"""A plan in Strategy Markup Language, Part 1 (ISO 17469-1): themes are its goals, commitments its objectives.

What the plan does not state is an empty element where the language has a place for it, and left out where it need not
stand. A description that the plan does not have is not made up: where the language demands one it is empty.
"""

import xml.etree.ElementTree as ElementTree
from collections import defaultdict

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.packages import plain
from commitments.models import ActionPlan, Commitment, DatePrecision, Institution, Involvement, Theme
from commitments.record_exports import body_name

from .addresses import site_of

NAMESPACE = "urn:ISO:std:iso:17469:tech:xsd:stratml_core"
ROLES = dict(Involvement.Role.choices)
ElementTree.register_namespace("", NAMESPACE)


@require_safe
def stratml(request, slug):
    """The plan as a StratML document."""
    plan = get_object_or_404(
        ActionPlan.objects.select_related("member__point_of_contact__parent__parent", "document"), slug=slug
    )
    if not plan.commitments.forms().exists():
        raise Http404(_("The sources do not itemise this plan: there is no objective to write down."))
    with translation.override(settings.LANGUAGE_CODE):  # the record's texts are in their source's language
        made = document(plan, site_of(request))
    answer = HttpResponse(made, content_type="application/xml")
    answer["Content-Disposition"] = f'inline; filename="{plan.slug}-stratml.xml"'
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def document(plan: ActionPlan, site: str) -> bytes:
    """The whole document, in the order that the language prescribes. Four queries, however many commitments."""
    root = ElementTree.Element(f"{{{NAMESPACE}}}StrategicPlan")
    add(root, "Name", plan.title)
    add(root, "Description", _("An action plan of the Open Government Partnership."))
    add(root, "OtherInformation", about(plan, site))
    core = add(root, "StrategicPlanCore")
    add_organization(core, plan)
    for name in ("Vision", "Mission"):  # no action plan states one
        add(add(core, name), "Description", "")
    for number, (theme, commitments) in enumerate(goals(plan), 1):
        add_goal(core, number, theme, commitments)
    add_administration(root, plan, site)
    ElementTree.indent(root, space=" ")
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    """A new element below *parent*; its text without what XML cannot hold."""
    found = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        found.text = plain(text)
    return found


def about(plan: ActionPlan, site: str) -> str:
    """What the language has no element for."""
    words = [
        _("Member") + f": {plan.member.name}",
        _("Period as published") + f": {plan.period_wording or _('Not stated in the source')}",
        *([_("OGP id") + f": {plan.ogp_id}"] if plan.ogp_id else []),
        *([_("Source") + f": {plan.document.title}"] if plan.document else []),
        _("Written by the OGP tracker from its record; texts are summaries in its own words: %(address)s")
        % {"address": f"{site}{plan.get_absolute_url()}"},
    ]
    return "\n".join(words)


def add_organization(core: ElementTree.Element, plan: ActionPlan) -> None:
    """The government, with the institution that coordinates OGP for it."""
    found = add(core, "Organization")
    add(found, "Name", plan.member.name)
    add(found, "Acronym", plan.member.code)
    add(found, "Identifier", f"member-{plan.member.slug}")
    if contact := plan.member.point_of_contact:
        add_stakeholder(found, contact, _("Point of contact"))


def goals(plan: ActionPlan) -> list[tuple[Theme | None, list[Commitment]]]:
    """Each theme with its commitments; what has no theme comes last. Parts stand for what they are part of."""
    parts = Involvement.objects.select_related("institution__parent__parent").order_by("role", "position", "pk")
    rows = plan.commitments.forms().select_related("part_of").prefetch_related(Prefetch("involvements", parts))
    by_theme = defaultdict(list)
    for row in rows.order_by("position", "pk"):
        by_theme[row.theme_id].append(row)
    found = [(theme, by_theme[theme.pk]) for theme in plan.themes.order_by("position", "pk")]
    loose = by_theme[None]
    return [*found, (None, loose)] if loose else found


def add_goal(core: ElementTree.Element, number: int, theme: Theme | None, commitments: list[Commitment]) -> None:
    goal = add(core, "Goal")
    add(goal, "Name", theme.title if theme else _("Commitments without a theme"))
    add(goal, "Description", theme.description if theme else "")
    add(goal, "Identifier", f"theme-{theme.key}" if theme else "theme-none")
    add(goal, "SequenceIndicator", (theme and theme.number) or str(number))
    for commitment in commitments:
        add_objective(goal, commitment)


def add_objective(goal: ElementTree.Element, commitment: Commitment) -> None:
    objective = add(goal, "Objective")
    add(objective, "Name", commitment.title)
    add(objective, "Description", commitment.description)
    add(objective, "Identifier", f"commitment-{commitment.pk}")
    add(objective, "SequenceIndicator", commitment.number)
    for part in commitment.involvements.all():
        add_stakeholder(objective, part.institution, str(ROLES[part.role]))
    if other := about_commitment(commitment):
        add(objective, "OtherInformation", other)


def about_commitment(commitment: Commitment) -> str:
    """What else the plan says of it that has no element of its own."""
    upper = commitment.part_of
    facts = [
        (_("OGP id"), "" if commitment.ogp_id_inferred else commitment.ogp_id),
        (_("Part of"), f"{upper.number}. {upper.title}" if upper else ""),
        (_("OGP values as stated"), commitment.values_as_stated),
        (_("Other actors, as stated"), commitment.others_as_stated),
        (_("Start as published"), commitment.starts_wording),
        (_("End as published"), commitment.ends_wording),
    ]
    return "\n".join(f"{title}: {words}" for title, words in facts if words)


def add_stakeholder(parent: ElementTree.Element, institution: Institution, role: str) -> None:
    found = add(parent, "Stakeholder")
    kind = "Generic_Group" if institution.kind == Institution.Kind.WORKING_GROUP else "Organization"
    found.set("StakeholderTypeType", kind)
    add(found, "Name", body_name(institution))
    add(found, "Description", role)


def add_administration(root: ElementTree.Element, plan: ActionPlan, site: str) -> None:
    """Dates that are stated. A period known to the year begins on its first and ends on its last day."""
    found = add(root, "AdministrativeInformation")
    for name, day in (("StartDate", plan.starts_on), ("EndDate", plan.ends_on), ("PublicationDate", printed_on(plan))):
        if day:
            add(found, name, day.isoformat())
    source = plan.document.link if plan.document else ""
    add(found, "Source", source or f"{site}{reverse('plan', args=[plan.slug])}")


def printed_on(plan: ActionPlan):
    """The day on which the plan was published, where it is known to the day."""
    document = plan.document
    is_known = document and document.published_precision in ("", DatePrecision.DAY)
    return document.published_on if is_known else None
