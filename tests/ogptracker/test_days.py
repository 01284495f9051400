"""A day of each role in Chromium, from signing in to signing out, in both languages: what each came to do, done.

Wherever a day passes, axe-core looks; what it finds all day is reported at its end.
"""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from assessments import services as report_jobs
from assessments.models import Report
from milestones import services
from milestones.models import Milestone, StatusUpdate
from tests.conftest import PASSWORD, account
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_report

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
LANGUAGES = pytest.mark.parametrize("prefix", ["", "/ko"], ids=["in English", "in Korean"])
README = Path(__file__).parents[2] / "README.md"
PDF = {"name": "decree.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n% a small file\n"}


class Day:
    """One person at a page, with a mouse: what is clicked and filled in is counted, what axe finds is kept."""

    def __init__(self, page, axe, prefix=""):
        self.page, self.axe, self.prefix = page, axe, prefix
        self.clicks = self.fields = 0
        self.faults = []

    def look(self):
        try:
            self.axe(self.page)
        except AssertionError as fault:
            self.faults.append(str(fault))

    def click(self, where: str):
        self.clicks += 1
        with self.page.expect_navigation():
            self.press(self.page.locator(where).first)
        self.look()

    def fill(self, field: str, words: str):
        self.fields += 1
        self.type(self.page.locator(f"#id_{field}"), words)

    def choose(self, field: str, value: str):
        self.fields += 1
        self.pick(self.page.locator(f"#id_{field}"), value)

    def add_file(self, field: str):
        self.fields += 1
        with self.page.expect_file_chooser() as chooser:
            self.press(self.page.locator(f"#id_{field}"))
        chooser.value.set_files([PDF])

    def press(self, element):
        element.click()

    def type(self, element, words):
        element.fill(words)

    def pick(self, element, value):
        element.select_option(value)

    def sign_in(self, username: str):
        self.page.goto(f"{self.prefix}/admin/")
        self.look()
        self.fill("username", username)
        self.fill("password", PASSWORD)
        self.click("#login-form [type=submit]")
        self.page.wait_for_url(f"**{self.prefix}/admin/")

    def sign_out(self):
        self.click("#logout-form button")
        assert not self.page.locator("#logout-form").count()
        self.page.goto(f"{self.prefix}/admin/milestones/milestone/")
        expect(self.page.locator("#id_username")).to_be_visible()

    def is_refused(self, address: str) -> bool:
        return self.page.goto(f"{self.prefix}{address}").status == 403


class KeyboardDay(Day):
    """The same without a mouse: every element is reached with Tab, as it stands in the order of the page."""

    def reach(self, element):
        for _step in range(150):
            if element.evaluate("(it) => it === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {element}")

    def press(self, element):
        self.reach(element)
        self.page.keyboard.press("Enter")

    def type(self, element, words):
        self.reach(element)
        self.page.keyboard.type(words)

    def pick(self, element, value):
        self.reach(element)
        for _option in range(element.locator("option").count()):
            if element.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        assert element.input_value() == value


@pytest.fixture
def under_way(transactional_db) -> Milestone:
    """A late milestone of a plan that is under way today, led by an institution with an editor and a head."""
    today = date.today()
    plan = make_plan(make_member(), starts_on=today - timedelta(300), ends_on=today + timedelta(300))
    ministry = make_institution(plan.member)
    for name, role in [("editor", "editor"), ("head", "head"), ("poc", "coordinator")]:
        colleague(name, role, ministry)
    return make_milestone(make_commitment(plan, ministry), today - timedelta(60), title="Publish the road register")


def colleague(username, role, institution):
    get_user_model().objects.create_user(
        username, f"{username}@example.org", PASSWORD, role=role, institution=institution, is_staff=True
    )


@pytest.fixture
def begin(open_page, axe):
    """``begin(username, prefix)``: a person who has just signed in, in a browser of their own."""

    def begun(username, prefix, kind=Day):
        locale = "ko-KR" if prefix else "en-GB"
        day = kind(open_page(viewport={"width": 1280, "height": 900}, locale=locale), axe, prefix)
        day.sign_in(username)
        return day

    return begun


def ends_well(*days):
    """Axe found nothing all day."""
    faults = [fault for day in days for fault in day.faults]
    assert not faults, "\n".join(faults)


def promised_in_readme() -> tuple[int, int]:
    words = r"From signing in to a submitted report: (\d+) clicks, (\d+) fields"
    clicks, fields = re.search(words, README.read_text(encoding="utf-8")).groups()
    return int(clicks), int(fields)


# Who reports ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("prefix", "kind"), [("", Day), ("/ko", KeyboardDay)], ids=["in English", "in Korean by keyboard"]
)
def test_an_editor_reports_on_what_is_late_in_as_few_steps_as_the_readme_says(begin, under_way, prefix, kind):
    day = begin("editor", prefix, kind)
    day.click('section[aria-labelledby="late"] a[href*="statusupdate/add"]')
    day.choose("status", "completed")
    day.fill("what_was_done", "The decree was promulgated.")
    day.add_file("files")
    day.fill("links", "The decree | https://example.org/decree")
    day.click("[name=_submit]")
    expect(day.page.locator(".messagelist .success")).to_be_visible()
    assert (day.clicks, day.fields) == promised_in_readme()
    update = StatusUpdate.objects.get()
    assert (update.review, update.status) == ("submitted", "completed")
    assert list(update.evidence.values_list("title", "file_name")) == [("decree.pdf", "decree.pdf"), ("The decree", "")]
    day.sign_out()
    ends_well(day)


