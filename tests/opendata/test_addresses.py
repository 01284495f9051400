"""Addresses that last: sitemaps by their protocol, one canonical address a page, other languages, citing."""

import re
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree
from PIL import Image

from commitments.models import PolicyArea
from tests.world import make_milestone, make_public_report, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SITEMAP, XHTML = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"
KINDS = {
    *("pages", "members", "data", "plans", "commitments", "themes", "milestones", "policy-areas", "institutions"),
    *("documents", "self-assessments", "irm-reviews", "codebooks"),
}
STATIC = Path(__file__).parents[2] / "static" / "site"


def path_of(address: str) -> str:
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("http", "testserver"), address
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def xml(client, path: str):
    answer = client.get(path)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/xml"
    return etree.fromstring(answer.content)


def sections(client) -> list[str]:
    root = xml(client, "/sitemap.xml")
    assert root.tag == f"{SITEMAP}sitemapindex"
    return [path_of(loc.text) for loc in root.iter(f"{SITEMAP}loc")]


# Sitemaps -------------------------------------------------------------------------------------------------------------
def test_each_sitemap_keeps_the_protocol_and_each_address_in_it_answers(client, record):
    found = sections(client)
    assert set(found) == {f"/sitemap-{kind}.xml" for kind in KINDS} and len(found) == len(KINDS)
    seen = []
    for section in found:
        root = xml(client, section)
        assert root.tag == f"{SITEMAP}urlset" and len(root) < 50_000
        for url in root:
            locations = [loc.text for loc in url.iter(f"{SITEMAP}loc")]
            days = [day.text for day in url.iter(f"{SITEMAP}lastmod")]
            assert len(locations) == 1 and len(locations[0]) < 2048
            assert len(days) <= 1 and all(date.fromisoformat(day) <= date.today() for day in days)
            links = {link.get("hreflang"): link.get("href") for link in url.iter(f"{XHTML}link")}
            assert set(links) == {"en", "ko", "x-default"} and locations[0] in links.values()
            assert links["x-default"] == links["en"]
            seen.append(path_of(locations[0]))
    assert len(seen) == len(set(seen))
    broken = {path: client.get(path).status_code for path in seen[:: max(1, len(seen) // 60)]}
    assert set(broken.values()) == {200}, broken


def test_every_kind_of_page_is_in_the_sitemaps_and_nothing_fictional(client, record):
    make_world(1, fictional=True)
    area = PolicyArea.objects.create(slug="open-data", name="Open Data", position=1)
    area.commitments.add(record.plans.get(number=5).commitments.first())
    paths = {path_of(loc.text) for section in sections(client) for loc in xml(client, section).iter(f"{SITEMAP}loc")}
    for path in (
        "/",
        "/ko/",
        "/data/",
        "/data/kr/",
        "/ko/plans/kr-5/",
        "/plans/kr-5/commitments/4-1/",
        "/institutions/kr/mois/",
        "/documents/kr-5-plan/",
        "/self-assessments/kr-2-end-of-term/",
        "/irm-reviews/kr-2-irm-progress/",
        "/codebooks/2021-on/",
        "/members/kr/",
        "/plans/kr-5/themes/civic-space/",
        "/ko/plans/kr-5/commitments/4-1/milestones/1/",
    ):
        assert path in paths, path
    assert not [path for path in paths if "test-" in path or "/plan-" in path]


def test_a_page_was_last_changed_when_a_report_on_it_became_public(client, db):
    plan, editor, head = make_world(1)
    commitment = plan.commitments.get()
    milestone = make_milestone(commitment, date(2022, 1, 31))
    make_public_report(milestone, editor, head, date(2022, 2, 1), published_on=date(2022, 2, 9))
    days = {}
    for section in ("/sitemap-plans.xml", "/sitemap-commitments.xml"):
        for url in xml(client, section):
            days[path_of(url.findtext(f"{SITEMAP}loc"))] = url.findtext(f"{SITEMAP}lastmod")
    assert days[plan.get_absolute_url()] == days[commitment.get_absolute_url()] == "2022-02-09"


def test_a_page_about_which_no_fact_has_a_day_gives_none(client, record):
    days = {
        path_of(u.findtext(f"{SITEMAP}loc")): u.findtext(f"{SITEMAP}lastmod") for u in xml(client, "/sitemap-plans.xml")
    }
    assert days["/plans/kr-4/"] is None and days["/plans/kr-2/"] == "2016-09-01"


@pytest.mark.parametrize("path", ["/sitemap-nothing.xml", "/sitemap-plans.xml?p=99", "/sitemap-plans.xml?p=x"])
def test_there_is_no_other_sitemap(client, record, path):
    assert client.get(path).status_code == 404


def test_sitemaps_cost_the_same_number_of_queries_for_1_3_and_30_rows(client, db):
    counts = []
    for size in (1, 3, 30):
        make_world(size)
        with CaptureQueriesContext(connection) as captured:
            for path in ["/sitemap.xml", *sections(client)]:
                client.get(path)
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def test_a_long_list_of_pages_is_cut_into_files_that_hold_each_page_once(client, db, monkeypatch):
    make_world(3)
    make_world(2, fictional=True)  # so that the keys have a gap
    make_world(4)
    whole = [path_of(url.findtext(f"{SITEMAP}loc")) for url in xml(client, "/sitemap-commitments.xml")]
    assert len(whole) >= 2 * 7
    monkeypatch.setattr("opendata.sitemaps.Commitments.limit", 4)
    files = [path for path in sections(client) if path.startswith("/sitemap-commitments.xml")]
    assert len(files) == -(-len(whole) // 4)
    found = [[path_of(url.findtext(f"{SITEMAP}loc")) for url in xml(client, path)] for path in files]
    assert {len(paths) for paths in found[:-1]} == {4} and sum(found, []) == whole


def test_robots_are_told_where_the_sitemaps_are(client, db):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    assert "Sitemap: http://testserver/sitemap.xml" in lines and "Disallow: /admin/" in lines
    assert "Disallow: /" not in lines


# The page's own address -----------------------------------------------------------------------------------------------
def head(client, address: str) -> dict:
    """What the page's head says of itself."""
    page = client.get(address).content.decode()
    links = re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page)
    properties = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page)
    return {
        "canonical": [unescape(link) for link in re.findall(r'<link rel="canonical" href="([^"]+)">', page)],
        "alternates": {code: unescape(link) for code, link in links},
        **{name: unescape(value) for name, value in properties},
    }


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/plans/kr-5/?utm_source=letter&fbclid=1", "/plans/kr-5/"),
        ("/plans/kr-5/?as_of=2021-11-15&utm_source=letter", "/plans/kr-5/?as_of=2021-11-15"),
        ("/overdue/?plan=kr-5&as_of=2021-11-15&x=<b>", "/overdue/?as_of=2021-11-15&plan=kr-5"),
        ("/overdue/?plan=&as_of=2021-11-15&page=1", "/overdue/?as_of=2021-11-15"),
        ("/commitments/?q=open+data&page=1&gclid=2", "/commitments/?q=open+data"),
        ("/ko/plans/kr-5/?as_of=2021-11-15", "/ko/plans/kr-5/?as_of=2021-11-15"),
        ("/documents/kr-5-plan/?as_of=x&sort=up", "/documents/kr-5-plan/"),
    ],
)
def test_a_page_has_one_lasting_address_in_each_language(client, record, asked, canonical):
    found = head(client, asked)
    assert found["canonical"] == [f"http://testserver{canonical}"] and found["og:url"] == found["canonical"][0]
    english = canonical.removeprefix("/ko")
    assert found["alternates"] == {
        "en": f"http://testserver{english}",
        "ko": f"http://testserver/ko{english}",
        "x-default": f"http://testserver{english}",
    }


