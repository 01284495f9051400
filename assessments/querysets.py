"""Which assessments and reports whom may see, and which jobs need another start."""

from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, When

STARRED_PERIOD = ("2011-13", "2014-17", "2018-20")  # not awarded under the method of 2021 on


def visible(user, stage: str, member: str) -> Q:
    """Who may see a self-assessment, by the paths to its stage and its member."""
    if user.is_superuser:
        return Q()
    public = Q(**{stage: "published"})
    if user.has_perm("assessments.change_selfassessment") and user.institution_id:
        return public | Q(**{member: user.institution.member_id})
    return public


class SelfAssessmentQuerySet(QuerySet):
    def real(self):
        """Self-assessments of real members."""
        return self.filter(plan__member__is_fictional=False)

    def visible_to(self, user):
        """Published ones for everybody; a draft only for the ministry that writes it."""
        return self.filter(visible(user, "stage", "plan__member"))


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


class ReportQuerySet(QuerySet):
    def visible_to(self, user):
        """Reports of published self-assessments for everybody; of a draft only for the ministry that writes it."""
        return self.filter(visible(user, "assessment__stage", "assessment__plan__member"))

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
