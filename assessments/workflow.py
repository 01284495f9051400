"""The stages of a self-assessment: draft, sign-off form by form, two weeks of public comment, published and frozen.

Each step locks the assessment's row and looks at the stage again, so that of two people who press at the same moment
one takes it. A step that may not be taken raises ``ValidationError`` with the reason in the reader's language.
"""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.dates import local_date

from .freezing import freeze
from .models import SelfAssessment, SelfAssessmentEntry

Stage = SelfAssessment.Stage
WRITABLE = (Stage.DRAFT, Stage.SIGN_OFF, Stage.PUBLIC_COMMENT)


def today_of(assessment: SelfAssessment) -> date:
    """The day where the member is."""
    return local_date(assessment.plan.member.time_zone)


def locked(assessment: SelfAssessment, *stages: Stage) -> SelfAssessment:
    """The row as it is stored now, held until the end of the transaction. Raises ValidationError in another stage."""
    rows = SelfAssessment.objects.select_for_update(of=("self",)).select_related("plan__member")
    stored = rows.get(pk=assessment.pk)
    if stored.stage not in stages:
        raise ValidationError(
            _("This is not possible now: the self-assessment is at the stage “%(stage)s”.")
            % {"stage": stored.get_stage_display()}
        )
    return stored


def coordinates(user, assessment: SelfAssessment) -> bool:
    """Whether the account leads the member's self-assessment through its stages."""
    if user.is_superuser:
        return True
    own = user.institution_id and user.institution.member_id == assessment.plan.member_id
    return bool(own and user.role == user.Role.COORDINATOR and user.has_perm("assessments.change_selfassessment"))


def require_coordinator(user, assessment: SelfAssessment):
    if not coordinates(user, assessment):
        raise PermissionDenied


# Sign-off -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask_for_sign_off(assessment: SelfAssessment, user) -> SelfAssessment:
    """The institutions may sign their forms off from now on."""
    require_coordinator(user, assessment)
    stored = locked(assessment, Stage.DRAFT)
    stored.stage = Stage.SIGN_OFF
    stored.save(update_fields=["stage"])
    return stored


def may_sign_off(user, entry: SelfAssessmentEntry) -> bool:
    """The head of the lead institution, or the coordinating ministry, once sign-off has begun."""
    may = user.is_superuser or user.has_perm("assessments.signoff_selfassessmententry")
    begun = entry.assessment.stage in (Stage.SIGN_OFF, Stage.PUBLIC_COMMENT)
    return may and begun and SelfAssessmentEntry.objects.writable_by(user).filter(pk=entry.pk).exists()


@transaction.atomic
def sign_off(entry: SelfAssessmentEntry, user) -> SelfAssessmentEntry:
    """The institution stands by the form as it is. What is changed afterwards has to be signed off again.

    Raises ValidationError for a form without a completion level: the report's one figure is the institution's to give.
    """
    assessment = locked(entry.assessment, Stage.SIGN_OFF, Stage.PUBLIC_COMMENT)
    stored = SelfAssessmentEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    stored.assessment = assessment
    if not may_sign_off(user, stored):
        raise PermissionDenied
    if stored.version != entry.version:
        raise ValidationError(_("Somebody has changed the form since you opened it. Read it again, then sign it off."))
    if not stored.completion_level:
        raise ValidationError(_("Choose the completion level first: it is what the form is asked for most."))
    stored.signed_off_by, stored.signed_off_at, stored.signed_off_for = user, timezone.now(), user.institution
    stored.save(update_fields=["signed_off_by", "signed_off_at", "signed_off_for"])
    return stored


def take_back_sign_off(entries) -> int:
    """The forms were changed: nobody has signed off what they say now. Returns how many had been signed off."""
    return entries.signed_off().update(signed_off_by=None, signed_off_at=None, signed_off_for=None)


def require_all_signed_off(assessment: SelfAssessment):
    missing = list(assessment.entries.unsigned().values_list("commitment__number", flat=True))
    if missing:
        words = ngettext(
            "%(n)d form is not signed off: %(forms)s.", "%(n)d forms are not signed off: %(forms)s.", len(missing)
        )
        raise ValidationError(words % {"n": len(missing), "forms": ", ".join(missing)})


# Public comment, and publication --------------------------------------------------------------------------------------
@transaction.atomic
def open_to_comment(assessment: SelfAssessment, user) -> SelfAssessment:
    """Everybody may read and comment from today on, for two weeks or as many days as are set."""
    require_coordinator(user, assessment)
    stored = locked(assessment, Stage.SIGN_OFF)
    require_all_signed_off(stored)
    stored.stage, stored.comment_from = Stage.PUBLIC_COMMENT, today_of(stored)
    stored.save(update_fields=["stage", "comment_from"])
    return stored


@transaction.atomic
def publish(assessment: SelfAssessment, user) -> SelfAssessment:
    """Published today where the member is, and frozen as its first version."""
    require_coordinator(user, assessment)
    stored = locked(assessment, Stage.PUBLIC_COMMENT)
    today = today_of(stored)
    if today <= stored.comment_until:
        left = (stored.comment_until - today + timedelta(days=1)).days
        words = ngettext(
            "The public may still comment for %(n)d day.", "The public may still comment for %(n)d days.", left
        )
        raise ValidationError(words % {"n": left})
    require_all_signed_off(stored)
    stored.stage, stored.published_on, stored.published_precision = Stage.PUBLISHED, today, "day"
    stored.save(update_fields=["stage", "published_on", "published_precision"])
    freeze(stored, user)
    return stored


# Changes --------------------------------------------------------------------------------------------------------------
def changed(assessment: SelfAssessment, user, reason: str, entries=None):
    """After a change of what the assessment says, in the change's own transaction: the forms (*entries*) lose their
    sign-off before publication; a published assessment gets its next version. Raises ValidationError without a reason
    for that."""
    stored = locked(assessment, *Stage)
    if stored.stage in WRITABLE:
        if entries is not None:
            take_back_sign_off(entries)
        return
    if not reason.strip():
        raise ValidationError(_("A published self-assessment changes with a reason: it becomes a new version."))
    freeze(stored, user, reason.strip())
