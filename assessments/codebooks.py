"""The IRM's codebooks: which indicators each version of its method has, and which values each indicator may take.

``fixtures/codebooks.json`` is the one place where they are written; the models' constraints, the admin's forms, the
pages and the API all come from it. It is read once, when the process starts, and refused if it does not hold together.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db.models import CheckConstraint, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class CodebookError(ValueError):
    """What ``fixtures/codebooks.json`` says does not hold together."""


@dataclass(frozen=True)
class Value:
    """A value as stored (a word, or true and false), the IRM's English word for it, and OGP's numeric code if any."""

    value: str | bool
    label: str
    code: int | None


@dataclass(frozen=True)
class Indicator:
    """What the IRM grades: the name of a column of ``Coding``. ``last_year`` None: still used."""

    name: str
    label: str
    definition: str
    definition_ko: str
    plans_of: str
    first_year: int
    last_year: int | None
    source: str
    values: tuple[Value, ...]

    @property
    def is_yes_no(self) -> bool:
        return all(isinstance(row.value, bool) for row in self.values)

    def value_of(self, stored) -> Value | None:
        """The codebook's row for what a coding holds; None where it holds nothing."""
        return next((row for row in self.values if row.value == stored), None) if stored not in (None, "") else None


@dataclass(frozen=True)
class Codebook:
    """One version of the IRM's method. ``last_year`` None: still used."""

    version: str
    slug: str
    first_year: int
    last_year: int | None
    indicators: tuple[Indicator, ...]

    def get_absolute_url(self):
        return reverse("codebook", args=[self.slug])

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(indicator.name for indicator in self.indicators)

    def allows(self, name: str, stored) -> bool:
        """Whether a coding of this version may hold that in the column: nothing at all is always allowed."""
        if stored in (None, ""):
            return True
        return name in self.names and any(i.value_of(stored) for i in self.indicators if i.name == name)


def overlap(indicator: Indicator, book: Codebook) -> bool:
    """Whether plans of some year have both: an indicator and a version of the method are used for ranges of years."""
    begins = book.last_year is None or indicator.first_year <= book.last_year
    return begins and (indicator.last_year is None or indicator.last_year >= book.first_year)


def indicator_of(row: dict) -> Indicator:
    values = tuple(Value(**value) for value in row["values"])
    if len({value.value for value in values}) < len(values) or len({value.label for value in values}) < len(values):
        raise CodebookError(f"{row['name']}: a value stands twice")
    return Indicator(**row | {"values": values})


def read(content: dict) -> tuple[tuple[Indicator, ...], tuple[Codebook, ...]]:
    """All indicators, and the codebooks in the order of their years. Raises ``CodebookError``."""
    try:
        indicators = {row["name"]: indicator_of(row) for row in content["indicators"]}
        books = [
            Codebook(**row | {"indicators": tuple(indicators[name] for name in row["indicators"])})
            for row in content["methods"]
        ]
    except (KeyError, TypeError) as error:
        raise CodebookError(f"fixtures/codebooks.json: {error}") from error
    for book in books:
        expected = tuple(name for name, indicator in indicators.items() if overlap(indicator, book))
        if book.names != expected:
            raise CodebookError(f"{book.version}: by their years its indicators are {', '.join(expected)}")
    return tuple(indicators.values()), tuple(books)


INDICATORS, CODEBOOKS = read(json.loads((settings.FIXTURES_DIR / "codebooks.json").read_text(encoding="utf-8")))
BY_VERSION = {book.version: book for book in CODEBOOKS}
BY_SLUG = {book.slug: book for book in CODEBOOKS}
NAMES = tuple(indicator.name for indicator in INDICATORS)


def is_empty(indicator: Indicator) -> Q:
    return Q(**{f"{indicator.name}__isnull": True}) if indicator.is_yes_no else Q(**{indicator.name: ""})


def all_of(conditions: Iterable[Q]) -> Q:
    whole = Q()
    for condition in conditions:
        whole &= condition
    return whole


def holds_only_its_values(book: Codebook) -> Q:
    """The condition on a row of codings: of another version, or with nothing but this version's values."""
    foreign = [is_empty(indicator) for indicator in INDICATORS if indicator not in book.indicators]
    graded = [indicator for indicator in book.indicators if not indicator.is_yes_no]
    own = [Q(**{f"{row.name}__in": ["", *(value.value for value in row.values)]}) for row in graded]
    return ~Q(method_version=book.version) | all_of(foreign + own)


def constraints() -> list[CheckConstraint]:
    """One a version. A migration holds them as they were then: a changed codebook needs a migration of its own."""
    known = CheckConstraint(condition=Q(method_version__in=list(BY_VERSION)), name="coding_has_a_known_method")
    return [known] + [
        CheckConstraint(
            condition=holds_only_its_values(book),
            name=f"coding_holds_{book.first_year}_values",
            violation_error_message=_("A value is not one of the coding's method."),
        )
        for book in CODEBOOKS
    ]
