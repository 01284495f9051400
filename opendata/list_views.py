"""The lists of the record as files."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from commitments.exports import file_response

from .lists import LISTS


@require_safe
def list_file(request, name, ending):
    """A whole list as a file, filtered as its page and the API filter it. What a filter cannot read is named, and
    answered with status 400."""
    found = LISTS[name]
    filterset = found.filterset(request.GET, queryset=found.rows())
    if not filterset.is_valid():
        return render(request, "opendata/not_filtered.html", {"list": found, "form": filterset.form}, status=400)
    site = f"{request.scheme}://{request.get_host()}"
    return file_response(request, found.table(filterset, site), ending)
