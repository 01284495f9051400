"""What the assessors say of many commitments, counted: each figure with the number that it is a part of.

Counted in the database by the same rules as the rows of the comparison, so that each number opens its rows there.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, OuterRef

from commitments.kept import kept_of

from .comparing import COMPARABLE, Gap, gap_between, with_gap
from .irm_querysets import STARRED_COMPLETION, STARRED_METHODS
from .known import codings_known
from .models import Coding


@dataclass
class Figures:
    """Numbers of commitments. Parts with a form of their own count as such, because they are assessed as such."""

    found: Counter = field(default_factory=Counter)  # by the IRM's latest completion; None: it has rated none
    gaps: Counter = field(default_factory=Counter)
    starred: int = 0
    star_method: int = 0  # coded by a method that names stars

    def add(self, found: str | None, gap: str, star: bool, star_method: bool, n: int):
        self.found[found] += n
        self.gaps[gap] += n
        self.starred += n * star
        self.star_method += n * star_method

    @property
    def assessed(self) -> int:
        return sum(self.gaps.values())

    @property
    def rated(self) -> int:
        """Those whose completion the IRM has rated."""
        return self.assessed - self.found[None]

    @property
    def carried_out(self) -> int:
        """Those found Substantial or Complete."""
        return sum(self.found[name] for name in STARRED_COMPLETION)

    @property
    def comparable(self) -> int:
        """Those of which both have said a level."""
        return sum(self.gaps[gap] for gap in COMPARABLE)

    @property
    def more(self) -> int:
        """Those of which the government says more than the IRM found."""
        return self.gaps[Gap.MORE]

    @property
    def completions(self) -> list[tuple[str, str, int]]:
        """``(value, label, number)`` from complete to withdrawn, only those that occur."""
        choices = reversed(Coding.Completion.choices)
        return [(name, label, self.found[name]) for name, label in choices if self.found[name]]


def figures_by(commitments, on: date, key: str) -> dict[int, Figures]:
    """The figures of assessed commitments by "plan" or "plan__member", as known on the day. One query."""
    codings = codings_known(on).filter(commitment=OuterRef("pk"))
    rows = with_gap(commitments, on).annotate(
        star=Exists(codings.with_starred().filter(starred=True)),
        star_method=Exists(codings.filter(method_version__in=STARRED_METHODS)),
    )
    facts = (key, "found", "claimed", "described", "star", "star_method")
    counted = rows.order_by().values(*facts).annotate(n=Count("pk")).values_list(*facts, "n")
    return defaultdict(Figures, kept_of(counted, "figures", lambda: added_up(counted), {}))


def added_up(rows) -> dict[int, Figures]:
    found: dict[int, Figures] = defaultdict(Figures)
    for value, level, claimed, described, *rest in rows:
        found[value].add(level, gap_between(claimed, level, described), *rest)
    return dict(found)
