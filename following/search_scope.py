"""The results of a search as something to follow. It works once ``LEVELS`` names ``SEARCH`` (``levels``), and the
``search`` app has a page called ``search``."""

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from search.scope import matching_commitments, words

from .scopes import Level, Scope

OF_THE_PAGE = ("page", "as_of", "since", "until")  # parameters that ask for a part or a day, and are no question
LONGEST_WORDS = 100


def question_of(data: QueryDict) -> QueryDict:
    """What is searched for: the same for every page and day of its results."""
    found = QueryDict(mutable=True)
    for name in sorted(data.keys() - set(OF_THE_PAGE)):
        if values := [value for value in data.getlist(name) if value]:
            found.setlist(name, values)
    return found


def search_words(question: QueryDict) -> str:
    return _("search: %(words)s") % {"words": Truncator(words(question)).chars(LONGEST_WORDS)}


def of_search(data: QueryDict) -> Scope:
    question = question_of(data)
    encoded = question.urlencode()
    if not encoded:
        raise Http404(_("Search for something first: then its results can be followed."))
    return Scope(
        level="search",
        words=lambda: search_words(question),
        commitments=lambda on: matching_commitments(question, on),
        question=encoded,
        home=lambda: f"{reverse('search')}?{encoded}",
    )


SEARCH = Level("search", "search/", of_search)
