"""Lists about a day: one definition of filters and rows for the page and for its files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from urllib.parse import urlencode

from django.urls import reverse

from commitments.dates import shown_day
from commitments.exports import file_response
from commitments.pages import filtered_list

from .exports import question

PAGE_SIZE = 100
FILE_TYPES = {"csv": "CSV", "xlsx": "XLSX"}


@dataclass(frozen=True)
class DatedList:
    """A list about a day: the same filters and rows for its page and its files."""

    name: str  # of its address, and of its files' addresses with "-csv" and "-xlsx" behind it
    template: str
    filterset: Callable
    table: Callable
    zone_path: str
    api: str = ""  # where programs find the same rows

    def day(self, asked: date | None) -> date:
        return shown_day(asked, self.zone_path)

    def page(self, request, asked, filterset=None):
        filterset = filterset or self.filterset(request)
        context = {"asked": asked, "on": self.day(asked), "formats": self.formats(filterset)}
        of_page = partial(self.of_page, filterset)
        return filtered_list(request, filterset, self.template, context, size=PAGE_SIZE, of_page=of_page)

    def of_page(self, filterset, rows) -> dict:
        """What else a page of the list shows: for lists that say more than their rows."""
        return {}

    def file(self, request, asked, ending: str):
        """The whole list as a file; a filter that cannot be read is answered with the page's form, status 400."""
        filterset = self.filterset(request)
        if not filterset.is_valid():
            return self.page(request, asked, filterset)
        site = f"{request.scheme}://{request.get_host()}"
        table = self.table(filterset, self.day(asked), site, reverse(self.name))
        return file_response(request, table, ending)

    def formats(self, filterset) -> list[tuple[str, str]]:
        """``(type, address)`` of the same list in other forms."""
        asked = question(filterset)
        found = [(kind, f"{reverse(f'{self.name}-{ending}')}{query_of(asked)}") for ending, kind in FILE_TYPES.items()]
        return [*found, ("JSON", f"{self.api}{query_of({'overdue': 'true'} | asked)}")] if self.api else found


def query_of(parameters: dict) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""
