"""Reviews and codings of a made-up member, of any method and size."""

from itertools import count

from assessments.models import Coding, IRMReview, Recommendation
from commitments.models import ActionPlan, Commitment
from tests.world import make_commitment, make_institution, make_member, make_plan

numbers = count(1)


def make_review(plan: ActionPlan | None = None, codings: int = 0, **facts) -> IRMReview:
    """A draft by the method of 2021 on, with so many empty codings."""
    plan = plan or make_plan(make_member())
    n = next(numbers)
    defaults = {"slug": f"review-{n}", "title": f"Review {n}", "product": "results_report", "method_version": "2021+"}
    review = IRMReview.objects.create(plan=plan, **{**defaults, **facts})
    for _n in range(codings):
        make_coding(review)
    return review


def new_commitment(plan: ActionPlan) -> Commitment:
    return make_commitment(plan, make_institution(plan.member))


def make_coding(review: IRMReview, **facts) -> Coding:
    return Coding.objects.create(review=review, commitment=new_commitment(review.plan), **facts)


def make_recommendations(review: IRMReview, size: int):
    for n in range(1, size + 1):
        Recommendation.objects.create(review=review, number=n, title=f"Recommendation {n}", text="Do it.")
