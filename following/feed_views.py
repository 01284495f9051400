"""The feeds of a scope: everything that changes in it, and what became overdue."""

from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.pages import with_day

from . import atom
from .answers import conditional
from .facts import load
from .index import KINDS, OVERDUE, Newest
from .periods import Period
from .views import site_of, with_scope

PAGE_SIZE = 50


def page_number(request) -> int:
    """The page that ``?page=`` asks for; a 404 for what is no number."""
    asked = request.GET.get("page", "1")
    if not (asked.isascii() and asked.isdecimal() and 1 <= len(asked) <= 9 and int(asked)):
        raise Http404(_("There is no such page in this list."))
    return int(asked)


def address_of(request, page: int = 1) -> str:
    """The feed's own address, with what it was asked; its first page carries no number."""
    params = request.GET.copy()
    params.pop("page", None)
    if page > 1:
        params["page"] = page
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}" if params else request.path)


def links_of(request, number: int, more: bool) -> dict[str, str]:
    """Relation → address of the feed's other pages (RFC 5005); none where there is one page. The last page is not
    named: to know it, all facts would have to be counted after each change."""
    if number == 1 and not more:
        return {}
    pages = {"first": 1, "previous": number - 1, "next": number + 1 if more else 0}
    return {relation: address_of(request, page) for relation, page in pages.items() if page}


def feed(request, scope, asked, kinds, title: str):
    """50 facts of these kinds, the newest first; as they stood on the day that was asked for."""
    todays = scope.todays()
    number = page_number(request)
    first = (number - 1) * PAGE_SIZE
    rows = Newest(scope, Period(None, asked or max(todays), todays), kinds)[first : first + PAGE_SIZE + 1]
    if number > 1 and not rows:
        raise Http404(_("There is no such page in this list."))
    facts = load(rows[:PAGE_SIZE])
    found = atom.Feed(
        title=scope.marked(title),
        address=address_of(request),
        here=address_of(request, number),
        page=f"{site_of(request)}{scope.page}",
        site=site_of(request),
        facts=facts,
        links=links_of(request, number, more=len(rows) > PAGE_SIZE),
    )
    return conditional(request, atom.write(found), atom.CONTENT_TYPE, atom.newest(facts))


@require_safe
@with_day
@with_scope
def updates(request, scope, asked):
    """Every dated public fact of the scope."""
    return feed(request, scope, asked, KINDS, _("Changes: %(scope)s") % {"scope": scope.title})


@require_safe
@with_day
@with_scope
def overdue(request, scope, asked):
    """The scope's milestones, each when it became overdue."""
    return feed(request, scope, asked, (OVERDUE,), _("What became overdue: %(scope)s") % {"scope": scope.title})
