"""Which self-assessments whom may see."""

from django.db.models import Q, QuerySet


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
