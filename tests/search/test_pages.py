"""The search page: facets that keep their word, states, files, and what cannot be read."""

import csv
import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from search import facets, index
from search.filters import SearchFilter
from search.scope import matching_commitments, words
from search.snippets import passage
from search.words import question
from tests.world import make_world

pytestmark = pytest.mark.django_db


def page(client, **data):
    return client.get("/search/", data)


@pytest.mark.parametrize(
    "asked",
    [
        {"as_of": "2021-11-15"},
        {"q": "budget", "as_of": "2021-11-15"},
        {"q": "information", "plan": "kr-5", "as_of": "2021-11-15", "overdue": "true"},
        {"kind": "milestone", "as_of": "2022-03-01", "status": "not_reported"},
        {"found": "limited"},
    ],
)
def test_each_number_of_a_facet_is_that_of_the_results_behind_it(client, record, asked):
    shown = page(client, **asked).context["facets"]
    assert shown
    for facet in shown:
        for option in facet.options:
            filterset = SearchFilter({**asked, facet.name: option.value})
            assert filterset.is_valid(), filterset.errors
            assert filterset.qs.count() == option.count, (facet.name, option.value)


def test_a_result_shows_why_it_matched_and_what_the_clock_says(client, record):
    text = page(client, q="diversity", as_of="2021-11-15").content.decode()
    assert "<mark>diversity</mark>" in text
    assert "3 milestones overdue" in text
    assert "?as_of=2021-11-15" in text


def test_a_korean_page_speaks_korean_and_leads_to_korean_pages(client, record):
    text = client.get("/ko/search/", {"q": "관세"}).content.decode()
    assert "<mark>관세</mark>" in text
    assert 'href="/ko/plans/kr-4/commitments/13/"' in text


def test_an_institution_is_offered_by_its_name(client, record):
    text = page(client, q="Ministry of Science and ICT").content.decode()
    assert "Institutions named so" in text
    assert "/institutions/kr/msit/" in text


def test_text_of_the_record_cannot_become_markup():
    assert passage("<b>budget</b> & <script>", question("budget")) == (
        "&lt;b&gt;<mark>budget</mark>&lt;/b&gt; &amp; &lt;script&gt;"
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"q": "x" * 201},
        {"q": "a\x00b"},
        {"kind": "nothing"},
        {"plan": "no-such-plan"},
        {"theme": "seven"},
        {"theme": "9" * 40},
        {"overdue": "perhaps"},
        {"year": "nineteen"},
        {"year": "1e400"},
        {"as_of": "yesterday"},
        {"sort": "random"},
    ],
)
def test_what_cannot_be_read_is_said_and_answered_with_400(client, record, bad):
    response = page(client, **bad)
    assert response.status_code == 400
    assert "Traceback" not in response.content.decode()
    assert client.get("/search.csv", bad).status_code == 400
    assert client.get("/api/v1/search/", bad).status_code == 400


def test_a_question_of_signs_alone_finds_nothing(client, record):
    response = page(client, q="?!")
    assert response.status_code == 200
    assert response.context["rows"].paginator.count == 0
    assert "Nothing in the record matches" in response.content.decode()


def test_more_results_than_are_counted_are_said_to_be_more(client, record, monkeypatch):
    monkeypatch.setattr(facets, "MOST", 10)
    monkeypatch.setattr("search.results.MOST", 10)
    response = page(client, q="information")
    assert "More than 10 results" in response.content.decode()
    assert response.context["rows"].paginator.count == 10
    assert len(response.context["results"]) == 10


def test_the_file_and_the_api_hold_what_the_page_counts(client, record):
    asked = {"q": "budget", "as_of": "2021-11-15"}
    count = page(client, **asked).context["rows"].paginator.count
    lines = list(csv.reader(io.StringIO(b"".join(client.get("/search.csv", asked).streaming_content).decode())))
    assert len(lines) == count + 1
    answer = client.get("/api/v1/search/", asked).json()
    assert answer["count"] == count
    assert {"id", "url", "page", "kind", "title"} <= answer["results"][0].keys()


def test_the_scope_of_a_search_is_the_commitments_of_its_results(record):
    found = matching_commitments({"q": "whistleblower"}, date(2021, 11, 15))
    assert [commitment.number for commitment in found] == ["6"]
    assert words({"q": "whistleblower", "plan": "kr-5"}) == "whistleblower; Plan: kr-5"


def test_a_search_costs_the_same_for_1_3_and_30_commitments(client, db):
    counts = []
    for size in (1, 3, 30):
        plan, _editor, _reviewer = make_world(size)
        index.refresh()
        page(client, plan=plan.slug, q="commitment")
        with CaptureQueriesContext(connection) as captured:
            assert page(client, plan=plan.slug, q="commitment").status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def test_a_facet_offers_the_options_with_most_results_and_says_how_many_are_left_out(client, record, monkeypatch):
    whole = {facet.name: facet for facet in page(client, q="information").context["facets"]}["institution"]
    assert len(whole.options) > 3 and whole.left_out == 0
    monkeypatch.setattr(facets, "MOST_OPTIONS", 3)
    response = page(client, q="information")
    found = {facet.name: facet for facet in response.context["facets"]}["institution"]
    assert sorted(option.count for option in found.options) == sorted(option.count for option in whole.options)[-3:]
    assert found.left_out == len(whole.options) - 3
    assert f"{found.left_out} with fewer results are left out" in response.content.decode()
    rarest = whole.options[-1]
    chosen = page(client, q="information", institution=rarest.value).context["chosen"]
    assert [option.value for _facet, option in chosen] == [rarest.value], "what is chosen can always be taken away"
