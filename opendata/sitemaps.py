"""Which pages there are, for search engines: an overview, a list a kind of page, each address in every language.

When a page was last changed follows from the facts on it: the newest report, deadline or assessment. Where no fact has
a day, none is given.
"""

from datetime import date

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemap_views
from django.db.models import F, Max
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from assessments.codebooks import CODEBOOKS
from assessments.irm_models import Coding, IRMReview
from assessments.models import SelfAssessment, SelfAssessmentEntry
from commitments.models import (
    ActionPlan,
    Commitment,
    Institution,
    Involvement,
    Member,
    PolicyArea,
    SourceDocument,
    Theme,
)
from milestones.models import Deadline, Milestone, StatusUpdate

from .addresses import site_of

LISTS = (
    "home",
    "members",
    "compare-members",
    "plans",
    "commitments",
    "milestones",
    "policy-areas",
    "assessments",
    "questions",
    "glossary",
    "overdue",
    "stale",
    "compare",
    "institutions",
    "documents",
    "irm-reviews",
    "irm-codings",
    "codebooks",
    "data",
    "data-dictionary",
)


def newest(*groups: dict[int, date | None]) -> dict[int, date]:
    """Of each key, the latest day that any of the groups has."""
    found: dict[int, date] = {}
    for group in groups:
        for key, day in group.items():
            if day and (key not in found or day > found[key]):
                found[key] = day
    return found


def latest(rows, key: str, day: str) -> dict[int, date | None]:
    """The latest *day* of the rows of each *key*. One query."""
    return dict(rows.order_by().values_list(key).annotate(latest=Max(day)).values_list(key, "latest"))


def changes(key: str) -> dict[int, date]:
    """When something was last said of each commitment, by what *key* leads to from it: ``"pk"``, ``"plan"``. Four
    queries."""
    within = "" if key == "pk" else f"__{key}"
    milestone = f"milestone__commitment{within}"
    entries = SelfAssessmentEntry.objects.filter(assessment__stage=SelfAssessment.Stage.PUBLISHED)
    return newest(
        latest(StatusUpdate.objects.approved(), milestone, "published_on"),
        latest(Deadline.objects.exclude(set_on=None), milestone, "set_on"),
        latest(entries, f"commitment{within}", "assessment__published_on"),
        latest(Coding.objects.public(), f"commitment{within}", "review__published_on"),
    )


class InEveryLanguage(Sitemap):
    """A kind of page, in every language, with its alternates."""

    i18n = True
    alternates = True
    x_default = True
    limit = 10_000  # addresses a file; the protocol allows 50,000, and 50 MB

    @cached_property
    def found(self) -> list:
        return list(self.rows())

    def items(self):
        return self.found

    def get_latest_lastmod(self):
        """The latest day of those that have one."""
        return max((item.changed_on for item in self.found if getattr(item, "changed_on", None)), default=None)


class Dated(InEveryLanguage):
    """Pages whose facts have days; the rows bear the latest as ``changed_on``."""

    def lastmod(self, item):
        return item.changed_on


class Pages(InEveryLanguage):
    def rows(self):
        return LISTS

    def location(self, item):
        return reverse(item)


class Members(InEveryLanguage):
    def rows(self):
        return Member.objects.real().order_by("pk").only("slug")


class DataOfMembers(Members):
    def location(self, item):
        return reverse("data-of-member", args=[item.slug])


class Plans(Dated):
    def rows(self):
        days = changes("plan")
        for row in ActionPlan.objects.real().order_by("pk").only("slug"):
            row.changed_on = days.get(row.pk)
            yield row


class Commitments(Dated):
    def rows(self):
        days = changes("pk")
        rows = Commitment.objects.real().select_related("plan").order_by("pk").only("number", "plan__slug")
        for row in rows:
            row.changed_on = days.get(row.pk)
            yield row


class Themes(InEveryLanguage):
    def rows(self):
        rows = Theme.objects.filter(plan__member__is_fictional=False).select_related("plan")
        return rows.order_by("pk").only("key", "plan__slug")

    def location(self, item):
        return reverse("theme", args=[item.plan.slug, item.key])


class PolicyAreas(InEveryLanguage):
    """Those that tag a commitment."""

    def rows(self):
        return PolicyArea.objects.filter(commitments__isnull=False).distinct().order_by("pk").only("slug")

    def location(self, item):
        return reverse("policy-area", args=[item.slug])


class Milestones(InEveryLanguage):
    def rows(self):
        rows = Milestone.objects.real().select_related("commitment__plan").order_by("pk")
        return rows.only("position", "commitment__number", "commitment__plan__slug")

    def location(self, item):
        return reverse("milestone", args=[item.commitment.plan.slug, item.commitment.number, item.position])


class Institutions(InEveryLanguage):
    """Those that take part in a commitment: of the others there is nothing to read."""

    def rows(self):
        involved = Involvement.objects.values("institution")
        rows = Institution.objects.real().filter(pk__in=involved).select_related("member")
        return rows.order_by("pk").only("key", "member__slug")


class Documents(InEveryLanguage):
    def rows(self):
        return SourceDocument.objects.filter(member__is_fictional=False).order_by("pk").only("key")


class SelfAssessments(Dated):
    def rows(self):
        rows = SelfAssessment.objects.real().filter(stage=SelfAssessment.Stage.PUBLISHED)
        return rows.order_by("pk").annotate(changed_on=F("published_on"))


class Reviews(Dated):
    def rows(self):
        return IRMReview.objects.real().public().order_by("pk").annotate(changed_on=F("published_on"))


class Codebooks(InEveryLanguage):
    def rows(self):
        return CODEBOOKS


SITEMAPS = {
    "pages": Pages,
    "members": Members,
    "data": DataOfMembers,
    "plans": Plans,
    "commitments": Commitments,
    "themes": Themes,
    "milestones": Milestones,
    "policy-areas": PolicyAreas,
    "institutions": Institutions,
    "documents": Documents,
    "self-assessments": SelfAssessments,
    "irm-reviews": Reviews,
    "codebooks": Codebooks,
}


def one_each() -> dict[str, Sitemap]:
    """For one request: each kind reads its rows once."""
    return {name: kind() for name, kind in SITEMAPS.items()}


@require_safe
def overview(request):
    """The list of the lists."""
    return sitemap_views.index(request, one_each(), sitemap_url_name="sitemap-section")


@require_safe
def section(request, section):
    """One list of pages."""
    return sitemap_views.sitemap(request, one_each(), section=section)


@require_safe
def robots(request):
    """What robots may read: everything that is public; and where the list of it is."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /ko/admin/",
        "Disallow: /api/",
        "",
        f"Sitemap: {site_of(request)}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
