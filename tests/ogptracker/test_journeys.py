"""Four readers walk through the site by what they see, hear and type: a citizen on a phone, a journalist, a
researcher, a blind reader. The record is that of Korea's fifth plan, of whose milestones 20 were overdue on
15 November 2021 by the documents."""

import csv
import io
import re
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import IRMReview, SelfAssessment, SelfAssessmentEntry
from commitments.models import ActionPlan
from milestones.models import Milestone
from opendata import services
from opendata.models import DataFiles
from tests.assessments.test_compare import coding
from tests.world import make_public_report, make_user

pytestmark = pytest.mark.once

DAY = "2021-11-15"
MILESTONE = "Reflect the projects in the government's budget through MOEF's project review."
PHONE = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False, "has_touch": True}


# A citizen on a phone -------------------------------------------------------------------------------------------------
WORDS = {
    "en": {
        "home": "/",
        "day": "As it stood on",
        "show": "Show",
        "overdue": "20 milestones overdue",
        "search": "Search",
        "ministry": "Ministry of Economy and Finance",
        "late": "6 milestones overdue",
        "by": "late by 76 days",
        "leads": "Lead institution",
        "who": "Participatory Budgeting Division, Ministry of Economy and Finance",
        "due": "Due 31 August 2021, no report that it was met.",
    },
    "ko": {
        "home": "/ko/",
        "day": "기준일",
        "show": "보기",
        "overdue": "기한 경과 세부과제 20개",
        "search": "검색",
        "ministry": "기획재정부",
        "late": "기한 경과 세부과제 6개",
        "by": "76일 지연",
        "leads": "주관기관",
        "who": "기획재정부",
        "due": "2021년 8월 31일",
    },
}


@pytest.mark.parametrize("language", WORDS)
def test_a_citizen_on_a_phone_finds_what_a_ministry_owes_and_by_how_much(open_page, record, language):
    words = WORDS[language]
    phone = open_page(**PHONE)
    phone.goto(words["home"])
    phone.get_by_label(words["day"]).fill(DAY)
    phone.get_by_role("button", name=words["show"]).tap()
    expect(phone.get_by_role("link", name=words["overdue"])).to_be_visible()
    phone.get_by_role("searchbox").fill(words["ministry"])
    phone.get_by_role("search").get_by_role("button", name=words["search"]).tap()
    phone.get_by_role("main").get_by_role("link", name=words["ministry"], exact=True).first.tap()
    expect(phone.get_by_role("heading", level=1, name=words["ministry"])).to_be_visible()
    expect(phone.get_by_label(words["day"])).to_have_value(DAY)  # the day goes along
    expect(phone.get_by_role("link", name=words["late"])).to_be_visible()
    phone.get_by_role("link", name=MILESTONE).tap()  # to its row on the commitment's page
    row = phone.get_by_role("row").filter(has_text=MILESTONE)
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text(words["by"])
    row.get_by_role("link", name=MILESTONE).tap()
    expect(phone.get_by_role("heading", level=1, name=MILESTONE)).to_be_visible()
    main = phone.get_by_role("main")
    expect(main).to_contain_text(words["due"])
    expect(main.get_by_text(words["by"]).first).to_be_in_viewport()
    expect(main.get_by_role("term").first).to_have_text(words["leads"])
    expect(main.get_by_role("definition").first).to_contain_text(words["who"])
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


# A journalist ---------------------------------------------------------------------------------------------------------
def say_more(on: date):
    """What is said later, on that day: another claim, another finding, and a ministry's report."""
    plan = ActionPlan.objects.get(slug="kr-2")
    commitment = plan.commitments.get(number="2-d")
    facts = {"plan": plan, "published_on": on}
    claim = SelfAssessment.objects.create(
        slug="kr-2-later", kind="mid_term", stage="published", published_precision="day", title="Later claim", **facts
    )
    SelfAssessmentEntry.objects.create(assessment=claim, commitment=commitment, completion_level="completed")
    finding = IRMReview.objects.create(
        slug="kr-2-irm-later",
        product="end_of_term_report",
        method_version="2014-17",
        stage="final",
        title="Later finding",
        **facts,
    )
    coding(finding, commitment, "limited")
    owed = Milestone.objects.get(commitment__plan__slug="kr-5", commitment__number="4-1", position=7)
    body = owed.commitment.involvements.get(role="lead").institution
    make_public_report(owed, make_user("editor", body), make_user("head", body), on, status="completed")


