"""The stages of a review: one at a time, two weeks of comment, only by the IRM; and what the IRM's desk takes."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.forms import NullBooleanField
from django.urls import reverse

from assessments.codebooks import BY_VERSION, NAMES
from assessments.irm_services import advance
from assessments.models import Coding, IRMReview, PlanRequirement, Recommendation, RecommendationUptake
from commitments.dates import local_date
from tests.assessments.irm_rows import make_coding, make_recommendations, make_review, new_commitment
from tests.world import make_institution, make_user

pytestmark = pytest.mark.django_db
DAY = date(2022, 3, 1)
STAGES = ["draft", "factual_review", "public_comment", "final"]


@pytest.fixture
def irm():
    return make_user("irm")


@pytest.fixture
def desk(client, irm):
    client.force_login(irm)
    return client


def stored(review) -> IRMReview:
    return IRMReview.objects.get(pk=review.pk)


def under_comment(**facts) -> IRMReview:
    days = {"comment_from": DAY, "comment_until": DAY + timedelta(days=14)}
    return make_review(stage="public_comment", **days | facts)


# The service ----------------------------------------------------------------------------------------------------------
def test_a_review_passes_every_stage_in_order(irm):
    review = make_review()
    review = advance(review, irm, DAY)
    assert stored(review).stage == "factual_review"
    review = advance(review, irm, DAY)
    now = stored(review)
    assert (now.stage, now.comment_from, now.comment_until) == ("public_comment", DAY, date(2022, 3, 15))
    IRMReview.objects.filter(pk=review.pk).update(published_on=date(2022, 3, 16))
    review = advance(stored(review), irm, date(2022, 3, 16))
    assert stored(review).stage == "final"
    with pytest.raises(ValidationError, match="is final"):
        advance(review, irm, DAY)


def test_days_of_comment_that_were_entered_stay(irm):
    days = {"comment_from": date(2022, 4, 1), "comment_until": date(2022, 5, 1)}
    review = advance(make_review(stage="factual_review", **days), irm, DAY)
    assert (review.comment_from, review.comment_until) == (date(2022, 4, 1), date(2022, 5, 1))


def test_the_comment_is_not_over_on_its_last_day(irm):
    review = under_comment(published_on=date(2022, 3, 16))
    with pytest.raises(ValidationError, match="Public comment lasts until .*15"):
        advance(review, irm, date(2022, 3, 15))
    assert stored(review).stage == "public_comment"


@pytest.mark.parametrize(
    "published_on, words",
    [(None, "needs the day"), (date(2022, 3, 15), "after the public comment"), (date(2022, 3, 21), "in the future")],
)
def test_a_final_review_needs_its_day_of_publication(irm, published_on, words):
    review = under_comment(published_on=published_on)
    with pytest.raises(ValidationError, match=words):
        advance(review, irm, date(2022, 3, 20))
    assert stored(review).stage == "public_comment"


def test_a_second_final_review_of_a_product_is_refused_in_words(irm):
    first = make_review(stage="final")
    review = under_comment(plan=first.plan, published_on=date(2022, 3, 16))
    with pytest.raises(ValidationError, match="has a final review of this product already"):
        advance(review, irm, date(2022, 3, 20))
    assert stored(review).stage == "public_comment"


def test_two_who_press_at_once_move_a_review_on_once(irm):
    review = make_review()
    first, second = stored(review), stored(review)
    advance(first, irm, DAY)
    with pytest.raises(ValidationError, match="Somebody else"):
        advance(second, irm, DAY)
    assert stored(review).stage == "factual_review"


@pytest.mark.parametrize("role", ["viewer", "editor", "head", "co_owner", "coordinator"])
def test_no_ministry_moves_a_review_on(role):
    review = make_review()
    with pytest.raises(PermissionDenied):
        advance(review, make_user(role, make_institution(review.plan.member)), DAY)
    assert stored(review).stage == "draft"


# The database ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("days, allowed", [(14, True), (13, False), (0, False), (-1, False), (400, True)])
def test_the_database_wants_two_weeks_of_comment(days, allowed):
    review = make_review()
    written = IRMReview.objects.filter(pk=review.pk)
    start = date(2024, 2, 20)  # a leap day lies between
    if allowed:
        assert written.update(comment_from=start, comment_until=start + timedelta(days=days)) == 1
        return
    with pytest.raises(IntegrityError, match="public_comment_lasts_two_weeks"), transaction.atomic():
        written.update(comment_from=start, comment_until=start + timedelta(days=days))
    review.comment_from, review.comment_until = start, start + timedelta(days=days)
    with pytest.raises(ValidationError, match="at least 14 days"):
        review.full_clean()


@pytest.mark.parametrize("facts", [{"comment_from": DAY}, {"comment_until": DAY}, {"stage": "public_comment"}])
def test_the_database_wants_both_days_of_comment(facts):
    review = make_review()
    with pytest.raises(IntegrityError, match="public_comment"), transaction.atomic():
        IRMReview.objects.filter(pk=review.pk).update(**facts)


# The desk -------------------------------------------------------------------------------------------------------------
def page_of(row) -> str:
    return reverse(f"admin:assessments_{row._meta.model_name}_change", args=[row.pk])


def press(client, review, to):
    return client.post(reverse("admin:assessments_irmreview_advance", args=[review.pk]), {"to": to}, follow=True)


def test_the_irm_moves_a_review_on_by_its_button(desk):
    review = make_review()
    assert "Move on to: factual review" in desk.get(page_of(review)).content.decode()
    answer = press(desk, review, "factual_review")
    assert "The review is now at the stage: factual review." in answer.content.decode()
    assert stored(review).stage == "factual_review"


@pytest.mark.parametrize("to", ["draft", "public_comment", "final", "", "nonsense"])
def test_the_desk_skips_no_stage(desk, to):
    review = make_review(published_on=DAY)
    assert "one stage on at a time" in press(desk, review, to).content.decode()
    assert stored(review).stage == "draft"


def test_a_button_pressed_twice_moves_a_review_on_once(desk):
    review = make_review()
    press(desk, review, "factual_review")
    press(desk, review, "factual_review")
    assert stored(review).stage == "factual_review"


def test_the_comment_begins_today_where_the_member_is(desk):
    review = make_review(stage="factual_review")
    press(desk, review, "public_comment")
    assert stored(review).comment_from == local_date(review.plan.member.time_zone)


def fields_of(client, row) -> dict:
    """What the browser would send back for the page of a row, unchanged."""
    form = client.get(page_of(row)).context["adminform"].form
    sent = {}
    for bound in form:
        value = bound.value()
        is_unknown = value is None and isinstance(bound.field, NullBooleanField)
        sent[bound.name] = "unknown" if is_unknown else value or ""
    return sent


def management(*prefixes) -> dict:
    return {f"{prefix}-{name}_FORMS": 0 for prefix in prefixes for name in ("TOTAL", "INITIAL")}


def test_a_posted_stage_is_ignored(desk):
    review = make_review()
    sent = fields_of(desk, review) | management("codings", "requirements", "recommendations")
    answer = desk.post(page_of(review), sent | {"stage": "final", "note": "Seen."})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert (stored(review).stage, stored(review).note) == ("draft", "Seen.")


def test_what_the_stage_asks_is_said_on_the_form(desk):
    inlines = management("codings", "requirements", "recommendations")
    review = under_comment()
    answer = desk.post(page_of(review), fields_of(desk, review) | inlines | {"comment_from": "", "comment_until": ""})
    assert "A review under public comment needs the days of the comment." in answer.content.decode()
    first = make_review(stage="final")
    second = make_review(plan=first.plan, stage="final", product="midterm_review")
    answer = desk.post(page_of(second), fields_of(desk, second) | inlines | {"product": first.product})
    assert "This plan has a final review of this product already." in answer.content.decode()
    answer = desk.post(page_of(first), fields_of(desk, first) | inlines | {"comment_from": "2022-03-01"})
    assert "Public comment lasts at least 14 days" in answer.content.decode()


@pytest.mark.parametrize("method", BY_VERSION)
def test_the_form_of_a_coding_has_exactly_the_indicators_of_its_method(desk, method):
    coding = make_coding(make_review(method_version=method))
    fields = set(desk.get(page_of(coding)).context["adminform"].form.fields)
    assert fields & set(NAMES) == set(BY_VERSION[method].names)


def test_the_irm_codes_a_commitment(desk):
    review = make_review()
    commitment = new_commitment(review.plan)
    assert f"?review={review.pk}" in desk.get(page_of(review)).content.decode()
    add = reverse("admin:assessments_coding_add")
    first = {"review": review.pk, "commitment": commitment.pk, "title_as_quoted": "", "document": "", "section": ""}
    answer = desk.post(add, first)
    coding = Coding.objects.get(review=review)
    assert answer["Location"] == page_of(coding)
    sent = fields_of(desk, coding) | {
        "completion": "complete",
        "promising": "true",
        "rationale": "It was enacted.",
        "evidence": "The decree | https://example.org/decree\nhttps://example.org/",
    }
    assert desk.post(page_of(coding), sent).status_code == 302
    coding.refresh_from_db()
    assert (coding.completion, coding.promising, coding.rationale) == ("complete", True, "It was enacted.")
    assert coding.evidence == [
        {"title": "The decree", "link": "https://example.org/decree"},
        {"title": "https://example.org/", "link": "https://example.org/"},
    ]
    assert "The decree | https://example.org/decree" in desk.get(page_of(coding)).content.decode()
    assert "coding of this commitment already" in desk.post(add, first).content.decode()


def test_a_value_of_another_method_is_refused_in_words_on_the_form(desk):
    coding = make_coding(make_review())
    answer = desk.post(page_of(coding), fields_of(desk, coding) | {"potential_impact": "transformative"})
    assert "“Transformative” is not a value of the method 2021 on." in answer.content.decode()
    answer = desk.post(page_of(coding), fields_of(desk, coding) | {"completion": "completed"})
    assert answer.context["adminform"].form.errors["completion"]
    coding.refresh_from_db()
    assert (coding.potential_impact, coding.completion) == ("", "")


def test_evidence_that_is_no_web_address_is_refused_at_its_field(desk):
    coding = make_coding(make_review())
    answer = desk.post(page_of(coding), fields_of(desk, coding) | {"evidence": "A trap | javascript:alert(1)"})
    assert "“A trap” needs a web address." in answer.content.decode()
    coding.refresh_from_db()
    assert coding.evidence == []


def test_the_method_of_a_coded_review_cannot_be_posted(desk):
    review = make_review(codings=1)
    sent = fields_of(desk, review) | management("codings", "requirements", "recommendations")
    desk.post(page_of(review), sent | {"method_version": "2011-13", "note": "Seen."})
    assert (stored(review).method_version, stored(review).note) == ("2021+", "Seen.")


def test_the_irm_writes_on_requirements_and_uptake(desk):
    review = make_review()
    make_recommendations(review, 1)
    recommendation = review.recommendations.get()
    row = {"requirements-0-code": "2.2", "requirements-0-met": "false", "requirements-0-evidence": "No new evidence."}
    formset = management("codings", "requirements", "recommendations") | {"requirements-TOTAL_FORMS": 1}
    desk.post(page_of(review), fields_of(desk, review) | formset | row)
    assert (PlanRequirement.objects.get().code, PlanRequirement.objects.get().met) == ("2.2", False)
    earlier = {"uptakes-0-plan": review.plan.pk, "uptakes-0-what_was_done": "Something."}
    sent = fields_of(desk, recommendation) | management("uptakes") | {"uptakes-TOTAL_FORMS": 1}
    assert "Choose a later plan" in desk.post(page_of(recommendation), sent | earlier).content.decode()
    assert not RecommendationUptake.objects.filter(recommendation=recommendation).exists()


@pytest.mark.parametrize("role", ["viewer", "editor", "head", "co_owner", "coordinator"])
def test_a_ministry_writes_nothing_of_a_review_by_any_address(client, record, role):
    review = IRMReview.objects.get(plan__member=record)
    IRMReview.objects.update(stage="draft")
    coding, recommendation = review.codings.first(), review.recommendations.first()
    client.force_login(make_user(role, record.point_of_contact if role != "viewer" else None))
    rows = [review, coding, recommendation]
    before = [type(row).objects.filter(pk=row.pk).values().get() for row in rows]
    counts = [model.objects.count() for model in (IRMReview, Coding, Recommendation, RecommendationUptake)]
    sent = {
        "note": "X",
        "summary": "X",
        "text": "X",
        "completion": "complete",
        "stage": "final",
        "to": "factual_review",
    }
    inlines = management("codings", "requirements", "recommendations", "uptakes") | {
        "requirements-TOTAL_FORMS": 1,
        "requirements-0-code": "1.1",
        "uptakes-TOTAL_FORMS": 1,
        "uptakes-0-plan": record.plans.get(number=5).pk,
        "uptakes-0-what_was_done": "X",
        "codings-TOTAL_FORMS": 1,
        "codings-INITIAL_FORMS": 1,
        "codings-0-id": coding.pk,
        "codings-0-completion": "complete",
    }
    for row in rows:
        name = f"admin:assessments_{row._meta.model_name}"
        for address in (page_of(row), reverse(f"{name}_delete", args=[row.pk]), reverse(f"{name}_add")):
            assert client.post(address, sent | inlines | {"post": "yes"}).status_code in (302, 403), address
        actions = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
        assert client.post(reverse(f"{name}_changelist"), actions).status_code in (200, 302, 403)
    assert press(client, review, "factual_review").status_code == 403
    assert [type(row).objects.filter(pk=row.pk).values().get() for row in rows] == before
    assert [model.objects.count() for model in (IRMReview, Coding, Recommendation, RecommendationUptake)] == counts
    assert not PlanRequirement.objects.exists()
    assert "Move on to" not in client.get(page_of(review), follow=True).content.decode()


def test_the_button_wants_its_token(irm, client):
    review = make_review()
    client.handler.enforce_csrf_checks = True
    client.force_login(irm)
    assert press(client, review, "factual_review").status_code == 403
    assert stored(review).stage == "draft"
