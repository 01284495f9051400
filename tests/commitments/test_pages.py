"""What citizens see: the record's pages, in both languages, as of a day, and what they say when asked for nonsense."""

import pytest
from django.test import Client
from django.utils.html import strip_tags

from tests.world import make_world

PAGES = [
    "/",
    "/plans/",
    "/plans/kr-1/",
    "/plans/kr-2/",
    "/plans/kr-3/",
    "/plans/kr-4/",
    "/plans/kr-5/",
    "/plans/kr-5/themes/civic-space/",
    "/plans/kr-5/commitments/4/",
    "/plans/kr-5/commitments/4-1/",
    "/plans/kr-5/commitments/4-1/milestones/1/?as_of=2021-11-15",
    "/plans/kr-2/commitments/2-d/",
    "/commitments/",
    "/milestones/",
    "/overdue/?as_of=2021-11-15",
    "/changes/?since=2021-01-01&until=2021-11-15",
    "/follow/",
    "/institutions/",
    "/institutions/kr/mois/",
    "/members/",
    "/members/kr/",
    "/members/compare/",
    "/policy-areas/",
    "/assessments/",
    "/glossary/",
    "/documents/",
    "/documents/kr-co-chair-priorities/",
    "/self-assessments/kr-2-end-of-term/",
    "/irm-reviews/kr-2-irm-progress/",
    "/api/v1/schema/docs/",
]


