"""The public pages of the IRM's reviews."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Coding, IRMReview, RecommendationUptake
from tests.assessments.irm_rows import make_coding, make_recommendations, make_review
from tests.world import make_member, make_plan

pytestmark = pytest.mark.django_db
KOREAN = "/irm-reviews/kr-2-irm-progress/"


def page(client, address) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def article(text: str, number: str) -> str:
    return text.split(f'id="coding-{number}"')[1].split("</article>")[0]


def test_every_indicator_of_the_method_stands_with_its_value_and_code(client, record):
    text = article(page(client, KOREAN), "2-c")
    for label in ("Specificity", "Verifiability", "Potential impact", "Completion", "Did it open government?"):
        assert label in text
    assert "Early results" not in text and "Open government lens" not in text
    assert "Limited <code>3</code>" in text and "Moderate <code>2</code>" in text
    unstated = text.split("Not stated in the source: ")[1].split("</p>")[0].split(" · ")
    assert unstated[:2] == ["Specificity", "Verifiability"]
    assert unstated[-3:] == ["Rationale", "Evidence", "Confidence"]
    assert "Completion" not in unstated and "Potential impact" not in unstated


def test_rationale_evidence_and_confidence_are_shown(client, record):
    evidence = [{"title": "The decree <b>", "link": "https://example.org/decree"}]
    facts = {"rationale": "It was enacted.", "evidence": evidence, "confidence": "low"}
    Coding.objects.filter(commitment__number="2-c").update(**facts)
    text = article(page(client, KOREAN), "2-c")
    assert "It was enacted." in text and 'href="https://example.org/decree"' in text
    assert "The decree &lt;b&gt;" in text
    assert "Low</dd>" in text


def test_each_recommendation_says_what_every_later_plan_did_or_that_no_source_does(client, record):
    text = page(client, KOREAN)
    assert text.count("What became of it") == text.count("By later plan") == 5
    fifth = text.split('id="recommendation-5"')[1]
    assert fifth.count("Not stated in the sources") == 3
    first = text.split('id="recommendation-1"')[1].split('id="recommendation-2"')[0]
    assert "Not stated in the sources" not in first
    assert "OGP Forum Korea" in first and "Overview of the 5th National Action Plan" in first


def test_what_later_plans_did_is_what_the_sources_say_and_no_more(record):
    rows = RecommendationUptake.objects.filter(recommendation__review__plan__member=record)
    said = rows.order_by("recommendation__number", "plan__number").values_list("recommendation__number", "plan__slug")
    assert list(said) == [
        (1, "kr-3"),
        (1, "kr-4"),
        (1, "kr-5"),
        (2, "kr-3"),
        (3, "kr-3"),
        (4, "kr-3"),
        (4, "kr-4"),
        (4, "kr-5"),
    ]
    assert not rows.filter(document=None).exists() and not rows.filter(section="").exists()


def test_requirements_and_public_influence_are_the_plans(client, record):
    assert 'data-label="Met"' not in page(client, KOREAN)
    review = IRMReview.objects.get(plan__member=record)
    IRMReview.objects.filter(pk=review.pk).update(public_influence="involve")
    review.requirements.create(code="2.2", met=False, evidence="Nothing new in a year.")
    review.requirements.create(code="5.1", met=None)
    text = page(client, KOREAN)
    assert "Involve</dd>" in text and "Nothing new in a year." in text
    assert text.count('data-label="Met"') == 8
    assert text.count('data-label="Met">No</td>') == 1


def test_the_page_is_there_in_korean(client, record):
    text = page(client, f"/ko{KOREAN}")
    assert 'href="/ko/codebooks/2014-17/"' in text


DAYS = {"comment_from": date(2022, 3, 1), "comment_until": date(2022, 3, 15)}


@pytest.mark.parametrize("stage", ["draft", "factual_review"])
def test_a_draft_is_read_by_the_irm_alone(client, record, irm_reviewer, coordinator, stage):
    address = make_review(stage=stage).get_absolute_url()
    assert client.get(address).status_code == 404
    client.force_login(coordinator)
    assert client.get(address).status_code == 404
    client.force_login(irm_reviewer)
    assert "Draft, not public." in client.get(address).content.decode()


def test_what_is_open_to_comment_can_be_read_and_counts_nowhere(client, record):
    review = make_review(stage="public_comment", codings=1, **DAYS)
    page = client.get(review.get_absolute_url()).content.decode()
    assert "Draft, open to public comment until" in page and "15 March 2022" in page
    assert client.get("/api/v1/irm-codings/").json()["count"] == 5
    for address in (f"/irm-reviews/?plan={review.plan.slug}", f"/compare/?plan={review.plan.slug}"):
        assert len(client.get(address).context["rows"].object_list) == 0


def test_the_list_is_filtered_by_plan_product_and_method(client, record):
    other = make_review(make_plan(make_member()), 1, stage="final")
    hidden = make_review(make_plan(make_member(is_fictional=True)), stage="final")
    everything = page(client, "/irm-reviews/")
    assert "2 reviews" in everything and hidden.title not in everything
    for query in (f"plan={other.plan.slug}", "product=results_report", "method_version=2021%2B"):
        text = page(client, f"/irm-reviews/?{query}")
        assert "1 review" in text and other.title in text and "kr-2-irm-progress" not in text
    assert client.get("/irm-reviews/?product=nonsense").status_code == 400
    assert hidden.title in page(client, f"/irm-reviews/?plan={hidden.plan.slug}")


def cost(client, address) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_review_costs_the_same_for_1_3_and_30_codings_and_recommendations(client):
    costs = []
    for size in (1, 3, 30):
        plan = make_plan(make_member())
        later = [make_plan(plan.member) for _n in range(min(size, 3))]
        review = make_review(plan, size, stage="final")
        make_recommendations(review, size)
        for recommendation in review.recommendations.all():
            RecommendationUptake.objects.create(recommendation=recommendation, plan=later[0], what_was_done="It met.")
        addresses = [f"/irm-reviews/{review.slug}/", f"/api/v1/irm-codings/?plan={plan.slug}"]
        costs.append([cost(client, address) for address in addresses])
    assert costs[0] == costs[1] == costs[2]


def test_the_list_and_the_desk_cost_the_same_when_they_grow(client, irm_reviewer):
    client.force_login(irm_reviewer)
    costs = []
    for size in (1, 3, 30):
        reviews = [make_review(codings=1, stage="final") for _n in range(size)]
        for _n in range(size):
            make_coding(reviews[0])
        addresses = ["/irm-reviews/", "/admin/assessments/irmreview/", "/admin/assessments/coding/"]
        addresses.append(f"/admin/assessments/irmreview/{reviews[0].pk}/change/")
        costs.append([cost(client, address) for address in addresses])
    assert costs[0] == costs[1] == costs[2]
