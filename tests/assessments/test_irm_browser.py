"""The IRM's desk in a real browser: nothing for axe to find, nothing wider than a phone, no script needed."""

import pytest
from playwright.sync_api import expect

from assessments.models import Coding, IRMReview
from tests.assessments.irm_rows import make_coding, make_review

pytestmark = pytest.mark.once


def test_axe_finds_nothing_on_the_irms_desk(page, axe, sign_in, record, irm_reviewer):
    review = IRMReview.objects.get(plan__member=record)
    IRMReview.objects.filter(pk=review.pk).update(stage="draft")
    rows = {"irmreview": review, "coding": review.codings.first(), "recommendation": review.recommendations.first()}
    sign_in(page, irm_reviewer)
    for name, row in rows.items():
        for address in ("", "add/", f"{row.pk}/change/"):
            page.goto(f"/admin/assessments/{name}/{address}")
            page.set_viewport_size({"width": 360, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
            page.set_viewport_size({"width": 1280, "height": 900})
            axe(page)


def test_the_irm_codes_and_moves_a_review_on_without_script(open_page, sign_in, record, irm_reviewer):
    review = make_review()
    coding = make_coding(review)
    desk = sign_in(open_page(java_script_enabled=False), irm_reviewer)
    desk.goto(f"/admin/assessments/coding/{coding.pk}/change/")
    desk.get_by_label("Early results").select_option("Significant")
    desk.get_by_label("Evidence").fill("The decree | https://example.org/decree")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    assert Coding.objects.get(pk=coding.pk).early_results == "significant"
    desk.goto(f"/admin/assessments/irmreview/{review.pk}/change/")
    desk.get_by_role("button", name="Move on to: factual review").click()
    expect(desk.get_by_text("The review is now at the stage: factual review.")).to_be_visible()
