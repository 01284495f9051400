"""In a real browser: nothing for axe to find, no script needed, nothing wider than a phone, three users' real work."""

from datetime import date

import pytest
from playwright.sync_api import expect

from assessments import comments, freezing, ogp_import, prefilling
from assessments.models import PublicComment, SelfAssessment
from commitments.models import Commitment
from tests.assessments.ogp_rows import Y2014, row, write
from tests.conftest import account

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
    "/plans/kr-5/themes/civic-space/?as_of=2021-11-15",
    "/plans/kr-5/commitments/4-1/milestones/1/?as_of=2021-11-15",
    "/milestones/?plan=kr-5&overdue=true&as_of=2021-11-15",
    "/members/compare/?member=kr",
    "/assessments/",
    "/glossary/",
    "/commitments/?q=data",
    "/commitments/?plan=nowhere",
    "/overdue/?as_of=2021-11-15",
    "/overdue/?as_of=soon",
    "/plans/kr-5/changes/?since=2021-10-01&until=2021-11-15",
    "/changes/?since=2021-12-01&until=2021-11-01",
    "/plans/kr-5/follow/",
    "/institutions/",
    "/institutions/kr/mois/",
    "/members/kr/",
    "/documents/",
    "/documents/kr-5-plan/",
    "/self-assessments/kr-2-end-of-term/",
    "/self-assessments/kr-2-end-of-term/versions/",
    "/compare/",
    "/compare/?plan=kr-2&as_of=2016-12-31",
    "/compare/?gap=wide",
    "/irm-reviews/",
    "/irm-reviews/kr-2-irm-progress/",
    "/codebooks/",
    "/codebooks/2021-on/",
    "/api/v1/schema/docs/",
    "/data/",
    "/data/kr/",
    "/data/dictionary/",
    "/commitments.csv?plan=nowhere",
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
    "address", ["/", "/plans/kr-5/?as_of=2021-11-15", "/plans/kr-5/commitments/5/?as_of=2021-11-15", "/compare/"]
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


def draft_open_to_comment(plan) -> SelfAssessment:
    """A self-assessment made from the plan, with a comment that was answered and one that is owed a response."""
    made = prefilling.make(plan, "end_of_term")[0]
    SelfAssessment.objects.filter(pk=made.pk).update(stage="public_comment", comment_from=date.today())
    poc = account("poc.of-it", "coordinator", "mois")
    for text in ("Which office is meant?", "도로대장은 언제 공개됩니까?"):
        made.refresh_from_db()
        comment = PublicComment(assessment=made, entry=made.entries.first(), text=text)
        comments.receive(comment)
        comments.let_through(PublicComment.objects.get(text=text), poc)
    comments.respond(PublicComment.objects.get(text=text), poc, "In spring.", "봄에 공개됩니다.")
    return made


@pytest.fixture
def assessed(record, tmp_path) -> list[str]:
    """Addresses of what has to happen first: a draft open to comment, a second version, an imported commitment."""
    draft = draft_open_to_comment(record.plans.get(slug="kr-5"))
    published = SelfAssessment.objects.get(slug="kr-2-end-of-term")
    freezing.freeze(published, None)
    entry = published.entries.get(commitment__number="2-d")
    entry.completion_level, entry.next_steps = "limited", "A yearly count."
    entry.save()
    freezing.freeze(published, None, "The tick was read from the scanned page.")
    arabic = {"Commitment Title": "نشر بيانات الميزانية المفتوحة", "Full Text": "تنشر الوزارة البيانات كل ثلاثة أشهر."}
    ogp_import.import_file(write(tmp_path / "rows.csv", row("QA0001", **Y2014, **arabic)), tell=lambda _fault: None)
    imported = Commitment.objects.get(ogp_id="QA0001")
    review = imported.codings.first().review
    rows = [draft, published, imported, imported.plan, imported.plan.member, review]
    more = [f"{draft.get_absolute_url()}comment/", f"{published.get_absolute_url()}versions/2/"]
    return [one.get_absolute_url() for one in rows] + more


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_a_self_assessment_is_commented_on_changed_or_a_commitment_imported(
    open_page, axe, assessed, scheme
):
    for prefix in ("", "/ko"):
        phone = open_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
        for address in assessed:
            assert phone.goto(f"{prefix}{address}").status == 200
            axe(phone)
            assert phone.evaluate("document.documentElement.scrollWidth") <= 360, address


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
    page.get_by_role("link", name="Overdue").click()
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
