"""The search: one box, what narrows the results, and why each was found."""

from django.core.paginator import EmptyPage, PageNotAnInteger
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.exports import file_response
from commitments.pages import with_day

from .exports import table
from .facets import Narrowing, narrowing
from .filters import SearchFilter, Sort
from .results import Results, institutions_named, with_states
from .scope import question_of

SHOWN_OPTIONS = 6  # of a facet; the others are behind "more"


def page_of(request, results: Results):
    try:
        return results.page(request.GET.get("page", 1))
    except (PageNotAnInteger, EmptyPage) as error:
        words = _("This list has %(pages)s pages; there is no such page in it.") % {"pages": results.num_pages}
        raise Http404(words) from error


def answered(data) -> tuple[SearchFilter, Narrowing]:
    """The question's filter and what is said of its results; with none for the whole words, of those that begin with
    them."""
    filterset = SearchFilter(data)
    if not filterset.is_valid():
        return filterset, Narrowing(0, [])
    found = narrowing(filterset)
    if found.number or not filterset.asked:
        return filterset, found
    wider = SearchFilter(data, begins=True)
    wider.is_valid()
    more = narrowing(wider)
    return (wider, more) if more.number else (filterset, found)


@require_safe
@with_day
def search(request, asked):
    """Everything that is known on the day and matches: plans, commitments, milestones, reports, assessments."""
    filterset, found = answered(request.GET)
    context = {"filter": filterset, "asked": asked, "valid": filterset.is_valid(), "sorts": Sort.CHOICES}
    if not filterset.is_valid():
        return render(request, "search/search.html", context, status=400)
    results = Results(filterset, found)
    page = page_of(request, results)
    words = filterset.form.cleaned_data["q"]
    context |= {
        "on": filterset.on,
        "rows": page,
        "results": with_states(page.object_list, filterset.on),
        "facets": found.facets,
        "chosen": [(facet, facet.chosen) for facet in found.facets if facet.chosen],
        "institutions": institutions_named(words) if words else [],
        "sort": filterset.form.cleaned_data["sort"] or ("relevance" if filterset.asked else "plan"),
        "shown_options": SHOWN_OPTIONS,
        "question": question_of(request.GET),
    }
    return render(request, "search/search.html", context)


@require_safe
@with_day
def search_file(request, ending, asked):
    """The same results, all of them, as a file."""
    filterset, _found = answered(request.GET)
    if not filterset.is_valid():
        return search(request)
    site = f"{request.scheme}://{request.get_host()}"
    return file_response(request, table(filterset, filterset.on, site, reverse("search")), ending)
