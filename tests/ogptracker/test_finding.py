"""Finding one's way: lists and their filters, a day that links keep, the glossary, and what helps when nothing is
there."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from lxml import html
from playwright.sync_api import expect

from commitments.glossary import CHAPTERS, TERMS
from commitments.models import Member
from ogptracker.error_views import bad_request, server_error
from tests.world import make_member, make_world

ROOT = Path(__file__).parents[2]
DATED = [
    "/",
    "/plans/",
    "/members/",
    "/members/kr/",
    "/members/compare/?member=kr",
    "/institutions/",
    "/institutions/kr/mois/",
    "/commitments/",
    "/milestones/?plan=kr-5",
    "/assessments/",
    "/plans/kr-5/themes/civic-space/",
    "/plans/kr-5/commitments/4-1/milestones/2/",
]
# What a page about no day leads to: their own addresses stand for good.
UNDATED = ("/documents/", "/glossary/", "/codebooks/", "/irm-", "/self-assessments/", "/admin/", "/evidence/", "/data/")
# What follows from today on, and lists as files whose rows have no day.
WITHOUT_A_DAY = ("/changes/", "/follow/", ".atom", ".ics", "?leads=true")


def page_of(client, address: str, status: int = 200):
    response = client.get(address)
    assert response.status_code == status, address
    return html.fromstring(response.content.decode())


@pytest.mark.once
@pytest.mark.parametrize("address", DATED)
def test_a_dated_page_shows_its_day_and_its_links_keep_it(client, record, address):
    dated = f"{address}{'&' if '?' in address else '?'}as_of=2021-11-15"
    page = page_of(client, dated)
    assert page.xpath("//form[@class='as-of']//input[@name='as_of']/@value") == ["2021-11-15"]
    links = [link for link in page.xpath("//main//a/@href") if link.startswith("/") and not link.startswith(UNDATED)]
    links = [link for link in links if not link.endswith(WITHOUT_A_DAY)]
    here = address.split("?")[0]
    kept = [link for link in links if "as_of=2021-11-15" in link]
    assert len(kept) > 1
    assert {link for link in links if link not in kept} <= {here, "/plans/training-1/"}


def test_a_day_that_is_none_is_answered_on_every_such_page(client, record):
    for address in DATED:
        page = client.get(f"{address}{'&' if '?' in address else '?'}as_of=2021-02-30")
        assert page.status_code == 400, address
        assert "This is not a date" in page.content.decode()


def test_the_form_of_the_day_keeps_every_member_that_was_chosen(client, record):
    other = make_member()
    page = page_of(client, f"/members/compare/?member=kr&member={other.slug}")
    kept = page.xpath("//form[@class='as-of']//input[@type='hidden']/@value")
    assert kept == ["kr", other.slug]


def test_milestones_of_a_theme_by_its_key_its_id_and_without_one(client, record):
    theme = record.plans.get(number=5).themes.get(key="civic-space")
    counts = [
        client.get(f"/api/v1/milestones/?plan=kr-5&theme={asked}").json()["count"]
        for asked in (theme.key, theme.pk, "none")
    ]
    assert counts == [32, 32, 0]
    assert client.get("/api/v1/milestones/?plan=kr-4&theme=none").json()["count"] == 62


def test_a_theme_that_is_none_is_an_error_and_not_an_empty_list(client, record):
    page = client.get("/milestones/?theme=nothing")
    assert page.status_code == 400
    assert "There is no such theme." in page.content.decode()
    assert client.get("/api/v1/commitments/?theme=nothing").status_code == 400


def test_the_api_counts_commitments_or_forms_as_asked(client, record):
    assert client.get("/api/v1/commitments/?plan=kr-5").json()["count"] == 16
    whole = client.get("/api/v1/commitments/?plan=kr-5&unit=commitments").json()
    assert whole["count"] == 14
    assert "4-1" not in {row["number"] for row in whole["results"]}


@pytest.mark.parametrize(
    ("phase", "day", "plans"),
    [
        ("under_way", "2020-12-31", set()),
        ("under_way", "2021-01-01", {"kr-5"}),
        ("under_way", "2023-12-31", {"kr-5"}),
        ("under_way", "2024-01-01", set()),
        ("ended", "2020-08-31", {"kr-2"}),
        ("ended", "2020-09-01", {"kr-2", "kr-4"}),
        ("not_begun", "2018-08-31", {"kr-4", "kr-5"}),
        ("unknown", "2021-11-15", {"kr-1", "kr-3"}),
    ],
)
def test_plans_by_where_they_stand_in_time(client, record, phase, day, plans):
    found = client.get(f"/api/v1/plans/?phase={phase}&as_of={day}").json()["results"]
    assert {row["slug"] for row in found} == plans


def test_home_tells_a_past_day_as_it_was(client, record):
    page = client.get("/?as_of=2021-11-15").content.decode()
    assert "20 milestones overdue" in page
    assert "16 commitment forms without a report for six months" in page
    assert "No plan in the record was under implementation on 31 December 2020." in (
        client.get("/?as_of=2020-12-31").content.decode()
    )


def test_members_can_be_put_in_order_by_their_numbers(client, db):
    few, many = make_world(1)[0].member, make_world(3)[0].member
    Member.objects.filter(pk=few.pk).update(name="Aland")  # the names of worlds are numbered: 10 comes before 9
    for order, first in (("name", few), ("commitments", many)):
        rows = client.get(f"/members/compare/?member={few.slug}&member={many.slug}&sort={order}").context["rows"]
        assert rows[0].member == first
    assert client.get("/members/compare/?sort=sideways").status_code == 400
    assert (
        "There is no member of the name atlantis." in client.get("/members/compare/?member=atlantis").content.decode()
    )


def test_the_training_member_is_compared_only_when_it_is_named(client, db):
    member = make_world(1, fictional=True)[0].member
    assert member not in [line.member for line in client.get("/members/compare/").context["rows"]]
    (line,) = client.get(f"/members/compare/?member={member.slug}").context["rows"]
    assert line.member == member


# The milestone's own page ---------------------------------------------------------------------------------------------
def test_a_milestone_tells_each_of_its_deadlines(client, record):
    page = page_of(client, "/plans/kr-5/commitments/4-1/milestones/1/?as_of=2021-11-15").text_content()
    assert "May 2020 August 2021 August 2022" in page
    assert "late by 107 days" in page
    assert "Due 31 July 2021, no report that it was met." in page
    assert page.count("not due before this day") == 2


def test_a_milestone_on_its_due_date_is_not_late_and_the_next_day_is(client, record):
    address = "/plans/kr-5/commitments/3/milestones/1/"
    assert "late by" not in client.get(f"{address}?as_of=2021-10-31").content.decode()
    assert "late by 1 day" in client.get(f"{address}?as_of=2021-11-01").content.decode()


# The glossary ---------------------------------------------------------------------------------------------------------
def used_in_templates() -> set[str]:
    words = (path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    return {key for text in words for key in re.findall(r'{% term "([\w-]+)"', text)}


@pytest.mark.once
def test_every_word_that_a_page_explains_is_in_the_glossary_once():
    assert used_in_templates() <= TERMS.keys()
    assert len(used_in_templates()) > 10
    assert len(TERMS) == sum(len(chapter.terms) for chapter in CHAPTERS)


@pytest.mark.once
def test_a_word_is_described_by_its_meaning_however_often_it_is_used():
    words = Template('{% term "starred" %} {% term "starred" "Stars" %}').render(Context())
    page = html.fromstring(f"<div>{words}</div>")
    assert [link.text for link in page.xpath("//a")] == ["Starred", "Stars"]
    for link in page.xpath("//a"):
        assert link.get("href").endswith("/glossary/#starred")
        (tip,) = page.xpath(f"//*[@id='{link.get('aria-describedby')}']")
        assert tip.text == str(TERMS["starred"].text)


@pytest.mark.once
def test_a_word_explains_itself_on_focus_without_script_and_leads_to_its_entry(open_page, record):
    page = open_page(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page.goto("/plans/kr-5/commitments/4-1/?as_of=2021-11-15")
    word = page.locator(".term a", has_text="Lead institution")
    tip = page.locator(f"#{word.get_attribute('aria-describedby')}")
    expect(tip).to_be_hidden()
    page.keyboard.press("Tab")
    for _step in range(40):
        if word.evaluate("(it) => it === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(tip).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#lead")).to_be_in_viewport()


# When nothing is there ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("/plans/kr-5/commitments/4-3/", {"/plans/kr-5/", "/plans/kr-5/commitments/4-1/"}),
        ("/ko/plans/kr-5/commitments/4-3/", {"/ko/plans/kr-5/", "/ko/plans/kr-5/commitments/4-1/"}),
        ("/plans/kr-5/commitments/99/milestones/1/", {"/plans/kr-5/"}),
        ("/plans/kr-5/themes/nothing/", {"/plans/kr-5/"}),
        ("/plans/kr-9/", {"/members/kr/", "/plans/kr-5/"}),
        ("/institutions/kr/nobody/", {"/members/kr/"}),
    ],
)
def test_an_address_that_is_nearly_right_leads_on(client, record, address, near):
    links = set(page_of(client, address, status=404).xpath("//section[@aria-labelledby='near']//a/@href"))
    assert near <= links
    assert len(links) <= 6


@pytest.mark.parametrize("address", ["/zzz/", "/plans/xx-1/", "/members/%EA%B0%80/", "/plans/kr-5/commitments/%2F/"])
def test_an_address_that_is_not_near_anything_offers_search(client, record, address):
    page = page_of(client, address, status=404)
    assert page.xpath("//form[@role='search']")


@pytest.mark.once
def test_the_pages_of_what_broke_need_no_database_and_speak_both_languages():
    for view, status in ((bad_request, 400), (server_error, 500)):
        page = view(RequestFactory().get("/plans/kr-5/"))
        assert page.status_code == status
        assert 'lang="ko"' in page.content.decode()
        assert "problem+json" in view(RequestFactory().get("/api/v1/plans/")).headers["Content-Type"]


def test_empty_pages_say_what_will_be_there(client, db):
    member = make_member()
    pages = {
        f"{member.get_absolute_url()}": "No plan of this member is in the record yet.",
        "/policy-areas/": "an administrator imports",
        f"/milestones/?member={member.slug}": "No milestone matches.",
        f"/institutions/?member={member.slug}": "Institutions appear here once",
    }
    for address, words in pages.items():
        assert words in client.get(address).content.decode(), address