def text_of(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_answers_in_english_and_in_korean(client, record, address):
    assert '<html lang="en">' in text_of(client, address)
    if not address.startswith("/api/"):
        assert '<html lang="ko">' in text_of(client, f"/ko{address}")


def test_a_plan_counts_its_commitments_and_its_forms_apart(client, record):
    assert "14 commitments on 16 forms, 77 milestones." in strip_tags(text_of(client, "/plans/kr-5/"))


def test_a_plan_that_is_not_itemised_says_so(client, record):
    page = text_of(client, "/plans/kr-3/")
    assert "13 commitments, not itemised in the sources" in page
    assert "Not stated in the source" in page


def test_a_plan_without_reports_says_that_none_were_received(client, record):
    assert "No report on any milestone of this plan had been received" in text_of(client, "/plans/kr-4/")


def test_a_milestone_shows_the_plans_words_and_the_deadline_read_from_them(client, record):
    page = text_of(client, "/plans/kr-5/commitments/1/")
    assert "Fourth quarter of 2021" in page
    assert "4th quarter of 2021" in page
    assert '<time datetime="2021-12-31">31 December</time>' in page


def test_lateness_is_said_with_days_and_due_date(client, record):
    page = text_of(client, "/plans/kr-5/commitments/3/?as_of=2021-11-15")
    assert "late by 15 days" in page
    assert "due 31 October 2021, no report that it was met" in page


def test_nothing_is_overdue_once_the_plan_is_over(client, record):
    page = text_of(client, "/plans/kr-5/commitments/3/?as_of=2024-01-01")
    assert "late by" not in page
    assert "no report by the plan&#x27;s end" in page or "no report by the plan's end" in page


def test_a_due_date_on_the_very_day_is_not_overdue(client, record):
    assert "late by" not in text_of(client, "/plans/kr-5/commitments/3/?as_of=2021-10-31")
    assert "late by 1 day<" in text_of(client, "/plans/kr-5/commitments/3/?as_of=2021-11-01")


def test_an_inferred_ogp_id_is_marked(client, record):
    assert "(inferred)" in text_of(client, "/plans/kr-5/commitments/6/")
    assert "(inferred)" not in text_of(client, "/plans/kr-4/commitments/6/")


def test_the_search_finds_the_whistleblowers(client, record):
    page = text_of(client, "/commitments/?q=whistleblowers")
    assert "Protect whistleblowers" in page
    assert "Disclose data for citizen safety" not in page


def test_a_search_without_a_match_says_what_to_do(client, record):
    assert "No commitment matches" in text_of(client, "/commitments/?q=zzzz")


def test_the_overdue_page_has_the_same_twenty_milestones_as_the_api(client, record):
    page = text_of(client, "/overdue/?as_of=2021-11-15")
    assert "20 milestones overdue" in page
    rows = client.get("/api/v1/milestones/?overdue=true&as_of=2021-11-15&page_size=200").json()["results"]
    assert len(rows) == 20
    for row in rows:
        assert f"{row['page'].split('#')[0]}?as_of=2021-11-15#{row['page'].split('#')[1]}" in page


def test_the_self_assessment_and_the_irm_stand_side_by_side_and_apart(client, record):
    page = text_of(client, "/plans/kr-2/commitments/2-d/")
    ministry, government, irm = (
        page.index(words) for words in ("Ministry reports", "self-assessment</h3>", "IRM finds")
    )
    assert ministry < government < irm
    assert "Not started" in page[irm:]
    assert "Not stated in the source" in page[government:irm]


def test_the_fictional_member_is_marked_and_left_out_of_lists_and_totals(client, db):
    plan, *_others = make_world(3, fictional=True)
    assert "Fictional." in text_of(client, plan.get_absolute_url())
    assert "Fictional." in text_of(client, plan.commitments.first().get_absolute_url())
    lists = ("plans", "commitments", "institutions", "members", "members/compare", "milestones", "assessments")
    for address in (*(f"/{name}/" for name in lists), "/overdue/?as_of=2021-11-15"):
        assert f'href="{plan.get_absolute_url()}' not in text_of(client, address)
    for address in ("plans", "commitments", "milestones", "members", "institutions"):
        assert plan.slug not in text_of(client, f"/api/v1/{address}/?page_size=200")
    named = client.get(f"/api/v1/commitments/?plan={plan.slug}").json()
    assert named["count"] == 3


@pytest.mark.parametrize("address", ["/overdue/?as_of=soon", "/plans/kr-5/?as_of=2021-02-30", "/members/kr/?as_of=x"])
def test_a_day_that_is_none_is_answered_with_the_form_and_what_was_typed(client, record, address):
    page = text_of(client, address, status=400)
    assert "This is not a date. Write it as year-month-day: 2021-11-15." in page
    assert f'value="{address.split("=")[1]}"' in page


@pytest.mark.parametrize("day", ["0001-01-01", "0001-06-30", "9999-12-31"])
def test_the_first_and_last_days_of_the_calendar_are_days(client, record, day):
    for address in (
        "/plans/kr-5/",
        "/plans/kr-5/commitments/4-1/",
        "/overdue/",
        "/",
        "/members/",
        "/members/kr/",
        "/members/compare/",
        "/plans/",
        "/plans/kr-5/themes/civic-space/",
        "/plans/kr-5/commitments/4-1/milestones/1/",
        "/milestones/",
        "/institutions/",
        "/institutions/kr/mois/",
        "/policy-areas/",
        "/assessments/",
    ):
        text_of(client, f"{address}?as_of={day}")


@pytest.mark.parametrize(
    "question",
    [
        "theme=99999999999999999999999",
        "theme=%C2%B2",
        "theme=" + "9" * 5000,
        "member=%00&sort=up",
        "institution=%00&theme=%00&plan=%00&document=%00&policy_area=%00&lead=%00&commitment=%00",
        "unit=none&region=moon",
        "phase=x&by=x&kind=x",
        "q=%00",
        "q=" + "x" * 5000,
        "page=1&q=%F0%9F%98%80",
        "value=&plan=",
    ],
    ids=lambda question: question[:20],
)
def test_odd_questions_are_answered(client, record, question):
    lists = (
        "commitments",
        "overdue",
        "milestones",
        "members",
        "members/compare",
        "plans",
        "institutions",
        "assessments",
    )
    for address in (*(f"/{name}/" for name in lists), "/ko/commitments/", "/api/v1/commitments/"):
        assert client.get(f"{address}?{question}").status_code in (200, 400)


def test_a_milestone_led_by_two_stands_under_each(client, record):
    page = text_of(client, "/overdue/?as_of=2021-11-15")
    ict = page[page.index(">Ministry of Science and ICT</a> <small>") :]
    assert "5 milestones" in ict[: ict.index("</h2>")]
    only = text_of(client, "/overdue/?as_of=2021-11-15&institution=msit")
    assert "5 milestones overdue" in only
    assert ">Ministry of the Interior and Safety</a> <small>" not in only


def test_an_institution_that_is_none_is_an_error_and_not_an_empty_list(client, record):
    assert "Select a valid choice" in text_of(client, "/overdue/?institution=Ministry+of+Science", status=400)


def test_a_form_without_its_token_is_refused_in_the_readers_language(record):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/self-assessments/kr-2-end-of-term/report/", {"language": "en"})
    assert answer.status_code == 403
    assert "The form could not be checked" in answer.content.decode()


def test_links_on_a_dated_page_keep_its_day(client, record):
    page = text_of(client, "/plans/kr-5/commitments/4-1/?as_of=2021-11-15")
    for address in ("/plans/kr-5/", "/plans/kr-5/commitments/4/", "/plans/kr-5/commitments/4-2/"):
        assert f'href="{address}?as_of=2021-11-15' in page


def test_what_the_irm_found_and_the_government_described_is_on_the_commitments_page(client, record):
    page = text_of(client, "/plans/kr-2/commitments/2-d/")
    assert "Summary of the finding" in page
    assert "7 results described" in page


def test_that_error_is_said_in_korean_on_a_korean_page(client, record):
    assert "This is not a date" not in text_of(client, "/ko/overdue/?as_of=soon", status=400)


def test_a_filter_that_cannot_be_read_is_shown_where_it_stands(client, record):
    page = text_of(client, "/commitments/?plan=nowhere", status=400)
    assert "Select a valid choice" in page
    assert "Mend what is marked below" in page


def test_unknown_things_are_not_found_and_the_page_helps_on(client, record):
    for address in (
        "/plans/xx-9/",
        "/plans/kr-5/commitments/99/",
        "/institutions/kr/none/",
        "/documents/none/",
        "/zzz/",
        "/plans/kr-5/commitments/%00/",
        "/plans/kr-5/commitments/%00/milestones/1/",
    ):
        page = text_of(client, address, status=404)
        assert "This page does not exist" in page
        assert "Search the whole record" in page
    assert "Plan kr-5 has no commitment numbered 99." in text_of(client, "/plans/kr-5/commitments/99/", status=404)


def test_a_page_beyond_the_end_of_a_list_says_how_many_there_are(client, record):
    assert "This list has 1 pages" in text_of(client, "/overdue/?as_of=2021-11-15&page=7", status=404)


def test_what_was_written_as_markup_is_shown_as_text(client, record):
    hostile = record.plans.get(number=5).commitments.get(number="6")
    hostile.title = hostile.description = hostile.problem = '<script>alert("x")</script>'
    hostile.save()
    for address in (hostile.get_absolute_url(), "/plans/kr-5/", "/commitments/"):
        assert "<script>alert" not in text_of(client, address)


def test_the_language_switch_stays_on_the_same_page(client, record):
    page = text_of(client, "/plans/kr-5/commitments/4-1/?as_of=2021-11-15")
    assert 'href="/ko/plans/kr-5/commitments/4-1/?as_of=2021-11-15" hreflang="ko"' in page


def test_a_citation_names_the_day_and_an_address_that_keeps_it(client, record):
    page = text_of(client, "/plans/kr-5/commitments/4-1/?as_of=2021-11-15")
    assert "As it stood on 15 November 2021. http://testserver/plans/kr-5/commitments/4-1/?as_of=2021-11-15" in page


def test_pages_carry_the_headers_that_keep_them_safe(client, record):
    headers = client.get("/plans/kr-5/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
