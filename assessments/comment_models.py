"""What the public asks and says about a commitment or a self-assessment, and what is answered."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment

RESPONSE_WITHIN = timedelta(days=30)  # of the day on which a comment came; our own rule, no source sets one
LONGEST_COMMENT = 5000  # characters


class PublicCommentQuerySet(models.QuerySet):
    def public(self):
        """Comments that a person has looked at and let through."""
        return self.filter(state="public")

    def real(self):
        """Comments on plans of real members."""
        return self.filter(plan__member__is_fictional=False)

    def known(self, on):
        """Comments that were public on the day, and are not refused since."""
        return self.public().filter(public_on__lte=on)

    def on_commitments(self):
        """Questions and comments on commitments; the others are on self-assessments."""
        return self.filter(commitment__isnull=False)

    def waiting(self):
        """Comments that nobody has looked at yet."""
        return self.filter(state="waiting")

    def owed(self, on=None):
        """Public comments that have no response; with a day, those that had none on it."""
        if on is None:
            return self.public().filter(responded_on=None)
        return self.known(on).filter(models.Q(responded_on=None) | models.Q(responded_on__gt=on))

    def overdue(self, on):
        """Comments that had no response on the day, although it was owed by an earlier one."""
        return self.owed(on).filter(respond_by__lt=on)

    def answerable_by(self, user):
        """Those an account may moderate or answer: of its member for the coordinating ministry; for the head of an
        institution the public ones on forms and commitments that the institution, or one below it, leads."""
        if user.is_superuser:
            return self
        if user.institution_id is None:
            return self.none()
        mine = self.filter(plan__member=user.institution.member_id)
        if user.role == user.Role.COORDINATOR:
            return mine
        led = Commitment.objects.led_by(user.institution_ids()).values("pk")
        return mine.public().filter(models.Q(entry__commitment__in=led) | models.Q(commitment__in=led))


class PublicComment(models.Model):
    """A question or comment from anybody, without an account: on a commitment, or on a self-assessment (and perhaps one
    of its forms). It is public once a person has let it through; then the office named in ``owed_by`` owes a response
    by a day. Neither address nor e-mail of the writer is kept."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PUBLIC = "public", _("public")
        REFUSED = "refused", _("refused")

    class Refusal(models.TextChoices):
        SPAM = "spam", _("advertising or spam")
        ABUSE = "abuse", _("insult, threat or hatred")
        PERSONAL = "personal", _("personal data of somebody else")
        OFF_TOPIC = "off_topic", _("not about this self-assessment or commitment")

    plan = models.ForeignKey(
        "commitments.ActionPlan", verbose_name=_("plan"), on_delete=models.CASCADE, related_name="comments"
    )
    assessment = models.ForeignKey(
        "assessments.SelfAssessment",
        verbose_name=_("self-assessment"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="comments",
    )
    commitment = models.ForeignKey(
        Commitment,
        verbose_name=_("commitment"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
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
    owed_by = models.ForeignKey(
        "commitments.Institution",
        verbose_name=_("office that owes the response"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    public_on = models.DateField(_("public since"), null=True, editable=False)
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
        ordering = ["received_on", "pk"]
        indexes = [
            models.Index(
                fields=["-received_on", "-id"],
                condition=models.Q(state="public", commitment__isnull=False),
                name="latest_public_questions",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "sha256"], name="comment_once_a_self_assessment"),
            models.UniqueConstraint(fields=["commitment", "sha256"], name="comment_once_a_commitment"),
            models.CheckConstraint(
                condition=models.Q(assessment__isnull=False, commitment=None)
                | models.Q(assessment=None, entry=None, commitment__isnull=False),
                name="comment_is_on_one_thing",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="public") | models.Q(public_on__isnull=False),
                name="public_comment_has_its_day",
            ),
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
        return f"{self.subject.get_absolute_url()}#comment-{self.pk}"

    @property
    def subject(self):
        """What it is about: the commitment or the self-assessment."""
        return self.commitment or self.assessment

    def office(self):
        """The institution that owes the response: the lead of the form or the commitment, else the coordinating
        ministry; None when the record names neither."""
        if self.entry_id and self.entry.lead_id:
            return self.entry.lead
        about = self.commitment or (self.entry and self.entry.commitment)
        leads = about.involvements.filter(role="lead").select_related("institution") if about else []
        lead = next((row.institution for row in leads), None)
        return lead or self.plan.member.point_of_contact

    def fingerprint(self) -> str:
        """The digest by which the same comment, sent twice, is one."""
        words = " ".join(f"{self.name}\n{self.entry_id}\n{self.text}".split())
        return hashlib.sha256(words.casefold().encode()).hexdigest()

    @property
    def is_answered(self) -> bool:
        return bool(self.response or self.response_ko)