def test_a_journalist_cites_claim_and_finding_and_the_citation_shows_the_same_when_more_was_said(page, record):
    today = timezone.localdate()
    yesterday = (today - timedelta(days=1)).isoformat()
    page.goto("/")
    page.get_by_role("link", name="2nd National Action Plan").click()
    page.get_by_role("link", name="Claim and finding side by side").click()
    row = page.get_by_role("row").filter(has_text="Strengthening Public Service Ethics")
    claim, finding, gap = (row.get_by_role("cell").nth(n) for n in (2, 3, 4))
    expect(claim).to_contain_text("7 results described")
    expect(finding).to_contain_text("Not started")
    expect(gap).to_contain_text("Results are described; the IRM coded “Not started”")
    row.get_by_role("link", name="Strengthening Public Service Ethics").click()
    page.get_by_text("7 results described").click()
    expect(page.get_by_role("listitem").filter(has_text="GPEC")).not_to_have_count(0)
    page.get_by_label("As it stood on").fill(yesterday)
    page.get_by_role("button", name="Show").click()
    citation = page.get_by_text("Cite this page").inner_text()
    (address,) = re.findall(r"https?://\S+", citation)
    assert address.endswith(f"as_of={yesterday}")
    page.goto(address)
    before = page.get_by_role("main").inner_text()
    assert "Not started" in before

    say_more(today)
    page.goto(address)
    assert page.get_by_role("main").inner_text() == before
    page.get_by_role("link", name="Back to today").click()
    for later in ("Completed", "Limited", "Later claim"):
        expect(page.get_by_role("main")).to_contain_text(later)


# A researcher ---------------------------------------------------------------------------------------------------------
BY_THEME = """
WITH late AS (
  SELECT DISTINCT d.milestone_id FROM deadlines d
  WHERE d.due_on < :on AND (d.set_on IS NULL OR d.set_on <= :on) AND (d.withdrawn_on IS NULL OR d.withdrawn_on > :on)
)
SELECT t.title, COUNT(DISTINCT m.id), COUNT(DISTINCT late.milestone_id) FROM plans p
JOIN commitments c ON c.plan_id = p.id JOIN themes t ON t.id = c.theme_id
LEFT JOIN milestones m ON m.commitment_id = c.id LEFT JOIN late ON late.milestone_id = m.id
WHERE p.slug = 'kr-5' GROUP BY t.id
"""  # nothing had been reported by the day, which the journey sees first, so nothing was met
TOTALS = """
SELECT SUM(c.part_of_id IS NULL), SUM(c.is_form) FROM commitments c JOIN plans p ON p.id = c.plan_id
WHERE p.slug = 'kr-5'
"""


def counted_in_csv(path) -> tuple[tuple[int, int], dict]:
    """``(commitments, forms)`` of the plan, and for each theme its milestones and how many were overdue."""
    with zipfile.ZipFile(path) as archive:

        def table(name: str) -> list[dict]:
            return list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode(), newline="")))

        (plan,) = [row["id"] for row in table("plans") if row["slug"] == "kr-5"]
        commitments = [row for row in table("commitments") if row["plan_id"] == plan]
        themes = {row["id"]: row["title"] for row in table("themes")}
        milestones = {row["id"]: row["commitment_id"] for row in table("milestones")}
        late = {row["milestone_id"] for row in table("overdue_periods") if row["first_on"] <= DAY < row["until"]}
    theme_of = {row["id"]: themes[row["theme_id"]] for row in commitments if row["theme_id"]}
    whole = Counter(theme_of[of] for of in milestones.values() if of in theme_of)
    overdue = Counter(theme_of[milestones[one]] for one in late if milestones[one] in theme_of)
    totals = sum(not row["part_of_id"] for row in commitments), sum(row["is_form"] == "true" for row in commitments)
    return totals, {title: (number, overdue[title]) for title, number in whole.items()}


def counted_in_sqlite(path) -> tuple[tuple[int, int], dict]:
    """The same, from the other file and from the deadlines themselves."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT COUNT(*) FROM status_updates WHERE published_on <= ?", [DAY]).fetchone() == (0,)
        themes = {title: numbers for title, *numbers in database.execute(BY_THEME, {"on": DAY})}
        return database.execute(TOTALS).fetchone(), {title: tuple(numbers) for title, numbers in themes.items()}


def number_before(page, words: str) -> int:
    """The number that the page's main part says before these words."""
    return int(re.search(rf"(\d+) {words}", page.get_by_role("main").inner_text())[1])


