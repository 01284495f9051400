"""How the pages of a kind are cut into files for search engines, each in every language.

A file holds so few pages that it costs the same in a record of any size: where each begins is kept, and what it says is
looked up for its own pages alone.
"""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.core.paginator import Paginator
from django.db.models import Max, QuerySet
from django.utils.functional import cached_property

from commitments.kept import kept_of

from .last_changes import changes, last_change

LANGUAGES = [code for code, _name in settings.LANGUAGES]
Rows = QuerySet | Sequence


class InOrderOfKeys:
    """Rows in the order of their keys, cut into parts of a size. How many there are and with which key each part begins
    is kept: to count up to there takes the longer the further behind it stands."""

    ordered = True  # what a paginator wants to know

    def __init__(self, rows: QuerySet, size: int):
        self.rows, self.size = rows.order_by("pk"), size

    @cached_property
    def parts(self) -> tuple[int, list[int]]:
        return kept_of(self.rows, f"parts of {self.size}", self.find_parts, (0, []))

    def find_parts(self) -> tuple[int, list[int]]:
        keys = list(self.rows.values_list("pk", flat=True))
        return len(keys), keys[:: self.size]

    def count(self) -> int:
        return self.parts[0]

    def __getitem__(self, wanted: slice) -> list:
        begins, *ends = self.parts[1][wanted.start // self.size :][:2] or [None]
        if begins is None:
            return []
        rows = self.rows.filter(pk__gte=begins)
        return list((rows.filter(pk__lt=ends[0]) if ends else rows)[: wanted.stop - wanted.start])


class Files(Paginator):
    """The files of a kind of page: so many rows each, each in every language."""

    def __init__(self, kind: "InEveryLanguage"):
        self.kind, rows, size = kind, kind.rows(), kind.limit // len(LANGUAGES)
        super().__init__(InOrderOfKeys(rows, size) if isinstance(rows, QuerySet) else rows, size)

    def page(self, number):
        page = super().page(number)
        rows = self.kind.dated(page.object_list)
        page.object_list = [(row, language) for row in rows for language in LANGUAGES]
        return page


class InEveryLanguage(Sitemap):
    """A kind of page, in every language, with its alternates."""

    i18n = True
    alternates = True
    x_default = True
    limit = 2_000  # addresses a file; the protocol allows 50,000, and 50 MB

    def rows(self) -> Rows:
        raise NotImplementedError

    def dated(self, rows: list) -> list:
        """The rows of a file, with ``changed_on`` where they are ``Dated``."""
        return rows

    @property
    def paginator(self) -> Files:
        return Files(self)

    def get_latest_lastmod(self) -> date | None:
        return None


class Dated(InEveryLanguage):
    """Pages whose facts have days; the rows bear the latest as ``changed_on``."""

    def lastmod(self, item):
        return item.changed_on


class ByWhatIsSaid(Dated):
    """Plans and commitments: the latest day of what was said of them. ``within`` leads from a commitment to them."""

    within = ""

    def dated(self, rows):
        days = changes(self.within, [row.pk for row in rows])
        for row in rows:
            row.changed_on = days.get(row.pk)
        return rows

    def get_latest_lastmod(self):
        return last_change()


class Published(Dated):
    """What has one day itself, that of its publication."""

    def get_latest_lastmod(self):
        rows = self.rows()
        return kept_of(rows, "newest", lambda: rows.aggregate(last=Max("changed_on"))["last"], None)
