"""Which self-assessments whom may see, and whose forms are whose."""

from django.db.models import Q, QuerySet

PUBLIC_STAGES = ("public_comment", "published")


def visible(user, stage: str, member: str) -> Q:
    """Who may see a self-assessment, by the paths to its stage and its member."""
    if user.is_superuser:
        return Q()
    public = Q(**{f"{stage}__in": PUBLIC_STAGES})
    if user.has_perm("assessments.change_selfassessmententry") and user.institution_id:
        return public | Q(**{member: user.institution.member_id})
    return public


class SelfAssessmentQuerySet(QuerySet):
    def real(self):
        """Self-assessments of real members."""
        return self.filter(plan__member__is_fictional=False)

    def visible_to(self, user):
        """Those open to comment and published ones for everybody; earlier ones only for the ministries that write."""
        return self.filter(visible(user, "stage", "plan__member"))


class EntryQuerySet(QuerySet):
    def signed_off(self):
        return self.exclude(signed_off_at=None)

    def unsigned(self):
        """Forms that no institution has signed off."""
        return self.filter(signed_off_at=None)

    def writable_by(self, user):
        """Forms an account may write and sign off: all of its member's for the coordinating ministry; those of the
        commitments that its institution, or one below it, leads for a ministry's editors and heads."""
        if user.is_superuser:
            return self
        if user.institution_id is None or not user.has_perm("assessments.change_selfassessmententry"):
            return self.none()
        if user.role == user.Role.COORDINATOR:
            return self.filter(assessment__plan__member=user.institution.member_id)
        led = user.institution_ids()
        return self.filter(
            commitment__involvements__role="lead", commitment__involvements__institution__in=led
        ).distinct()
