"""Search entries of reports, the largest part of the index: the same as ``search.index`` would make, but faster.

What an entry is found by is worked out once for each text that occurs, and put together for each report.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from search.index import digest
from search.models import Entry, Kind
from search.sources import RANKS, joined
from search.words import spelled, terms

from .stories import Said
from .tables import Table, plain

terms_of = lru_cache(maxsize=10_000)(lambda text: frozenset(terms(text)))
spelled_of = lru_cache(maxsize=10_000)(spelled)


@dataclass(frozen=True)
class Subject:
    """A milestone as its reports' entries need it; ``path`` is its commitment's."""

    member: int
    plan: int
    commitment: int
    path: str
    title: str
    title_ko: str

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(terms(f" {self.title} {self.title_ko}"))

    @cached_property
    def title_terms(self) -> str:
        return f" {' '.join(sorted(self.terms))} "

    @cached_property
    def spelled(self) -> str:
        return spelled(f" {self.title} {self.title_ko}")


TABLE = Table(Entry)
COLUMNS = [field.attname for field in TABLE.fields]


def report_entry(subject: Subject, report: int, said: Said, *texts: str) -> list:
    """The row of one report's entry. Its key in the index is that of the report."""
    body = joined(texts)
    kind = Kind.CO_OWNER if said.as_co_owner else Kind.REPORT
    entry = Entry(
        id=report,
        source="report",
        key=report,
        kind=kind.value,
        rank=RANKS[kind],
        member_id=subject.member,
        plan_id=subject.plan,
        commitment_id=subject.commitment,
        known_on=said.published_on,
        dated_on=said.published_on,
        path=f"{subject.path}#report-{report}",
        title=subject.title,
        title_ko=subject.title_ko,
        body=body,
        title_terms=subject.title_terms,
        terms=" ".join(sorted(subject.terms | terms_of(body))),
        spelled=f"{subject.spelled}{spelled_of(body)[1:]}",
    )
    entry.sha256 = digest(entry)
    return [plain(getattr(entry, column)) for column in COLUMNS]
