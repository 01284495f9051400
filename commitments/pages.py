"""What public pages share: the day a page is about, lists that filter and turn pages, and errors that help."""

from functools import wraps

from django import forms
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PAGE_SIZE = 50


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


def page_of(request, rows, size: int = PAGE_SIZE):
    """The page that ``?page=`` asks for; a page that does not exist is a 404 that says so."""
    paginator = Paginator(rows, size)
    try:
        return paginator.page(request.GET.get("page", 1))
    except (PageNotAnInteger, EmptyPage) as error:
        raise Http404(
            _("This list has %(pages)s pages; there is no such page in it.") % {"pages": paginator.num_pages}
        ) from error


def filtered_list(request, filterset, template: str, context: dict, size: int = PAGE_SIZE):
    """A list page: its filter form, its rows; a filter that cannot be read is shown where it stands, status 400."""
    valid = filterset.is_valid()
    rows = page_of(request, filterset.qs, size) if valid else None
    more_open = not valid or len([value for value in filterset.data.values() if value]) > 1
    context = context | {"filter": filterset, "rows": rows, "valid": valid, "more_open": more_open}
    return render(request, template, context, status=200 if valid else 400)
