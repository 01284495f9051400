"""What can be followed: everything, a member, a plan, a theme, an institution, a commitment.

A ``Scope`` says what it is called, where its page is, and which commitments are in it; pages, feeds, calendars and
mails all ask it. A ``Level`` says at which addresses scopes of one kind are found, and how. Making a scope of a row
that is at hand asks nothing of the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db.models import Model, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from commitments.dates import local_date, zones_by_day
from commitments.models import ActionPlan, Commitment, Institution, Member, Theme
from commitments.templatetags.record import local_title

ANSWERABLE = ("lead", "co_owner")  # whose promises an institution's followers are told of


@dataclass(frozen=True)
class Scope:
    """Something to follow. ``row`` is what it is about, None for everything and for a search; ``where`` are the words
    of its addresses; ``question`` the parameters of a search, as an address has them."""

    level: str
    words: Callable[[], str]
    commitments: Callable[[date], QuerySet]  # in it on the day
    plans: Callable[[], QuerySet] = ActionPlan.objects.none  # those that it covers as a whole
    row: Model | None = None
    member: Member | None = None
    where: tuple[str, ...] = ()
    question: str = ""
    home: Callable[[], str] | None = None  # the path of its page, where that is not the row's own

    @property
    def title(self) -> str:
        """What it is called, in the language of the moment."""
        return self.words()

    @property
    def page(self) -> str:
        """The path of its page, in the language of the moment."""
        return self.home() if self.home else self.row.get_absolute_url()

    def address(self, ending: str) -> str:
        """The path of one of its addresses in the language of the moment: "changes", "updates", "deadlines" …"""
        path = reverse(f"{self.level}-{ending}", args=self.where)
        return f"{path}?{self.question}" if self.question else path

    @property
    def is_within_a_plan(self) -> bool:
        return self.level in ("plan", "theme", "commitment")

    @property
    def is_fictional(self) -> bool:
        return self.member is not None and self.member.is_fictional

    def marked(self, words: str) -> str:
        """The words; of what is fictional they say so before anything else."""
        return _("Fictional, for training: %(subject)s") % {"subject": words} if self.is_fictional else words

    def todays(self) -> dict[date, list[str]]:
        """Today → the time zones in which it is that day: of its member, else of all members (one query)."""
        if self.member:
            return {today_of(self.member): [self.member.time_zone]}
        return zones_by_day() or {today_of(None): []}

    def today(self) -> date:
        """The day that its pages call today: its member's, else the one that has come everywhere (one query)."""
        return min(self.todays())


@dataclass(frozen=True)
class Level:
    """One kind of scope: the beginning of its addresses, and the scope that the words of an address name."""

    name: str
    prefix: str
    find: Callable[..., Scope]  # called with the request's parameters and the words of the address; may raise Http404


# Of rows at hand ------------------------------------------------------------------------------------------------------
def everything() -> Scope:
    return Scope(
        level="site",
        words=lambda: _("all plans"),
        commitments=lambda on: Commitment.objects.real(),
        plans=ActionPlan.objects.real,
        home=lambda: reverse("home"),
    )


def of_member(row: Member) -> Scope:
    return Scope(
        level="member",
        words=lambda: local_title(row),
        commitments=lambda on: Commitment.objects.filter(plan__member=row.pk),
        plans=lambda: ActionPlan.objects.filter(member=row.pk),
        row=row,
        member=row,
        where=(row.slug,),
    )


def of_plan(row: ActionPlan) -> Scope:
    return Scope(
        level="plan",
        words=lambda: f"{local_title(row.member)}: {local_title(row)}",
        commitments=lambda on: Commitment.objects.filter(plan=row.pk),
        plans=lambda: ActionPlan.objects.filter(pk=row.pk),
        row=row,
        member=row.member,
        where=(row.slug,),
    )


def of_theme(row: Theme) -> Scope:
    """The theme's commitments and their parts."""
    return Scope(
        level="theme",
        words=lambda: f"{local_title(row.plan.member)}: {local_title(row)}",
        commitments=lambda on: Commitment.objects.filter(Q(theme=row.pk) | Q(part_of__theme=row.pk)),
        row=row,
        member=row.plan.member,
        where=(row.plan.slug, row.key),
        home=lambda: f"{row.plan.get_absolute_url()}#theme-{row.key}",
    )


def of_institution(row: Institution) -> Scope:
    """What the institution, or a division of it, leads; for civil society what it co-owns."""
    tree = cache(lambda: Institution.objects.tree_ids(row.pk))
    return Scope(
        level="institution",
        words=lambda: local_title(row),
        commitments=lambda on: answered_for(tree()),
        row=row,
        member=row.member,
        where=(row.member.slug, row.key),
    )


def answered_for(institutions: set[int]) -> QuerySet:
    parts = Commitment.institutions.through.objects.filter(role__in=ANSWERABLE, institution__in=institutions)
    return Commitment.objects.filter(pk__in=parts.values("commitment"))


def of_commitment(row: Commitment) -> Scope:
    """The commitment and its parts."""
    return Scope(
        level="commitment",
        words=lambda: (
            _("%(member)s: commitment %(number)s, %(title)s")
            % {"member": local_title(row.plan.member), "number": row.number, "title": local_title(row)}
        ),
        commitments=lambda on: Commitment.objects.filter(Q(pk=row.pk) | Q(part_of=row.pk)),
        row=row,
        member=row.plan.member,
        where=(row.plan.slug, row.number),
    )


OF = {
    Member: of_member,
    ActionPlan: of_plan,
    Theme: of_theme,
    Institution: of_institution,
    Commitment: of_commitment,
}


def scope_of(row: Model | None) -> Scope:
    """The scope of a row that came with its plan and member; everything, for None."""
    return everything() if row is None else OF[type(row)](row)


# By the words of an address -------------------------------------------------------------------------------------------
def find_member(data, slug) -> Scope:
    return of_member(get_object_or_404(Member, slug=slug))


def find_plan(data, slug) -> Scope:
    return of_plan(get_object_or_404(ActionPlan.objects.select_related("member"), slug=slug))


def find_theme(data, slug, key) -> Scope:
    return of_theme(get_object_or_404(Theme.objects.select_related("plan__member"), plan__slug=slug, key=key))


def find_institution(data, member_slug, key) -> Scope:
    rows = Institution.objects.select_related("member")
    return of_institution(get_object_or_404(rows, member__slug=member_slug, key=key))


def find_commitment(data, slug, number) -> Scope:
    rows = Commitment.objects.select_related("plan__member")
    return of_commitment(get_object_or_404(rows, plan__slug=slug, number=number))


SITE = Level("site", "", lambda data: everything())
MEMBER = Level("member", "members/<slug:slug>/", find_member)
PLAN = Level("plan", "plans/<slug:slug>/", find_plan)
THEME = Level("theme", "plans/<slug:slug>/themes/<slug:key>/", find_theme)
INSTITUTION = Level("institution", "institutions/<slug:member_slug>/<slug:key>/", find_institution)
COMMITMENT = Level("commitment", "plans/<slug:slug>/commitments/<str:number>/", find_commitment)


def today_of(member: Member | None) -> date:
    """Today where the member is; without one, where the server counts days."""
    return local_date(member.time_zone if member else "UTC")
