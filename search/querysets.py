"""What matches a question: the same rows on SQLite (FTS5) and on PostgreSQL (tsvector)."""

from django.db.models import BooleanField, Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Replace

from assessments.known import codings_known, entries_known, reviews_known
from commitments.kept import kept_rows

from .words import Question

DATED = ("report", "co_owner", "self_assessment", "question")  # known from a day that stands in the entry itself


def fts5(asked: Question) -> str:
    """The terms as FTS5 asks for them. A term holds letters, digits and underscores alone: nothing can break out."""
    return " AND ".join(f'"{term}"{" *" if asked.begins else ""}' for term in sorted(asked.looked_up))


def tsquery(asked: Question) -> str:
    """The terms as PostgreSQL asks for them."""
    return " & ".join(f"'{term}'{':*' if asked.begins else ''}" for term in sorted(asked.looked_up))


class HasTerms(Func):
    """Whether an entry has all terms of a question. Each database is asked in the words that its index knows."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, asked: Question | None = None, *expressions, **extra):
        self.asked = asked
        super().__init__(*(expressions or (F("pk"),)), **extra)

    def as_sqlite(self, compiler, connection, **context):
        key, params = compiler.compile(self.source_expressions[0])
        found = "SELECT rowid FROM search_entry_terms WHERE search_entry_terms MATCH %s"
        return f"{key} IN ({found})", [*params, fts5(self.asked)]

    def as_postgresql(self, compiler, connection, **context):
        key, params = compiler.compile(self.source_expressions[0])
        table = key.rpartition(".")[0]  # its "vector" is a column that only the database knows
        return f"{table}.vector @@ %s::tsquery", [*params, tsquery(self.asked)]


class EntryQuerySet(QuerySet):
    def real(self):
        """Entries of real members."""
        return self.filter(member__is_fictional=False)

    def known(self, on):
        """What the record held on the day: plans, commitments and milestones always; what was said, once it was
        public. Reviews of which only the year is known follow the rule of ``assessments.known``."""
        return self.filter(
            Q(kind__in=["plan", "commitment", "milestone"])
            | Q(kind__in=DATED, known_on__lte=on)
            | Q(kind="claim", key__in=entries_known(on).order_by().values("pk"))
            | Q(kind="review", key__in=reviews_known(on).order_by().values("pk"))
            | Q(kind="finding", key__in=codings_known(on).order_by().values("pk"))
        )

    def matching(self, asked: Question):
        """Entries with all terms of the question, in which its phrases stand as they were written."""
        found = self.filter(HasTerms(asked))
        for part in asked.parts:
            found = found.filter(spelled__contains=part)
        if asked.compounds:
            found = found.alias(unspaced=Replace("spelled", Value(" "), output_field=TextField()))
        for compound in asked.compounds:
            found = found.filter(unspaced__contains=compound)
        return found

    def by_date(self, newest_first: bool):
        """In the order of their dates; what has none comes last."""
        date = F("dated_on").desc(nulls_last=True) if newest_first else F("dated_on").asc(nulls_last=True)
        return self.order_by(date, "rank", "pk")

    def by_key(self, words: bool):
        """In the order of the index. Of entries with the *words* of a question, which have an index of their own, the
        database must not think of walking along all keys until enough of them are found."""
        return self.order_by(F("pk") + 0 if words else "pk")

    def foremost(self, number: int, words: bool):
        """Of the rows, the first in the order of the index: so that what comes after is done to so many at most. The
        key of the last of them is kept: in a sub-query it would be looked for again with each page."""
        last = kept_rows(self.by_key(words).values_list("pk", flat=True)[number - 1 : number])
        return self.filter(pk__lte=last[0]) if last else self

    def with_title_hit(self, asked: Question):
        """Adds ``title_hit``: 1 when all terms stand in the title, else 0."""
        ending = "" if asked.begins else " "
        hits = Q(*(Q(title_terms__contains=f" {term}{ending}") for term in sorted(asked.looked_up)))
        return self.annotate(title_hit=Case(When(hits, then=Value(1)), default=0, output_field=IntegerField()))
