"""What the government of the invented world says of its plans, and what the IRM found."""

from datetime import timedelta

from assessments.codebooks import BY_VERSION
from assessments.models import (
    Coding,
    EntryResult,
    IRMReview,
    Recommendation,
    SelfAssessment,
    SelfAssessmentEntry,
)

from . import words
from .maker import COORDINATOR, DIVISION, Maker, Promise

LEVELS = ["not_started", "limited", "substantial", "completed"]
METHODS = ["2018-20", "2021+"]
PRODUCTS = {"2018-20": "transitional_results_report", "2021+": "results_report"}


def make_self_assessment(maker: Maker, place: int, promises: list[Promise]):
    """A plan that is over has its end-of-term report, the one under way its mid-term report."""
    key, ended = maker.plan(place), place == 0
    term = maker.terms[place]
    published = term.ends_on + timedelta(days=60) if ended else min(maker.on, term.starts_on + timedelta(days=300))
    facts = {"kind": "end_of_term" if ended else "mid_term", "stage": "published", "published_precision": "day"}
    title = f"{'End-of-term' if ended else 'Mid-term'} self-assessment, {maker.name}"
    maker.add(
        SelfAssessment,
        id=key,
        plan_id=key,
        slug=f"{maker.slug}-{place + 1}-self",
        title=title,
        published_on=str(published),
        **facts,
    )
    for promise in promises:
        make_form(maker, promise, key, f"{published - timedelta(days=30)} 09:00:00")


def make_form(maker: Maker, promise: Promise, assessment: int, signed: str):
    number, body = promise.number, maker.body(DIVISION + promise.number % 5)
    facts = {"main_objective": f"To open up {promise.about}.", "completion_level": LEVELS[number % 4]}
    facts |= {"next_steps": words.NEXT[number % 3], "lead_id": body}
    sign = {"signed_off_by_id": maker.account(COORDINATOR), "signed_off_at": signed, "signed_off_for_id": body}
    of = {"assessment_id": assessment, "commitment_id": promise.key}
    maker.add(SelfAssessmentEntry, id=promise.key, **of, **facts, **sign)
    result = {"number": "1", "heading": "First year", "body": words.SAID[number % 7]}
    maker.add(EntryResult, id=promise.key, entry_id=promise.key, position=1, **result)


def make_review(maker: Maker, promises: list[Promise]):
    """The IRM's report on the plan that is over, by the one method for every other member, by the next for the rest."""
    method, key, plan = METHODS[maker.number % 2], maker.key, maker.plan(0)
    published = str(maker.terms[0].ends_on + timedelta(days=200))
    facts = {"product": PRODUCTS[method], "method_version": method, "stage": "final", "published_on": published}
    title = f"IRM report, {maker.name}"
    maker.add(IRMReview, id=key, plan_id=plan, slug=f"{maker.slug}-irm", title=title, **facts)
    for number in (1, 2):
        said = {"title": f"{words.ACTIONS[number]} the forum", "text": words.NEXT[number]}
        maker.add(Recommendation, id=key * 2 + number, review_id=key, number=number, **said)
    for promise in promises:
        facts = {name: value for name, value in indicators(method, promise.number)}
        facts |= {"review_id": key, "commitment_id": promise.key, "method_version": method}
        maker.add(Coding, id=promise.key, rationale=words.SAID[promise.number % 7], **facts)


def indicators(method: str, number: int):
    """A value of each indicator of the method, differing from commitment to commitment."""
    for place, indicator in enumerate(BY_VERSION[method].indicators):
        values = indicator.values
        yield indicator.name, values[(number + number // 5 * place) % len(values)].value
