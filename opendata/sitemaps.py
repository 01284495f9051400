"""Which pages there are, for search engines: an overview, a list a kind of page, each address in every language.

When a page was last changed follows from the facts on it: the newest report, deadline or assessment. Where no fact has
a day, none is given (``last_changes``, ``sitemap_files``).
"""

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemap_views
from django.db.models import F
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.codebooks import CODEBOOKS
from assessments.irm_models import IRMReview
from assessments.models import SelfAssessment
from commitments.kept import kept
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
from milestones.models import Milestone

from .addresses import site_of
from .sitemap_files import ByWhatIsSaid, InEveryLanguage, Published

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


class Pages(InEveryLanguage):
    def rows(self):
        return LISTS

    def location(self, item):
        return reverse(item)


class Members(InEveryLanguage):
    def rows(self):
        return Member.objects.real().only("slug")


class DataOfMembers(Members):
    def location(self, item):
        return reverse("data-of-member", args=[item.slug])


class Plans(ByWhatIsSaid):
    limit = 200  # on each there are many facts to look through
    within = "__plan"

    def rows(self):
        return ActionPlan.objects.real().only("slug")


class Commitments(ByWhatIsSaid):
    limit = 1_000

    def rows(self):
        return Commitment.objects.real().select_related("plan").only("number", "plan__slug")


class Themes(InEveryLanguage):
    def rows(self):
        rows = Theme.objects.filter(plan__member__is_fictional=False).select_related("plan")
        return rows.only("key", "plan__slug")

    def location(self, item):
        return reverse("theme", args=[item.plan.slug, item.key])


class PolicyAreas(InEveryLanguage):
    """Those that tag a commitment."""

    def rows(self):
        return PolicyArea.objects.filter(commitments__isnull=False).distinct().only("slug")

    def location(self, item):
        return reverse("policy-area", args=[item.slug])


class Milestones(InEveryLanguage):
    def rows(self):
        rows = Milestone.objects.real().select_related("commitment__plan")
        return rows.only("position", "commitment__number", "commitment__plan__slug")

    def location(self, item):
        return reverse("milestone", args=[item.commitment.plan.slug, item.commitment.number, item.position])


class Institutions(InEveryLanguage):
    """Those that take part in a commitment: of the others there is nothing to read."""

    def rows(self):
        involved = Involvement.objects.values("institution")
        rows = Institution.objects.real().filter(pk__in=involved).select_related("member")
        return rows.only("key", "member__slug")


class Documents(InEveryLanguage):
    def rows(self):
        return SourceDocument.objects.filter(member__is_fictional=False).only("key")


class SelfAssessments(Published):
    def rows(self):
        rows = SelfAssessment.objects.real().filter(stage=SelfAssessment.Stage.PUBLISHED)
        return rows.annotate(changed_on=F("published_on"))


class Reviews(Published):
    def rows(self):
        return IRMReview.objects.real().public().annotate(changed_on=F("published_on"))


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
    """For one request."""
    return {name: kind() for name, kind in SITEMAPS.items()}


@require_safe
def overview(request):
    """The list of the lists. It is kept: it names every file of every kind."""

    def made() -> tuple[bytes, dict[str, str]]:
        answer = sitemap_views.index(request, one_each(), sitemap_url_name="sitemap-section").render()
        return answer.content, dict(answer.headers)

    content, headers = kept(("sitemap", request.scheme, request.get_host()), made)
    return HttpResponse(content, headers=headers)


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
