"""In a real browser: three users' real work, no script needed, and nothing for axe to find on the desk. The public
site's pages are walked in ``test_every_page`` and ``test_every_page_made``."""

import pytest
from playwright.sync_api import expect

from tests.conftest import axe_faults

pytestmark = pytest.mark.once

DESK = [
    "/admin/",
    "/admin/milestones/milestone/",
    "/admin/milestones/statusupdate/",
    "/admin/commitments/commitment/",
]


def test_axe_finds_nothing_on_the_desk(page, sign_in, record, editor_mois):
    milestone = record.plans.get(number=5).commitments.get(number="1").milestones.get(position=4)
    sign_in(page, editor_mois)
    faults = []
    for address in [*DESK, f"/admin/milestones/statusupdate/add/?milestone={milestone.pk}"]:
        assert page.goto(address).status == 200, address
        faults += [f"{address}: {fault}" for fault in axe_faults(page)]
    assert not faults, "\n".join(faults)


def test_claim_and_finding_are_one_step_from_a_plan_and_from_a_commitment(open_page, record):
    page = open_page(java_script_enabled=False)
    page.goto("/plans/kr-2/")
    for link in ("End-of-Term Self-Assessment", "IRM Progress Report", "codebook 2014–17"):
        expect(page.locator("section[aria-labelledby=assessments] a", has_text=link)).to_be_visible()
    page.get_by_role("link", name="Claim and finding side by side").click()
    expect(page.get_by_text("5 assessed commitments")).to_be_visible()
    page.goto("/plans/kr-2/commitments/2-d/")
    page.get_by_role("link", name="Claim and finding side by side").click()
    expect(page.locator("tr:target")).to_contain_text("Strengthening Public Service Ethics")


def test_a_citizen_without_script_finds_what_is_late_in_a_ministry(open_page, record):
    page = open_page(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Overdue", exact=True).click()
    page.get_by_label("As it stood on").fill("2021-11-15")
    page.get_by_text("More filters").click()
    page.get_by_label("Lead institution").select_option("Ministry of Economy and Finance")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("6 milestones overdue")).to_be_visible()
    page.get_by_role("link", name="Reflect the projects in the government's budget").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("Expand Participatory Budgeting")
    assert "as_of=2021-11-15" in page.url
    expect(page.locator("#late + ul").get_by_text("late by 76 days")).to_be_visible()
    expect(page.locator("#milestone-7").get_by_text("late by 76 days")).to_be_visible()


def test_an_editor_reports_by_keyboard_and_a_reviewer_publishes_it(
    open_page, sign_in, record, editor_mois, coordinator
):
    desk = sign_in(open_page(), editor_mois)
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.get(position=2)
    desk.goto(f"/admin/milestones/statusupdate/add/?milestone={milestone.pk}")
    desk.locator("#id_status").focus()
    desk.keyboard.press("C")  # Completed
    desk.locator("#id_what_was_done").focus()
    desk.keyboard.type("The decree was promulgated.")
    desk.locator("#id_links").focus()
    desk.keyboard.type("The decree | https://example.org/decree")
    desk.get_by_role("button", name="Submit for review").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("The report is submitted.")).to_be_visible()

    review = sign_in(open_page(), coordinator)
    review.goto("/admin/")
    review.get_by_role("link", name="Enact the Enforcement Decree").click()
    review.get_by_role("button", name="Approve and publish").click()
    expect(review.get_by_text("Approved. The report is public now.")).to_be_visible()

    public = open_page()
    public.goto("/plans/kr-5/commitments/3/")
    expect(public.get_by_text("The decree was promulgated.")).to_be_visible()


def test_focus_is_always_visible(page, record):
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(8):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
