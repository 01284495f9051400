"""What questions find, in both languages; this file runs on SQLite and on PostgreSQL, and expects the same of both."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milestones.models import Milestone
from search import index
from search.filters import SearchFilter
from search.models import Entry
from search.words import plain, question, spelled, terms
from tests.assessments.irm_rows import make_review
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_world

pytestmark = pytest.mark.django_db
TABLE = (Path(__file__).parent / "questions.tsv").read_text(encoding="utf-8").splitlines()
QUESTIONS = [tuple(line.split("\t")) for line in TABLE]


def found(**data) -> list[Entry]:
    filterset = SearchFilter(data)
    assert filterset.is_valid(), filterset.errors
    return list(filterset.qs)


def commitments_found(**data) -> list[str]:
    return sorted(f"{entry.plan.slug}/{entry.commitment.number}" for entry in found(kind="commitment", **data))


@pytest.mark.parametrize(("words", "expected"), QUESTIONS)
def test_a_question_finds_these_commitments_of_the_record(record, words, expected):
    assert commitments_found(q=words) == sorted(expected.split())


def test_every_two_syllables_of_a_korean_name_find_what_holds_them_and_nothing_else(record):
    """The index against plain reading: for each pair of syllables in the record's Korean texts, the entries found are
    those whose text holds the pair."""
    texts = {
        entry.pk: plain(f"{entry.title_ko} {entry.body_ko} {entry.title} {entry.body} {entry.also}")
        for entry in Entry.objects.real().filter(kind__in=["plan", "commitment", "milestone"])
    }
    pairs = {term for text in texts.values() for term in terms(text) if len(term) == 2 and term[0] >= "\uac00"}
    assert len(pairs) > 50
    for pair in sorted(pairs)[::3]:
        expected = {pk for pk, text in texts.items() if pair in text}
        matching = {entry.pk for entry in found(q=pair) if entry.kind in ("plan", "commitment", "milestone")}
        assert matching == expected, pair


@given(st.text(alphabet="가나다라마정보공개 ab-1.\"'()*:&|!<>\\%_\u0301é漢字", max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_question_breaks_the_database(record, words):
    filterset = SearchFilter({"q": words})
    if filterset.is_valid():
        list(filterset.qs[:5])


def test_a_phrase_keeps_its_order_and_a_long_korean_word_its_syllables():
    assert " open data " in question('"Open data" portal').parts
    assert question("정보공").parts == ("정보공",)
    assert "정보공" not in spelled("정보 보공 공개")


def test_a_korean_compound_is_found_however_it_is_spaced_and_a_short_word_is_not(db):
    plan = make_plan(make_member())
    titles = ["행정 정보 공개 확대", "행정정보공개 확대", "행정정보 공개 확대", "정보 보공 공개 확대", "시민 주도 사업"]
    for title_ko in titles:
        make_commitment(plan, make_institution(plan.member), title_ko=title_ko)
    index.refresh()

    def titles_found(words):
        return {entry.title_ko for entry in found(q=words, kind="commitment", plan=plan.slug)}

    for words in ("정보공개", "행정정보공개", "행정 정보공개"):
        assert titles_found(words) == set(titles[:3]), words
    assert titles_found("정보 공개") == set(titles[:4]), "two words, wherever they stand"
    assert titles_found('"정보 공개"') == {titles[0]}
    assert titles_found("시민주도") == {titles[4]} and titles_found("민주") == set()
    assert titles_found("개공보정") == set(), "the same syllables in another order"


def test_words_in_the_title_come_before_words_in_the_text(record):
    titles = ["budget" in entry.title.lower() for entry in found(q="budget")]
    assert titles == sorted(titles, reverse=True)
    assert True in titles and False in titles


def test_a_word_is_found_by_its_beginning_when_nothing_holds_it_whole(client, record):
    response = client.get("/search/", {"q": "whistl"})
    assert response.context["filter"].begins
    assert [entry.commitment.number for entry in response.context["rows"]] == ["6"]
    assert "begin with them" in response.content.decode()


def test_the_fictional_member_is_found_only_by_who_names_it(db):
    plan, _editor, _reviewer = make_world(1, fictional=True)
    index.refresh()
    assert found(q="commitment", plan=plan.slug)
    assert not [entry for entry in found(q="commitment") if entry.plan == plan]


def test_what_was_not_known_on_a_day_is_not_found_on_it(db):
    plan, _editor, _reviewer = make_world(1)
    report = plan.commitments.get().milestones.get().updates.get()
    report.what_was_done = "We opened the quixotic archive."
    report.save()
    index.refresh()
    before, after = date(2021, 6, 30), date(2021, 7, 1)
    assert report.published_on == after
    assert not found(q="quixotic", as_of=before.isoformat())
    assert [entry.kind for entry in found(q="quixotic", as_of=after.isoformat())] == ["report"]


def test_drafts_are_not_found(db):
    plan, _editor, _reviewer = make_world(1)
    report = plan.commitments.get().milestones.get().updates.get()
    type(report).objects.filter(pk=report.pk).update(review="draft", what_was_done="A quixotic draft.")
    make_review(plan, note="quixotic")
    index.refresh()
    assert not found(q="quixotic")


def test_lateness_of_a_milestone_is_its_own_and_that_of_a_commitment_is_of_any_of_its_milestones(db):
    plan = make_plan(make_member())
    commitment = make_commitment(plan, make_institution(plan.member), title="Quixotic commitment")
    late = make_milestone(commitment, date(2021, 6, 30), title="Quixotic early one")
    make_milestone(commitment, date(2022, 6, 30), title="Quixotic later one")
    index.refresh()
    on = {"q": "quixotic", "as_of": "2021-07-01"}
    kinds = [(entry.kind, entry.key) for entry in found(**on, overdue="true")]
    assert sorted(kinds) == [("commitment", commitment.pk), ("milestone", late.pk)]
    assert not found(q="quixotic", as_of="2021-06-30", overdue="true")
    assert len(found(**on, overdue="false")) == 1


def test_the_day_of_the_search_is_that_of_its_states(record):
    """Plan 5 on 15 November 2021: as many milestones overdue as the record's own list says."""
    on = date(2021, 11, 15)
    late = Milestone.objects.filter(commitment__plan__slug="kr-5").overdue(on).count()
    assert late
    assert len(found(plan="kr-5", kind="milestone", overdue="true", as_of=on.isoformat())) == late
