"""Which IRM reviews are public, and which commitments are starred."""

from django.db.models import Case, Q, QuerySet, When

STARRED_PERIOD = ("2011-13", "2014-17", "2018-20")  # not awarded under the method of 2021 on


class IRMReviewQuerySet(QuerySet):
    def real(self):
        """Reviews of real members."""
        return self.filter(plan__member__is_fictional=False)

    def public(self):
        """Final reviews."""
        return self.filter(stage="final")


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
        OGP's formula for starred commitments; the method of 2021 on awards none."""
        relevant = Q(access_to_information=True) | Q(civic_participation=True) | Q(public_accountability=True)
        verifiable = Q(verifiability=True) | Q(specificity__in=["medium", "high"])
        starred = (
            relevant
            & verifiable
            & Q(
                review__method_version__in=STARRED_PERIOD,
                completion__in=["substantial", "complete"],
                potential_impact="transformative",
            )
        )
        return self.annotate(starred=Case(When(starred, then=True), default=False))
