"""The pages nearest to an address that does not exist: of the plan, the commitment or the member that it names."""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches

from commitments.models import ActionPlan, Commitment, Member

OF_PLAN = re.compile(r"/plans/(?P<slug>[\w-]+)(?:/commitments/(?P<number>[^/]{1,20}))?")
OF_MEMBER = re.compile(r"/(?:members|institutions)/(?P<slug>[\w-]+)")
SHOWN = 5


@dataclass
class Nearest:
    """Rows whose pages exist, the nearest first; empty where the address names nothing of the record."""

    member: Member | None = None
    plan: ActionPlan | None = None
    plans: list[ActionPlan] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)


def member_named(slug: str) -> Member | None:
    """The member of that address name, or the one whose plans' names begin like it: "kr-9" is the Republic of
    Korea's."""
    names = [slug, slug.rsplit("-", 1)[0]]
    plan = ActionPlan.objects.filter(slug__startswith=f"{names[1]}-").select_related("member").order_by("pk").first()
    return Member.objects.filter(slug__in=names).order_by("slug").first() or (plan and plan.member)


def neighbouring(plan: ActionPlan, number: str) -> list[Commitment]:
    """The plan's commitments whose numbers look most like the one asked for, in the plan's order; else its first."""
    rows = {row.number: row for row in plan.commitments.select_related("plan").order_by("position")}
    alike = set(get_close_matches(number, rows, n=SHOWN, cutoff=0.3))
    alike |= {known for known in rows if known.split("-")[0].split(".")[0] == number.split("-")[0].split(".")[0]}
    found = [row for known, row in rows.items() if known in alike] or list(rows.values())
    return found[:SHOWN]


def nearest(path: str) -> Nearest:
    """At most four queries, however odd the address."""
    if asked := OF_PLAN.search(path):
        plan = ActionPlan.objects.filter(slug=asked["slug"]).select_related("member").first()
        if plan:
            number = asked["number"] or ""
            return Nearest(member=plan.member, plan=plan, commitments=neighbouring(plan, number) if number else [])
        return of_member(member_named(asked["slug"]))
    if asked := OF_MEMBER.search(path):
        return of_member(member_named(asked["slug"]))
    return Nearest()


def of_member(member: Member | None) -> Nearest:
    return Nearest(member=member, plans=list(member.plans.order_by("-number")[:SHOWN])) if member else Nearest()
