"""The pages of bulk actions, conflicts and histories in a browser: accessible, without scripts, narrow, in the dark."""

from datetime import date

import pytest
from playwright.sync_api import expect

from milestones import services
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_report,
    make_user,
)

pytestmark = pytest.mark.once
WINDOW = {
    "viewport": {"width": 360, "height": 800},
    "color_scheme": "dark",
}


class World:
    def __init__(self):
        plan = make_plan(make_member())
        self.ministry = make_institution(plan.member)
        self.commitment = make_commitment(plan, self.ministry)
        self.milestone = make_milestone(self.commitment, date(2021, 10, 31), title="A milestone with a title")
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.report = make_report(self.milestone, self.editor, date(2021, 11, 15))


@pytest.fixture
def world(transactional_db):
    return World()


def is_narrow(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_history_is_read_on_a_phone_in_the_dark(world, open_page, axe):
    services.submit(world.report)
    services.approve(world.report, world.head)
    services.amend_deadline(
        world.milestone.deadlines.get(), date(2022, 3, 31), "The tender failed.", date(2021, 10, 1), by=world.head
    )
    page = open_page(**WINDOW)
    page.goto(f"{world.commitment.get_absolute_url()}history/")
    expect(page.get_by_text("The tender failed.")).to_be_visible()
    assert is_narrow(page)
    axe(page)


def test_reports_are_approved_in_bulk_and_undone_without_scripts(world, open_page, sign_in):
    services.submit(world.report)
    page = sign_in(open_page(**WINDOW, java_script_enabled=False), world.head)
    page.goto("/admin/milestones/statusupdate/")
    page.locator("input[name=_selected_action]").check()
    page.locator("select[name=action]").first.select_option("approve_selected")
    page.get_by_role("button", name="Go").first.click()
    page.get_by_role("button", name="Approve and publish").click()
    expect(page.get_by_text("1 row is done.")).to_be_visible()
    page.get_by_role("button", name="Undo this bulk action").click()
    expect(page.get_by_text("1 row is undone.")).to_be_visible()
    world.report.refresh_from_db()
    assert world.report.review == "submitted"


def test_the_page_before_a_bulk_action_and_the_batch_are_accessible(world, open_page, sign_in, axe):
    services.submit(world.report)
    page = sign_in(open_page(**WINDOW), world.head)
    page.goto("/admin/milestones/statusupdate/")
    page.locator("input[name=_selected_action]").check()
    page.locator("select[name=action]").first.select_option("return_selected")
    page.get_by_role("button", name="Go").first.click()
    page.get_by_label("Reason for returning it").fill("Figures are missing.")
    assert is_narrow(page)
    axe(page, "#content")
    page.get_by_role("button", name="Return to their authors").click()
    expect(page.get_by_text("1 row is done.")).to_be_visible()
    axe(page, "#content")


def test_a_conflict_is_settled_by_the_person(world, open_page, sign_in, axe):
    address = f"/admin/milestones/statusupdate/{world.report.pk}/change/"
    first, second = (sign_in(open_page(**WINDOW), world.editor) for _n in range(2))
    for page in (first, second):
        page.goto(address)
    for page, words in ((first, "From the first."), (second, "From the second.")):
        page.get_by_label("What was done:").fill(words)
        page.get_by_role("button", name="Save the draft").click()
    expect(second.get_by_text("Both of you changed it: choose.")).to_be_visible()
    assert is_narrow(second)
    axe(second, "#content")
    second.get_by_label("Take yours").check()
    second.get_by_role("button", name="Save what is chosen").click()
    second.get_by_text("The draft is saved.").wait_for()
    world.report.refresh_from_db()
    assert world.report.what_was_done == "From the second."
