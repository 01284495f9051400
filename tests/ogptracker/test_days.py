"""A day of each role in Chromium, from signing in to signing out, in both languages: what each came to do, done.

Wherever a day passes, axe-core looks, in Korean at what a translation can break; what it finds is told at the end.
"""

import re
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from assessments import codebooks, workflow
from assessments import making as report_jobs
from assessments.models import Coding, EntryResult, Report, SelfAssessment, Snapshot
from milestones import services
from milestones.models import Milestone, StatusUpdate
from ogptracker.training import load_training
from tests.assessments.irm_rows import make_review
from tests.conftest import PASSWORD, account
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_report

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
LANGUAGES = pytest.mark.parametrize("prefix", ["", "/ko"], ids=["in English", "in Korean"])
README = Path(__file__).parents[2] / "README.md"
OF_WORDS = [
    *("html-has-lang", "html-lang-valid", "valid-lang", "document-title", "page-has-heading-one", "empty-heading"),
    *("label", "select-name", "input-button-name", "button-name", "link-name", "image-alt", "svg-img-alt"),
    *("aria-command-name", "aria-input-field-name", "empty-table-header", "frame-title", "summary-name"),
]
PDF = {"name": "decree.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n% a small file\n"}


class Day:
    """One person at a page, with a mouse: what is clicked and filled in is counted, what axe finds is kept."""

    def __init__(self, page, axe, prefix=""):
        self.page, self.axe, self.prefix = page, axe, prefix
        self.clicks = self.fields = 0
        self.faults = []

    def look(self):
        try:
            self.axe(self.page, rules=OF_WORDS if self.prefix else None)
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


# Who assesses their own plan ------------------------------------------------------------------------------------------
class OwnAssessment:
    """The training government's end-of-term self-assessment, step by step, each by the person whose step it is."""

    def __init__(self, begin, open_page, axe, prefix):
        self.begin, self.open_page, self.axe, self.prefix = begin, open_page, axe, prefix
        self.ministry = begin("poc.training", prefix)
        self.days = [self.ministry]

    @property
    def row(self) -> SelfAssessment:
        return SelfAssessment.objects.get(plan__slug="training-1", kind="end_of_term")

    def desk_of_it(self):
        self.ministry.page.goto(f"{self.prefix}/admin/assessments/selfassessment/{self.row.pk}/change/")
        return self.ministry

    def is_made(self):
        """From the desk: the plan stands there already, one press makes it."""
        day = self.ministry
        day.click('.desk a[href$="/selfassessment/add/"]')
        day.choose("kind", "end_of_term")
        day.click(".submit-row [type=submit]")
        expect(day.page.locator(".messagelist .success")).to_be_visible()

    def is_read_and_mended(self):
        """A form that was filled from reports: to the report in one click, back, and a text said in both languages."""
        result = EntryResult.objects.filter(entry__assessment=self.row).exclude(update=None).first()
        day = self.desk_of_it()
        day.click(f'.stage a[href$="/selfassessmententry/{result.entry_id}/change/"]')
        form = day.page.url
        day.click(".field-taken_from a")
        assert day.page.url.endswith(result.update.get_absolute_url())
        expect(day.page.get_by_text(result.update.what_was_done).first).to_be_visible()
        day.page.goto(form)
        day.choose("completion_level", "substantial")
        day.fill("main_objective", "Residents decide on local projects.")
        day.fill("main_objective_ko", "주민이 지역 사업을 결정합니다.")
        day.click("[name=_continue]")
        result.entry.refresh_from_db()
        assert result.entry.main_objective_ko == "주민이 지역 사업을 결정합니다."

    def is_signed_off(self):
        """One form by a head at the desk; the others meanwhile by the same right."""
        self.desk_of_it().click('[name=step][value="ask"]')
        self.row.entries.filter(completion_level="").update(completion_level="limited")
        head = self.begin("head.training", self.prefix)
        self.days.append(head)
        head.click('section[aria-labelledby="unsigned"] li a')
        head.click('form[action$="/sign-off/"] button')
        assert self.row.entries.signed_off().get().signed_off_by.username == "head.training"
        head.page.goto(f"{self.prefix}/admin/")
        head.sign_out()
        for entry in self.row.entries.unsigned():
            workflow.sign_off(entry, get_user_model().objects.get(username="poc.training"))

    def is_commented_on(self):
        """By somebody without an account, on a phone, with the keyboard, without script."""
        self.desk_of_it().click('[name=step][value="open"]')
        phone = {"viewport": {"width": 360, "height": 740}, "locale": "ko-KR" if self.prefix else "en-GB"}
        seen = Day(self.open_page(**phone), self.axe, self.prefix)
        self.days.append(seen)
        for address in ("", "comment/"):
            seen.page.goto(f"{self.prefix}{self.row.get_absolute_url()}{address}")
            seen.look()
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
        citizen = KeyboardDay(
            self.open_page(**phone, java_script_enabled=False), lambda _page, rules: None, self.prefix
        )
        citizen.page.goto(f"{self.prefix}{self.row.get_absolute_url()}")
        citizen.click('.notice a[href$="/comment/"]')
        citizen.choose("entry", str(self.row.entries.first().pk))
        citizen.fill("text", "Which of the three offices is meant?")
        citizen.page.wait_for_timeout(3000)  # as long as a person takes at least: who is quicker is asked once more
        citizen.click(".comment-form [type=submit]")
        expect(citizen.page.locator(".messages .success")).to_be_visible()
        expect(citizen.page.get_by_text("Which of the three offices")).to_have_count(0)

    def answers(self):
        day = self.ministry
        day.page.goto(f"{self.prefix}/admin/")
        day.click('section[aria-labelledby="comments"] a[href*="state__exact=waiting"]')
        day.click("#result_list tbody th a")
        day.click('[name=decision][value="let_through"]')
        day.fill("response", "The office in the north.")
        day.fill("response_ko", "북부 사무소입니다.")
        day.click('form[action$="/respond/"] button')

    def is_published(self):
        """Not a day too early; then at a press, frozen as version 1."""
        day = self.desk_of_it()
        day.click('[name=step][value="publish"]')
        expect(day.page.locator(".messagelist .error")).to_be_visible()
        SelfAssessment.objects.filter(pk=self.row.pk).update(comment_from=self.row.comment_from - timedelta(14))
        day.click('[name=step][value="publish"]')
        expect(day.page.locator(".messagelist .success")).to_be_visible()
        day.page.goto(f"{self.prefix}/admin/")
        day.sign_out()