@LANGUAGES
def test_an_editor_who_forgot_the_evidence_lands_at_the_field(begin, under_way, prefix):
    day = begin("editor", prefix)
    day.click('section[aria-labelledby="late"] a[href*="statusupdate/add"]')
    day.choose("status", "completed")
    day.click("[name=_submit]")
    marked = day.page.locator("[aria-invalid=true]")
    assert [field.get_attribute("id") for field in marked.all()] == ["id_status", "id_what_was_done"]
    assert day.page.evaluate("document.activeElement.id") == "id_status"
    expect(day.page.locator("#id_status_error")).to_be_in_viewport()
    day.fill("what_was_done", "The decree was promulgated.")
    day.fill("links", "https://example.org/decree")
    day.click("[name=_submit]")
    assert StatusUpdate.objects.get().review == "submitted"
    day.sign_out()
    ends_well(day)


# Who reviews ----------------------------------------------------------------------------------------------------------
@LANGUAGES
def test_a_head_returns_a_report_and_approves_it_once_it_is_mended(begin, under_way, prefix):
    author = get_user_model().objects.get(username="editor")
    update = make_report(under_way, author, date.today() - timedelta(1), what_was_done="Progress was made.")
    services.submit(update)
    address = f'a[href$="/statusupdate/{update.pk}/change/"]'

    head = begin("head", prefix)
    head.click(f'section[aria-labelledby="waiting"] {address}')
    head.fill("return_reason", "Which article?")
    head.click('[name=decision][value="return"]')
    head.sign_out()

    editor = begin("editor", prefix)
    expect(editor.page.locator('section[aria-labelledby="returned"]')).to_contain_text("Which article?")
    editor.click(f'section[aria-labelledby="returned"] {address}')
    editor.fill("what_was_done", "Article 16 is in force.")
    editor.click("[name=_submit]")
    editor.sign_out()

    head.sign_in("head")
    head.click(f'section[aria-labelledby="waiting"] {address}')
    head.click('[name=decision][value="approve"]')
    head.sign_out()
    head.page.goto(f"{prefix}{under_way.commitment.get_absolute_url()}")
    head.look()
    expect(head.page.get_by_text("Article 16 is in force.")).to_be_visible()
    ends_well(head, editor)


# Who coordinates ------------------------------------------------------------------------------------------------------
@LANGUAGES
def test_the_coordinating_ministry_sees_who_is_behind_and_amends_a_deadline(begin, under_way, prefix):
    day = begin("poc", prefix)
    row = day.page.locator('section[aria-labelledby="institutions"] tbody tr')
    expect(row).to_have_count(1)
    expect(row).to_contain_text(under_way.commitment.involvements.get().institution.name)
    assert row.locator("strong").inner_text() == "1", "one milestone is overdue"
    day.click('.desk a[href$="/milestones/milestone/"]')
    day.click(f'#result_list a[href*="/milestone/{under_way.pk}/change/"]')
    day.click('a[href*="/milestones/deadline/"]')
    day.click('a[href$="/amend/"]')
    day.fill("due_on", (date.today() + timedelta(30)).isoformat())
    day.fill("reason", "The tender failed.")
    day.click("[type=submit].default")
    assert under_way.deadlines.get(withdrawn_on=None).reason == "The tender failed."
    day.page.goto(f"{prefix}/admin/")
    expect(row.locator("strong")).to_have_count(0)
    day.sign_out()
    ends_well(day)


# Who reads ------------------------------------------------------------------------------------------------------------
@LANGUAGES
def test_an_irm_reviewer_reads_the_assessment_gets_its_pdf_and_cannot_report(begin, record, irm_reviewer, prefix):
    day = begin("irm", prefix)
    assert not day.page.locator('a[href*="statusupdate"]').count()
    day.click('section[aria-labelledby="assessments"] a[href*="kr-2-end-of-term"]')
    day.click("form.inline [type=submit]")
    expect(day.page.locator("progress")).to_be_visible()
    report_jobs.render(Report.objects.get().pk)  # what a worker does
    file = day.page.locator('a.button[href$="/file/"]')
    expect(file).to_be_visible()  # the page renews itself
    day.look()
    with day.page.expect_download() as download:
        file.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    day.page.goto(f"{prefix}/admin/")
    day.click('a[href$="/admin/assessments/irmreview/"]')
    day.click("#result_list tbody th a")
    assert day.page.locator("#codings-group .has_original").count() > 1
    assert day.is_refused(f"/admin/milestones/statusupdate/add/?milestone={Milestone.objects.first().pk}")
    day.page.goto(f"{prefix}/admin/")
    day.sign_out()
    ends_well(day)


@LANGUAGES
def test_a_viewer_reads_the_record_and_changes_nothing(begin, record, prefix):
    account("viewer", "viewer")
    day = begin("viewer", prefix)
    day.click('a[href$="/admin/commitments/commitment/"]')
    assert not day.page.locator(".addlink").count()
    day.click("#result_list tbody th a")
    assert not day.page.locator(".submit-row [type=submit]").count()
    assert day.is_refused(f"/admin/milestones/statusupdate/add/?milestone={Milestone.objects.first().pk}")
    assert day.is_refused("/admin/milestones/statusupdate/")
    day.page.goto(f"{prefix}/admin/")
    day.sign_out()
    ends_well(day)
