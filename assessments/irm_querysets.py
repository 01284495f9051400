"""Which IRM reviews are public, and which commitments are starred."""

from django.db.models import Case, Func, IntegerField, Q, QuerySet, When

STARRED_METHODS = ("2011-13", "2014-17", "2018-20")  # not awarded under the method of 2021 on
STARRED_COMPLETION = ("substantial", "complete")
STARRED_IMPACT_2015 = ("moderate", "transformative")


def starred(*impact: str) -> Case:
    """OGP's formula, the same as ``Coding.is_starred()``."""
    relevant = Q(access_to_information=True) | Q(civic_participation=True) | Q(public_accountability=True)
    verifiable = Q(verifiability=True) | Q(specificity__in=["medium", "high"])
    graded = Q(method_version__in=STARRED_METHODS, completion__in=STARRED_COMPLETION, potential_impact__in=impact)
    return Case(When(relevant & verifiable & graded, then=True), default=False)


class DaysBetween(Func):
    """Whole days from one date to another, in words that both databases know by themselves: a constraint has to hold
    for whoever writes, with or without Django's functions."""

    output_field = IntegerField()
    arity = 2

    def as_sqlite(self, compiler, connection, **context):
        template = "CAST(julianday(%(expressions)s) AS integer)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - julianday(", **context)

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" - ", **context)


class IRMReviewQuerySet(QuerySet):
    def real(self):
        """Reviews of real members."""
        return self.filter(plan__member__is_fictional=False)

    def public(self):
        """Final reviews."""
        return self.filter(stage="final")

    def readable_by(self, user):
        """Reviews whose page an account, or anybody, may read: final ones and those under public comment, which has to
        be read to be commented on; all of them for the IRM and administrators."""
        if user.has_perm("assessments.change_irmreview"):
            return self
        return self.filter(stage__in=["public_comment", "final"])


class CodingQuerySet(QuerySet):
    def real(self):
        """Codings of real members."""
        return self.filter(review__plan__member__is_fictional=False)

    def public(self):
        """Codings of final reviews."""
        return self.filter(review__stage="final")

    def with_starred(self):
        """Adds ``starred``: verifiable; relevant to access to information, civic participation or public
        accountability (technology alone does not count); Substantial or Complete; Transformative potential impact.
        OGP's formula for starred commitments; the method of 2021 on awards none. ``starred_2015`` is the
        formula that was used in 2015 only and also takes Moderate; OGP's data gives it for earlier plans, too."""
        return self.annotate(starred=starred("transformative"), starred_2015=starred(*STARRED_IMPACT_2015))
