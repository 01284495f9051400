"""What public pages share: the day a page is about, lists that filter and turn pages, and errors that help."""

from bisect import bisect_left, bisect_right
from functools import cached_property, wraps
from itertools import accumulate
from typing import NamedTuple

from django import forms
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Count, QuerySet
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .kept import kept_count, kept_rows

PAGE_SIZE = 50
PLACED_ELSEWHERE = {"as_of", "page", "q"}  # parameters that stand outside a list's further filters


class AsOfForm(forms.Form):
    """The day whose record the reader wants to see; empty means today."""

    as_of = forms.DateField(
        required=False,
        label=gettext_lazy("As it stood on"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("This is not a date. Write it as year-month-day: 2021-11-15.")},
    )


def with_day(view):
    """Gives the view ``asked`` (the date in ``?as_of=``, or None); a bad one is answered with the form, status 400."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        form = AsOfForm(request.GET if "as_of" in request.GET else None)
        if form.is_bound and not form.is_valid():
            return render(request, "bad_day.html", {"form": form}, status=400)
        asked = form.cleaned_data["as_of"] if form.is_bound else None
        return view(request, *args, asked=asked, **kwargs)

    return wrapped


class Places(NamedTuple):
    """The members' keys in the order of a list, and how many of its rows there are up to the end of each."""

    members: list[int]
    ends: list[int]

    def count(self) -> int:
        return self.ends[-1] if self.ends else 0

    def of(self, wanted: slice) -> tuple[list[int], slice]:
        """The members that have these rows, and where among theirs they stand."""
        first, last = bisect_right(self.ends, wanted.start), bisect_left(self.ends, wanted.stop)
        skipped = self.ends[first - 1] if first else 0
        return self.members[first : last + 1], slice(wanted.start - skipped, wanted.stop - skipped)


class RowsByMember:
    """A list of any length whose order begins with the name and the key of the member.

    *counts* gives ``(member, number of rows)`` in that order: it tells which members a page needs, so that a page costs
    the same however long the list is and however far behind it stands. *path* leads from a row to its member.
    """

    ordered = True  # what a paginator wants to know

    def __init__(self, rows, counts, path: str):
        self.rows, self.counts, self.path = rows, counts, path

    @cached_property
    def places(self) -> Places:
        found = kept_rows(self.counts) if isinstance(self.counts, QuerySet) else list(self.counts)
        return Places([member for member, _number in found], list(accumulate(number for _member, number in found)))

    def count(self) -> int:
        return self.places.count()

    def __getitem__(self, wanted: slice):
        members, place = self.places.of(wanted)
        return self.rows.filter(**{f"{self.path}__in": members})[place]


class KeptPages:
    """A list whose order has to be worked out over all its rows, such as that of a search: which rows stand on a page
    is kept, and they alone are read, from *shown*."""

    ordered = True  # what a paginator wants to know

    def __init__(self, rows: QuerySet, shown: QuerySet):
        self.rows, self.shown = rows, shown

    def count(self) -> int:
        return kept_count(self.rows)

    def __getitem__(self, wanted: slice) -> list:
        keys = kept_rows(self.rows.values_list("pk", flat=True)[wanted])
        found = self.shown.in_bulk(keys)
        return [found[key] for key in keys if key in found]


def by_member(rows, path: str):
    """``(member, number of rows)`` of a filtered list in the order of the members' names, for ``RowsByMember``. One
    query, when first asked."""
    return rows.order_by(f"{path}__name", path).values_list(path).annotate(number=Count("*"))


def in_pages(rows):
    """The fastest way to a list's pages: its own, if a filter has put one there; by member, if it is ordered so."""
    if not isinstance(rows, QuerySet) or hasattr(rows, "in_pages") or rows.query.group_by or rows.query.distinct:
        return getattr(rows, "in_pages", rows)
    name, path = [*rows.query.order_by[:2], "", ""][:2]
    path = path.removesuffix("_id")
    return RowsByMember(rows, by_member(rows, path), path) if path and name == f"{path}__name" else rows


class RowsPaginator(Paginator):
    """Pages of a list of any length."""

    def __init__(self, rows, *args, **kwargs):
        super().__init__(in_pages(rows), *args, **kwargs)

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return super().count
        return kept_count(rows)


def page_of(request, rows, size: int = PAGE_SIZE):
    """The page that ``?page=`` asks for; a page that does not exist is a 404 that says so."""
    paginator = RowsPaginator(rows, size)
    try:
        return paginator.page(request.GET.get("page", 1))
    except (PageNotAnInteger, EmptyPage) as error:
        raise Http404(
            _("This list has %(pages)s pages; there is no such page in it.") % {"pages": paginator.num_pages}
        ) from error


def filtered_list(request, filterset, template: str, context: dict, size: int = PAGE_SIZE, of_page=None):
    """A list page: its filter form, its rows; a filter that cannot be read is shown where it stands, status 400.

    *of_page* takes the page's rows and gives what else is shown of them, or puts it on them."""
    valid = filterset.is_valid()
    rows = page_of(request, filterset.qs, size) if valid else None
    asked = {name for name, value in request.GET.items() if value} - PLACED_ELSEWHERE
    more_open = not valid or len(asked) > 1
    context = context | {"filter": filterset, "rows": rows, "valid": valid, "more_open": more_open}
    context |= (of_page(rows) or {}) if of_page and valid else {}
    return render(request, template, context, status=200 if valid else 400)