def counted_on_page(page) -> tuple[tuple[int, int], dict]:
    """The same, as the plan's page says it."""
    region = page.get_by_role("region", name="Commitments", exact=True)
    themes = {}
    for part in region.locator("section").all():
        title = part.get_by_role("heading", level=3).inner_text()
        above_its_rows = part.inner_text().split("Commitment and lead")[0]
        said = {words: int(n) for words, n in re.findall(r"(Not reported|Overdue) (\d+)", above_its_rows)}
        themes[re.sub(r"^\d+\. ", "", title)] = said["Not reported"], said.get("Overdue", 0)
    return (number_before(page, "commitments"), number_before(page, "forms")), themes


def test_a_researcher_rebuilds_the_numbers_of_a_plans_page_from_the_files_alone(
    page, record, settings, tmp_path, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(services, "send", lambda _pk: None)  # no worker runs here: the test makes the files itself
    page.goto("/plans/kr-5/")
    page.get_by_role("link", name="Everything on this member as open data").click()
    expect(page.get_by_role("status")).to_contain_text("The files are being made")
    assert services.make(DataFiles.objects.get(scope="kr").pk)
    page.reload()
    files = {}
    for kind in ("CSV", "SQLite"):
        with page.expect_download() as download:
            page.get_by_role("rowheader").get_by_role("link", name=kind).click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    page.goto(f"/plans/kr-5/?as_of={DAY}")
    totals, themes = counted_on_page(page)
    assert totals == (14, 16)
    assert number_before(page, "milestones,?") == sum(whole for whole, _late in themes.values()) == 77
    assert number_before(page, "milestones overdue") == sum(late for _whole, late in themes.values()) == 20
    assert counted_in_csv(files["CSV"]) == (totals, themes)
    assert counted_in_sqlite(files["SQLite"]) == (totals, themes)


# A blind reader -------------------------------------------------------------------------------------------------------
FOCUSED = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect(), style = getComputedStyle(it);
  return {
    words: (it.labels?.[0]?.innerText || it.getAttribute("aria-label") || it.innerText || "").trim(),
    lost: it === document.body,
    seen: box.width > 0 && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0,
    marked: style.outlineStyle !== "none" || style.boxShadow !== "none",
    html: it.outerHTML.slice(0, 200),
  };
}"""
NAMELESS = {"", "here", "more", "link", "read more", "click here", "details"}
LANDMARKS = ["banner", "main", "contentinfo"]


def tab_to(page, words: str, at_most=120):
    """Presses Tab until what these words name has the focus, which on its way is never lost and always seen."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        assert not focus["lost"] and focus["seen"] and focus["marked"], focus["html"]
        if words in focus["words"]:
            return
    pytest.fail(f"“{words}” is not reached by Tab on {page.url}")


def hear(page):
    """What a screen reader's user goes by: landmarks, one first heading, no level left out, links with names."""
    for role in LANDMARKS:
        expect(page.get_by_role(role)).to_have_count(1)
    tree = page.locator("body").aria_snapshot()
    levels = [int(level) for level in re.findall(r"heading .*\[level=(\d)\]", tree)]
    assert levels[0] == 1 and levels.count(1) == 1, levels
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), levels
    names = re.findall(r"^\s*- '?link(?: \"(.*?)\")?'?(?: \[.*\])?:?$", tree, re.MULTILINE)
    assert len(names) > 10
    assert not [name for name in names if name.strip().lower() in NAMELESS], tree
    assert not re.search(r"- (textbox|searchbox|combobox|button)(:|$)", tree), "each field and button has a name"


def press(page, words: str):
    """Goes to the link or button of that name by Tab, presses Enter, and listens to the page that opens."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    hear(page)


def test_a_blind_reader_finds_what_a_ministry_owes_by_keyboard_alone(page, record):
    page.goto(f"/?as_of={DAY}")
    hear(page)
    tab_to(page, "Skip to the content", at_most=1)
    page.keyboard.press("Enter")
    tab_to(page, "Search the whole record", at_most=1)
    page.keyboard.type("Ministry of Economy and Finance")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    hear(page)
    press(page, "Ministry of Economy and Finance")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ministry of Economy and Finance")
    late = page.get_by_role("region", name="What is late").aria_snapshot()
    assert f'rowheader "{MILESTONE}"' in late and late.count('- cell "late by ') == 6
    press(page, MILESTONE)
    tab_to(page, MILESTONE, at_most=1)  # the focus is where the link led: at the milestone's row
    with page.expect_navigation():
        page.keyboard.press("Enter")
    hear(page)
    stands = page.get_by_role("region", name="Where it stands").aria_snapshot()
    for words in ("late by 76 days", "Due 31 August 2021", "Participatory Budgeting Division, Ministry of Economy"):
        assert words in stands
