"""In a real browser: nothing for axe to find, no script needed, nothing wider than a phone, three users' real work."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.once

PAGES = [
    "/",
    "/plans/",
    "/plans/kr-2/",
    "/plans/kr-3/",
    "/plans/kr-5/?as_of=2021-11-15",
    "/plans/kr-5/commitments/4/",
    "/plans/kr-5/commitments/4-1/?as_of=2021-11-15",
    "/plans/kr-2/commitments/2-d/",
    "/commitments/?q=data",
    "/commitments/?plan=nowhere",
    "/overdue/?as_of=2021-11-15",
    "/overdue/?as_of=soon",
    "/institutions/",
    "/institutions/kr/mois/",
    "/members/kr/",
    "/documents/",
    "/documents/kr-5-plan/",
    "/self-assessments/kr-2-end-of-term/",
    "/irm-reviews/",
    "/irm-reviews/kr-2-irm-progress/",
    "/codebooks/",
    "/codebooks/2021-on/",
    "/api/v1/schema/docs/",
    "/admin/login/",
    "/no-such-page/",
]
DESK = [
    "/admin/",
    "/admin/milestones/milestone/",
    "/admin/milestones/statusupdate/",
    "/admin/commitments/commitment/",
]


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_on_a_public_page(page, axe, record, address):
    page.goto(address)
    axe(page)


@pytest.mark.parametrize(
    "address", ["/", "/plans/kr-5/?as_of=2021-11-15", "/plans/kr-5/commitments/5/?as_of=2021-11-15"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_korean_on_a_phone_in_either_scheme(open_page, axe, record, address, scheme):
    phone = open_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    phone.goto(f"/ko{address}")
    axe(phone)


@pytest.mark.parametrize("address", DESK)
def test_axe_finds_nothing_on_the_desk(page, axe, sign_in, record, editor_mois, address):
    sign_in(page, editor_mois).goto(address)
    axe(page)


def test_axe_finds_nothing_on_the_report_form(page, axe, sign_in, record, editor_mois):
    milestone = record.plans.get(number=5).commitments.get(number="1").milestones.get(position=4)
    sign_in(page, editor_mois).goto(f"/admin/milestones/statusupdate/add/?milestone={milestone.pk}")
    axe(page)


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_wider_than_a_phone(open_page, record, address):
    phone = open_page(viewport={"width": 360, "height": 740})
    phone.goto(address)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_citizen_without_script_finds_what_is_late_in_a_ministry(open_page, record):
    page = open_page(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Overdue").click()
    page.get_by_label("As it stood on").fill("2021-11-15")
    page.get_by_text("More filters").click()
    page.get_by_label("Lead institution").select_option("Ministry of Economy and Finance")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("6 milestones overdue")).to_be_visible()
    page.get_by_role("link", name="Reflect the projects in the government's budget").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("Expand Participatory Budgeting")
    assert "as_of=2021-11-15" in page.url
    expect(page.get_by_text("late by 76 days")).to_be_visible()


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
