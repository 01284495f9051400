"""What the public says about a self-assessment, and what is answered."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

RESPONSE_WITHIN = timedelta(days=30)  # of the day on which a comment came; our own rule, no source sets one
LONGEST_COMMENT = 5000  # characters


class PublicCommentQuerySet(models.QuerySet):
    def public(self):
        """Comments that a person has looked at and let through."""
        return self.filter(state="public")

    def waiting(self):
        """Comments that nobody has looked at yet."""
        return self.filter(state="waiting")

    def owed(self):
        """Public comments that have no response."""
        return self.public().filter(response="", response_ko="")

    def overdue(self, on):
        """Public comments without a response whose day has passed."""
        return self.owed().filter(respond_by__lt=on)

    def answerable_by(self, user):
        """Those an account may moderate or answer: of its member for the coordinating ministry; for the head of an
        institution the public ones on forms that the institution, or one below it, leads."""
        if user.is_superuser:
            return self
        if user.institution_id is None:
            return self.none()
        mine = self.filter(assessment__plan__member=user.institution.member_id)
        if user.role == user.Role.COORDINATOR:
            return mine
        return (
            mine.public()
            .filter(
                entry__commitment__involvements__role="lead",
                entry__commitment__involvements__institution__in=user.institution_ids(),
            )
            .distinct()
        )


class PublicComment(models.Model):
    """A comment from anybody, without an account. It is public once a person has let it through; then a response is
    owed by a day. Neither address nor e-mail of the writer is kept."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PUBLIC = "public", _("public")
        REFUSED = "refused", _("refused")

    class Refusal(models.TextChoices):
        SPAM = "spam", _("advertising or spam")
        ABUSE = "abuse", _("insult, threat or hatred")
        PERSONAL = "personal", _("personal data of somebody else")
        OFF_TOPIC = "off_topic", _("not about this self-assessment")

    assessment = models.ForeignKey(
        "assessments.SelfAssessment",
        verbose_name=_("self-assessment"),
        on_delete=models.CASCADE,
        related_name="comments",
    )
    entry = models.ForeignKey(
        "assessments.SelfAssessmentEntry",
        verbose_name=_("about the form"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="comments",
    )
    name = models.CharField(_("name to be shown"), max_length=100, blank=True)
    text = models.TextField(_("comment"), max_length=LONGEST_COMMENT)
    sha256 = models.CharField(max_length=64, editable=False)
    received_on = models.DateField(_("received on"), editable=False)
    respond_by = models.DateField(_("response owed by"), editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING, editable=False)
    refusal = models.CharField(_("why it is refused"), max_length=10, choices=Refusal.choices, blank=True)
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("looked at by"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    moderated_at = models.DateTimeField(_("looked at"), null=True, editable=False)
    response = models.TextField(_("response"), blank=True)
    response_ko = models.TextField(_("response in Korean"), blank=True)
    responded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("answered by"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    responded_for = models.ForeignKey(
        "commitments.Institution",
        verbose_name=_("answered for"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    responded_on = models.DateField(_("answered on"), null=True, editable=False)

    objects = PublicCommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("public comment")
        verbose_name_plural = _("public comments")
        ordering = ["assessment", "received_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "sha256"], name="comment_once_a_self_assessment"),
            models.CheckConstraint(
                condition=models.Q(state="waiting") | ~models.Q(moderated_at=None), name="decided_comment_has_its_time"
            ),
            models.CheckConstraint(
                condition=models.Q(state="refused") & ~models.Q(refusal="")
                | ~models.Q(state="refused") & models.Q(refusal=""),
                name="refused_comment_has_its_reason",
                violation_error_message=_("Say why it is refused."),
            ),
            models.CheckConstraint(
                condition=models.Q(response="", response_ko="") | models.Q(state="public", responded_on__isnull=False),
                name="only_public_comments_are_answered",
            ),
        ]

    def __str__(self):
        return f"{self.name or _('without a name')}, {self.received_on:%Y-%m-%d}"

    def get_absolute_url(self):
        return f"{self.assessment.get_absolute_url()}#comment-{self.pk}"

    def fingerprint(self) -> str:
        """The digest by which the same comment, sent twice, is one."""
        words = " ".join(f"{self.name}\n{self.entry_id}\n{self.text}".split())
        return hashlib.sha256(words.casefold().encode()).hexdigest()

    @property
    def is_answered(self) -> bool:
        return bool(self.response or self.response_ko)
