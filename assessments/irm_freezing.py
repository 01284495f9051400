"""Versions of what the IRM found on a plan or on a commitment, of everything on a plan, and trials of draft reviews.

A version holds final reviews only, and is as public and as lasting as one of a self-assessment. A draft review can be
written down by the IRM alone, without a number.
"""

from django.db import transaction

from commitments.dates import local_date
from commitments.models import ActionPlan, Commitment

from . import irm_snapshots, plan_snapshots
from .freezing import Subject, next_version, trial_of
from .irm_models import IRMReview
from .models import Snapshot


class NothingFinal(Exception):
    """No final review says anything of the subject: there is nothing to publish."""


def locked(plan: ActionPlan) -> ActionPlan:
    """The plan as it is now, held until the transaction ends."""
    rows = ActionPlan.objects.select_related("member", "document").select_for_update(of=("self",))
    return rows.get(pk=plan.pk)


@transaction.atomic
def freeze_plan(plan: ActionPlan, user, reason: str = "") -> list[Snapshot]:
    """The latest version of what final reviews found on the plan. Raises NothingFinal."""
    plan = locked(plan)
    if not IRMReview.objects.public().filter(plan=plan).exists():
        raise NothingFinal(f"No final review of {plan.slug!r} is in the record.")
    return next_version(plan_subject(plan), user, reason)


@transaction.atomic
def freeze_commitment(commitment: Commitment, user, reason: str = "") -> list[Snapshot]:
    """The latest version of what final reviews found on the commitment. Raises NothingFinal."""
    plan = locked(commitment.plan)
    if not commitment.codings.public().exists():
        raise NothingFinal(f"No final review codes {plan.slug}/{commitment.number}.")
    return next_version(commitment_subject(plan, commitment), user, reason)


@transaction.atomic
def freeze_package(plan: ActionPlan, user, reason: str = "") -> list[Snapshot]:
    """The latest version of everything on the plan: one snapshot, whose files are in both languages."""
    return next_version(package_subject(locked(plan)), user, reason)


@transaction.atomic
def trial(review: IRMReview, language: str) -> Snapshot:
    """A snapshot of a review that is not final, as it is now, without a number."""
    locked(review.plan)
    review = IRMReview.objects.select_related("plan__member", "plan__document").get(pk=review.pk)
    return trial_of(draft_subject(review), language)


# Subjects -------------------------------------------------------------------------------------------------------------
def plan_subject(plan: ActionPlan) -> Subject:
    on = local_date(plan.member.time_zone)
    return Subject(
        key=f"irm-plan/{plan.slug}",
        kind=Snapshot.Kind.IRM_PLAN,
        plan=plan,
        data=lambda language: irm_snapshots.snapshot(IRMReview.objects.public(), plan, language, on),
        draft_page=plan.get_absolute_url,
    )


def commitment_subject(plan: ActionPlan, commitment: Commitment) -> Subject:
    on = local_date(plan.member.time_zone)
    reviews = IRMReview.objects.public().filter(codings__commitment=commitment, codings__until=None)
    return Subject(
        key=f"irm-commitment/{plan.slug}/{commitment.number}",
        kind=Snapshot.Kind.IRM_COMMITMENT,
        plan=plan,
        data=lambda language: irm_snapshots.snapshot(reviews, plan, language, on, commitment),
        draft_page=commitment.get_absolute_url,
        links={"commitment": commitment},
    )


def draft_subject(review: IRMReview) -> Subject:
    plan = review.plan
    on = local_date(plan.member.time_zone)
    return Subject(
        key=f"irm-draft/{review.slug}",
        kind=Snapshot.Kind.IRM_PLAN,
        plan=plan,
        data=lambda language: irm_snapshots.snapshot(IRMReview.objects.filter(pk=review.pk), plan, language, on),
        draft_page=plan.get_absolute_url,
    )


def package_subject(plan: ActionPlan) -> Subject:
    on = local_date(plan.member.time_zone)
    return Subject(
        key=f"plan/{plan.slug}",
        kind=Snapshot.Kind.PLAN_PACKAGE,
        plan=plan,
        data=lambda language: plan_snapshots.snapshot(plan, language, on),
        draft_page=plan.get_absolute_url,
        languages=(plan_snapshots.LANGUAGE,),
    )