def test_the_sites_own_address_is_taken_where_it_is_set(client, record, settings):
    settings.SITE_URL = "https://tracker.example.org"
    found = head(client, "/plans/kr-5/")
    assert found["canonical"] == ["https://tracker.example.org/plans/kr-5/"]
    assert found["og:image"].startswith("https://tracker.example.org/static/site/preview-en")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_shared_page_shows_its_title_a_fact_and_a_picture(client, record, language):
    found = head(client, f"{'/ko' if language == 'ko' else ''}/plans/kr-5/?as_of=2021-11-15")
    assert (
        found["og:title"] == "The 5th National Action Plan"
        and found["og:locale"] == {"en": "en_GB", "ko": "ko_KR"}[language]
    )
    assert found["og:description"] == found["description"] and "20" in found["description"]
    file = STATIC / urlsplit(found["og:image"]).path.rsplit("/", 1)[-1]
    assert f"{found['og:image:width']}x{found['og:image:height']}" == "1200x630"
    with Image.open(file) as picture:
        assert picture.size == (1200, 630)
    assert file.stat().st_size < 100_000


@pytest.mark.parametrize(
    ("address", "fact"),
    [
        (
            "/plans/kr-5/?as_of=2021-11-15",
            "14 commitments on 16 forms, 77 milestones. 20 milestones overdue on 15 November 2021.",
        ),
        ("/plans/kr-3/", "13 commitments, not itemised in the sources."),
        ("/plans/kr-5/commitments/4-1/?as_of=2021-11-15", "7 milestones, 6 overdue on 15 November 2021."),
        ("/members/kr/", "5 action plans in the record"),
        ("/institutions/kr/mois/?as_of=2021-11-15", "leads 13 commitment forms."),
        ("/overdue/?plan=kr-5&as_of=2021-11-15", "20 milestones overdue on 15 November 2021."),
    ],
)
def test_a_pages_description_says_the_fact(client, record, address, fact):
    assert fact in head(client, address)["description"]


def test_a_title_of_the_record_cannot_break_out_of_the_head(client, record):
    record.plans.filter(slug="kr-5").update(title='"><script>alert(1)</script>')
    page = client.get("/plans/kr-5/").content.decode()
    assert "<script>alert" not in page
    assert head(client, "/plans/kr-5/")["og:title"] == '"><script>alert(1)</script>'


# Citing ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        "/plans/kr-5/",
        "/plans/kr-5/commitments/4-1/",
        "/plans/kr-5/commitments/4-1/milestones/2/history/",
        "/institutions/kr/mois/",
        "/members/kr/",
        "/overdue/?plan=kr-5",
        "/compare/?plan=kr-2",
        "/stale/",
    ],
)
def test_a_page_can_be_cited_as_of_its_day_by_an_address_that_shows_the_same(client, record, address):
    dated = f"{address}{'&' if '?' in address else '?'}as_of=2021-11-15&utm_source=letter"
    page = client.get(dated).content.decode()
    (line,) = re.findall(r'<p class="cite">(.*?)</p>', page)
    assert "As it stood on 15 November 2021." in line
    (cited,) = re.findall(r"http://testserver(\S+?)</span>", line)
    assert "as_of=2021-11-15" in cited and "utm" not in cited
    again = client.get(unescape(cited)).content.decode()
    assert re.findall(r'<p class="cite">(.*?)</p>', again) == [line]


def test_a_citation_names_member_plan_commitment_and_milestone(client, record):
    page = client.get("/plans/kr-5/commitments/4-1/milestones/2/history/?as_of=2021-11-15").content.decode()
    assert "Republic of Korea, The 5th National Action Plan, 4-1. Expand Participatory Budgeting, milestone 2." in page
