"""Which assessments and reports whom may see, and which jobs need another start."""

from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, When

STARRED_PERIOD = ("2011-13", "2014-17", "2018-20")  # not awarded under the method of 2021 on


class SelfAssessmentQuerySet(QuerySet):
    def real(self):
        """Self-assessments of real members."""
        return self.filter(plan__member__is_fictional=False)

    def visible_to(self, user):
        """Published ones for everybody; drafts for accounts that may read assessments."""
        if user.has_perm("assessments.view_selfassessment"):
            return self
        return self.filter(stage="published")


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
        starred = relevant & verifiable & Q(
            review__method_version__in=STARRED_PERIOD,
            completion__in=["substantial", "complete"],
            potential_impact="transformative",
        )
        return self.annotate(starred=Case(When(starred, then=True), default=False))


class ReportQuerySet(QuerySet):
    def visible_to(self, user):
        """Reports of published assessments for everybody; others for accounts that may read reports."""
        if user.has_perm("assessments.view_report"):
            return self
        return self.filter(assessment__stage="published")

    def finished(self):
        return self.filter(state="done")

    def claimable(self, pk, now: datetime, silence: timedelta):
        """The report, if nobody is working on it: waiting, or its worker has been silent for too long."""
        lost = Q(state="running") & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - silence))
        return self.filter(Q(state="queued") | lost, pk=pk)

    def abandoned(self, now: datetime, silence: timedelta):
        """Reports whose message was lost or whose worker died: they need another message."""
        waiting = Q(state="queued", created_at__lt=now - silence, heartbeat_at=None)
        retried = Q(state="queued", heartbeat_at__lt=now - silence)
        lost = Q(state="running", heartbeat_at__lt=now - silence)
        return self.filter(waiting | retried | lost).order_by(F("created_at").asc())