@LANGUAGES
def test_a_government_assesses_its_own_plan_and_the_public_has_its_say(
    begin, open_page, axe, record, settings, tmp_path, prefix
):
    settings.MEDIA_ROOT = tmp_path
    load_training()
    for user in get_user_model().objects.filter(username__in=["poc.training", "head.training"]):
        user.set_password(PASSWORD)
        user.is_active = user.is_staff = True
        user.save()
    story = OwnAssessment(begin, open_page, axe, prefix)
    story.is_made()
    story.is_read_and_mended()
    story.is_signed_off()
    story.is_commented_on()
    story.answers()
    story.is_published()

    reader = Day(open_page(), axe, prefix)
    reader.page.goto(f"{prefix}{story.row.get_absolute_url()}")
    reader.look()
    expect(reader.page.get_by_text("Which of the three offices")).to_be_visible()
    expect(reader.page.get_by_text("북부 사무소입니다." if prefix else "The office in the north.")).to_be_visible()
    reader.click('a[href$="/versions/1/"]')
    snapshots = Snapshot.objects.filter(assessment=story.row, version=1)
    assert {snapshot.language for snapshot in snapshots} == {"en", "ko"}
    for snapshot in snapshots:
        expect(reader.page.get_by_text(snapshot.sha256)).to_be_visible()
        content = reader.page.request.get(snapshot.get_json_url()).body()
        assert sha256(content).hexdigest() == snapshot.sha256
    ends_well(*story.days, reader)


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
    assert day.is_refused(f"/admin/milestones/statusupdate/add/?milestone={Milestone.objects.first().pk}")
    day.page.goto(f"{prefix}/admin/")
    day.sign_out()
    ends_well(day)


@LANGUAGES
def test_an_irm_reviewer_codes_a_commitment_recommends_and_moves_the_review_on(begin, record, irm_reviewer, prefix):
    plan = record.plans.get(slug="kr-5")
    review = make_review(plan, title="Results report of the fifth plan")
    address = f'a[href*="/irmreview/{review.pk}/change/"]'
    day = begin("irm", prefix)
    day.click('a[href$="/admin/assessments/irmreview/"]')
    day.click(f"#result_list {address}")

    day.click('.review-box a[href*="/coding/add/"]')
    offered = day.page.locator("#id_commitment option:not([value=''])")
    assert offered.count() == plan.commitments.forms().count()
    day.choose("commitment", str(plan.commitments.get(number="3").pk))
    day.click("[name=_save]")
    asked = set(day.page.locator("fieldset select").evaluate_all("all => all.map((it) => it.name)"))
    assert asked & set(codebooks.NAMES) == set(review.codebook.names)
    assert not day.page.locator("option[value=transformative]").count(), "a value of another method is not offered"
    day.choose("early_results", "significant")
    day.fill("rationale", "Two ministries publish what citizens proposed.")
    day.fill("evidence", "The proposals | https://example.org/proposals")
    day.click("[name=_save]")
    assert Coding.objects.get(review=review).early_results == "significant"

    day.page.goto(f"{prefix}/admin/assessments/irmreview/{review.pk}/change/")
    day.click('.review-box a[href*="/recommendation/add/"]')
    day.fill("number", "1")
    day.fill("title", "Say what completes a milestone")
    day.fill("text", "Name a document and an address for each.")
    day.click("[name=_save]")
    assert review.recommendations.get().title == "Say what completes a milestone"

    day.page.goto(f"{prefix}/admin/assessments/irmreview/{review.pk}/change/")
    day.click('[name=to][value="factual_review"]')
    expect(day.page.locator(".messagelist .success")).to_be_visible()
    review.refresh_from_db()
    assert review.stage == "factual_review"
    day.page.goto(f"{prefix}/admin/")
    day.sign_out()
    assert day.page.goto(f"{prefix}{review.get_absolute_url()}").status == 404, "only a final review is public"
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
