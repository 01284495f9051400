"""The life of an IRM review: draft, factual review, two weeks of public comment, final. Only forward, one at a time."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.template.defaultfilters import date as format_date
from django.utils.translation import gettext as _

from .irm_models import COMMENT_DAYS, IRMReview


def may_write(user) -> bool:
    """The IRM and administrators: no ministry writes what is said of it."""
    return user.has_perm("assessments.change_irmreview")


def shown(day: date) -> str:
    return format_date(day, "DATE_FORMAT")


def open_comment(review: IRMReview, day: date):
    """Days that were entered stay; else the two weeks begin today."""
    if review.comment_from is None and review.comment_until is None:
        review.comment_from, review.comment_until = day, day + timedelta(days=COMMENT_DAYS)


def check_final(review: IRMReview, day: date):
    """Raises ``ValidationError`` until the comment is over and the review has a day of publication that has come."""
    if day <= review.comment_until:
        words = _("Public comment lasts until %(day)s: the review is final after it.")
        raise ValidationError(words % {"day": shown(review.comment_until)})
    if review.published_on is None:
        raise ValidationError(_("A final review needs the day on which it is published: enter it and save first."))
    if not review.comment_until < review.published_on <= day:
        words = _("The day of publication lies after the public comment (%(until)s) and not in the future.")
        raise ValidationError(words % {"until": shown(review.comment_until)})


@transaction.atomic
def advance(review: IRMReview, user, day: date) -> IRMReview:
    """Takes the review one stage on; *day* is today where the member is. Returns the review as it now stands.

    Raises ``PermissionDenied`` for anybody but the IRM and administrators, and ``ValidationError`` when the stage is
    not ready for the next, is the last, or has been moved on by somebody else since *review* was read.
    """
    if not may_write(user):
        raise PermissionDenied
    now = IRMReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
    if now.stage != review.stage:
        raise ValidationError(_("Somebody else has moved this review on. Look at it again."))
    stage = now.next_stage
    if stage is None:
        raise ValidationError(_("This review is final."))
    if stage == IRMReview.Stage.PUBLIC_COMMENT:
        open_comment(now, day)
    elif stage == IRMReview.Stage.FINAL:
        check_final(now, day)
    return move_on(now, stage)


def move_on(review: IRMReview, stage: str) -> IRMReview:
    """Writes the stage unless another process has been quicker, which SQLite's lock alone would not tell."""
    before, review.stage = review.stage, stage
    review.validate_constraints()
    facts = {name: getattr(review, name) for name in ("stage", "comment_from", "comment_until")}
    if not IRMReview.objects.filter(pk=review.pk, stage=before).update(**facts):
        raise ValidationError(_("Somebody else has moved this review on. Look at it again."))
    return review
