"""Comments of the public on commitments and self-assessments: received, looked at, answered. Each step checks who may
take it."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.dates import local_date
from commitments.models import ActionPlan, Member

from .comment_models import RESPONSE_WITHIN, PublicComment
from .models import SelfAssessment


def today_of(plan: ActionPlan):
    return local_date(plan.member.time_zone)


def takes_questions(member: Member) -> bool:
    """Whether questions on the member's commitments are taken: its coordinating ministry has to be in the record, which
    looks at them and sees to the responses."""
    return member.point_of_contact_id is not None


@transaction.atomic
def receive(comment: PublicComment) -> bool:
    """Keeps a comment that is filled in but for its days and its office. False when the same comment was received
    before.

    Raises ValidationError when the public may not comment on it today, by the member's day.
    """
    comment.plan = comment.subject.plan
    today = today_of(comment.plan)
    refuse_when_closed(comment, today)
    comment.received_on, comment.respond_by = today, today + RESPONSE_WITHIN
    comment.owed_by = comment.office()
    kept = ("plan", "entry", "name", "text", "received_on", "respond_by", "owed_by")
    _row, is_new = PublicComment.objects.get_or_create(
        assessment=comment.assessment,
        commitment=comment.commitment,
        sha256=comment.fingerprint(),
        defaults={name: getattr(comment, name) for name in kept},
    )
    return is_new


def refuse_when_closed(comment: PublicComment, today):
    """Raises ValidationError when what the comment is about takes none on the day."""
    if comment.commitment_id:
        if not takes_questions(comment.plan.member):
            raise ValidationError(_("Questions on this commitment are not taken here."))
    elif not SelfAssessment.objects.get(pk=comment.assessment_id).open_for_comment(today):
        raise ValidationError(_("The time for comments on this self-assessment is over."))


def answerable(comment: PublicComment, user) -> PublicComment:
    """The row, locked. Raises PermissionDenied when the comment is not the account's to look at or to answer."""
    if not user.has_perm("assessments.change_publiccomment"):
        raise PermissionDenied
    stored = PublicComment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    if not PublicComment.objects.answerable_by(user).filter(pk=comment.pk).exists():
        raise PermissionDenied
    return stored


@transaction.atomic
def let_through(comment: PublicComment, user) -> PublicComment:
    """The comment is public from now on."""
    return decide(comment, user, PublicComment.State.PUBLIC, "")


@transaction.atomic
def refuse(comment: PublicComment, user, refusal: str) -> PublicComment:
    """The comment stays away from the public; how many were refused, and why, is counted in public."""
    if refusal not in PublicComment.Refusal.values:
        raise ValidationError({"refusal": _("Say why it is refused.")})
    return decide(comment, user, PublicComment.State.REFUSED, refusal)


def decide(comment: PublicComment, user, state: str, refusal: str) -> PublicComment:
    stored = answerable(comment, user)
    if stored.is_answered and state == PublicComment.State.REFUSED:
        raise ValidationError(_("The comment has a response: it stays."))
    stored.state, stored.refusal = state, refusal
    stored.moderated_by, stored.moderated_at = user, timezone.now()
    stored.public_on = (stored.public_on or today_of(stored.plan)) if state == PublicComment.State.PUBLIC else None
    stored.save(update_fields=["state", "refusal", "moderated_by", "moderated_at", "public_on"])
    return stored


@transaction.atomic
def take_name_off(comment: PublicComment, user) -> PublicComment:
    """The comment stays, without the name of who wrote it: a person may ask for that at any time."""
    stored = answerable(comment, user)
    stored.name = ""
    stored.save(update_fields=["name"])
    return stored


@transaction.atomic
def respond(comment: PublicComment, user, response: str, response_ko: str) -> PublicComment:
    """The government's answer, in one language or both. It may be put better later; the day of the first stays."""
    stored = answerable(comment, user)
    if stored.state != PublicComment.State.PUBLIC:
        raise ValidationError(_("Let the comment through first: only public comments are answered."))
    stored.response, stored.response_ko = response.strip(), response_ko.strip()
    if not stored.is_answered:
        raise ValidationError(_("Write the response in English, in Korean, or in both."))
    stored.responded_by, stored.responded_for = user, user.institution
    stored.responded_on = stored.responded_on or today_of(stored.plan)
    fields = ["response", "response_ko", "responded_by", "responded_for", "responded_on"]
    stored.save(update_fields=fields)
    return stored
