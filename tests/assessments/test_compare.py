"""Claim and finding side by side: each voice in its own words, the gap by one rule, on any day."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.comparing import Gap, gap_between, with_gap
from assessments.models import Coding, EntryResult, IRMReview, SelfAssessment, SelfAssessmentEntry
from commitments.models import Commitment, Member
from tests.world import make_world

CLAIM, FINDING = date(2022, 3, 1), date(2022, 6, 1)
LEVELS = ["", "not_started", "limited", "substantial", "completed"]
COMPLETIONS = ["", "withdrawn", "no_evidence", "not_started", "limited", "substantial", "complete"]


def assess(plan, claims=(), findings=()):
    """One published self-assessment and one final review of the plan, by the commitments' order. None: no row."""
    commitments = list(plan.commitments.order_by("position"))
    facts = {"stage": "published", "published_on": CLAIM, "published_precision": "day", "title": "Own report"}
    own = SelfAssessment.objects.create(plan=plan, slug=f"{plan.slug}-own", kind="end_of_term", **facts)
    facts = {"stage": "final", "published_on": FINDING, "product": "progress_report", "method_version": "2014-17"}
    review = IRMReview.objects.create(plan=plan, slug=f"{plan.slug}-irm", title="IRM report", **facts)
    for commitment, level in zip(commitments, claims, strict=False):
        if level is not None:
            SelfAssessmentEntry.objects.create(assessment=own, commitment=commitment, completion_level=level)
    for commitment, completion in zip(commitments, findings, strict=False):
        if completion is not None:
            coding(review, commitment, completion)
    return own, review


def coding(review, commitment, completion, **facts):
    if any(column.name == "method_version" for column in Coding._meta.fields):
        facts["method_version"] = review.method_version
    return Coding.objects.create(review=review, commitment=commitment, completion=completion, **facts)


def gaps(plan, on=date(2023, 1, 1)) -> list[str]:
    return list(with_gap(plan.commitments.order_by("position"), on).values_list("gap", flat=True))


@pytest.mark.parametrize(
    ("claim", "finding", "gap"),
    [
        ("completed", "limited", Gap.MORE),
        ("completed", "complete", Gap.SAME),
        ("not_started", "not_started", Gap.SAME),
        ("limited", "substantial", Gap.LESS),
        ("substantial", "withdrawn", Gap.ONE),
        ("substantial", "no_evidence", Gap.ONE),
        ("", "limited", Gap.ONE),
        ("limited", None, Gap.ONE),
        (None, "limited", Gap.ONE),
        ("", "", Gap.NONE),
        ("", "not_started", Gap.ONE),
    ],
)
def test_the_gap_between_a_claim_and_a_finding(db, claim, finding, gap):
    plan = make_world(1)[0]
    assess(plan, [claim], [finding])
    assert gaps(plan) == [gap]


def test_results_described_without_a_level_against_a_finding_of_nothing(db):
    plan = make_world(1)[0]
    own, _review = assess(plan, [""], ["not_started"])
    EntryResult.objects.create(entry=own.entries.get(), position=1, heading="Much was done.")
    assert gaps(plan) == [Gap.DESCRIBED]


def test_what_nobody_has_assessed_is_not_compared(db):
    plan = make_world(2)[0]
    assess(plan, ["limited"], [])
    assert gaps(plan) == [Gap.ONE]


def test_only_what_was_known_on_the_day_is_compared(db):
    plan = make_world(1)[0]
    assess(plan, ["completed"], ["limited"])
    assert gaps(plan, CLAIM - timedelta(days=1)) == []
    assert gaps(plan, CLAIM) == [Gap.ONE]
    assert gaps(plan, FINDING) == [Gap.MORE]


def test_a_review_of_which_only_the_year_is_stated_is_known_when_that_year_is_over(db):
    plan = make_world(1)[0]
    _own, review = assess(plan, [], ["limited"])
    IRMReview.objects.filter(pk=review.pk).update(published_on=None, published_wording="2022")
    assert gaps(plan, date(2022, 12, 30)) == []
    assert gaps(plan, date(2022, 12, 31)) == gaps(plan, date(2023, 1, 1)) == [Gap.ONE]
    IRMReview.objects.filter(pk=review.pk).update(published_wording="")
    assert gaps(plan, date(2022, 12, 30)) == [Gap.ONE]


def test_drafts_of_either_are_not_compared(db):
    plan = make_world(1)[0]
    own, review = assess(plan, ["completed"], ["limited"])
    IRMReview.objects.filter(pk=review.pk).update(stage="factual_review")
    SelfAssessment.objects.filter(pk=own.pk).update(stage="sign_off")
    assert gaps(plan) == []


def test_the_latest_review_that_rates_completion_counts(db):
    plan = make_world(1)[0]
    assess(plan, ["substantial"], ["limited"])
    facts = {"stage": "final", "product": "end_of_term_report", "method_version": "2014-17", "title": "Later"}
    for n, completion in enumerate(("substantial", ""), 1):
        later = FINDING + timedelta(days=n)
        review = IRMReview.objects.create(
            plan=plan,
            slug=f"later-{n}",
            published_on=later,
            **facts | {"product": ["end_of_term_report", "results_report"][n - 1]},
        )
        coding(review, plan.commitments.get(), completion)
    assert gaps(plan) == [Gap.SAME]


# The page -------------------------------------------------------------------------------------------------------------
def test_plan_2_shows_where_the_government_and_the_irm_disagree(client, record):
    page = client.get("/compare/?plan=kr-2").content.decode()
    row = page[page.index("commitments/2-d/") : page.index("commitments/3-e/")]
    for words in (
        "Level not stated",
        "results described",
        "End-of-term self-assessment",
        "Not started",
        "Results are described; the IRM coded “Not started” or “No evidence available”",
    ):
        assert words in row, words
    assert "/self-assessments/kr-2-end-of-term/#form-2-d" in row
    assert "/irm-reviews/" in row


def test_the_gaps_are_counted_by_plan_and_each_number_opens_its_rows(client, record):
    plan = make_world(3)[0]
    assess(plan, ["completed", "completed", "limited"], ["limited", "limited", "limited"])
    member = plan.member.slug
    page = client.get(f"/compare/?member={member}").content.decode()
    assert "Commitments by plan and gap" in page
    assert "3 assessed commitments" in page
    found = client.get(f"/compare/?member={member}&gap=more")
    assert len(found.context["rows"]) == 2
    assert "by 2 steps" in found.content.decode()


def test_members_are_set_side_by_side(client, record):
    for _n in range(2):
        assess(make_world(1)[0], ["completed"], ["limited"])
    page = client.get("/compare/").content.decode()
    assert "Commitments by member and gap" in page
    assert "Republic of Korea" in page


def test_the_page_stands_in_korean(client, record):
    page = client.get("/ko/compare/?plan=kr-2").content.decode()
    assert "결과가 서술되었으나" in page


def test_a_filter_that_cannot_be_read_is_said_where_it_stands(client, record):
    answer = client.get("/compare/?gap=huge")
    assert answer.status_code == 400
    assert client.get("/compare.csv?gap=huge").status_code == 400


def test_the_file_holds_the_rows_of_the_page(client, record):
    answer = client.get("/compare.csv?plan=kr-2&as_of=2020-01-01")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = {row["Commitment number"]: row for row in csv.DictReader(io.StringIO(text))}
    assert len(rows) == 5
    assert rows["2-d"]["Gap"] == "Results are described; the IRM coded “Not started” or “No evidence available”"
    assert rows["2-d"]["Level in the end-of-term self-assessment"] == "not stated"
    assert "Not started" in rows["2-d"]["IRM findings"]
    spreadsheet = client.get("/compare.xlsx?plan=kr-2")
    assert b"".join(spreadsheet.streaming_content).startswith(b"PK")
    spreadsheet.close()


def test_the_page_costs_the_same_for_1_3_and_30_commitments(client, db):
    counts = []
    for size in (1, 3, 30):
        plan = make_world(size)[0]
        assess(plan, ["completed"] * size, ["limited"] * size)
        client.get(f"/compare/?plan={plan.slug}")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/compare/?plan={plan.slug}")
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def test_every_pair_of_levels_has_a_gap_and_sql_and_python_say_the_same(db):
    pairs = [(claim, finding) for claim in LEVELS for finding in COMPLETIONS]
    plan = make_world(len(pairs))[0]
    assess(plan, *zip(*pairs, strict=True))
    scale = {"not_started": 0, "limited": 1, "substantial": 2, "completed": 3, "complete": 3}
    for row, (claim, finding) in zip(
        with_gap(Commitment.objects.filter(plan=plan).order_by("position"), date(2023, 1, 1)), pairs, strict=True
    ):
        said, found = scale.get(claim), scale.get(finding)
        if said is not None and found is not None:
            expected = "more" if said > found else "less" if said < found else "same"
        else:
            expected = "one" if claim or finding else "none"
        assert row.gap == expected, (claim, finding)


def test_the_gap_is_the_same_in_the_database_and_for_values_at_hand(db):
    for described in (False, True):
        pairs = [(claim, found) for claim in [None, *LEVELS] for found in [None, *COMPLETIONS]]
        plan = make_world(len(pairs))[0]
        own, _review = assess(plan, *zip(*pairs, strict=True))
        for entry in own.entries.all() if described else ():
            EntryResult.objects.create(entry=entry, position=1, number="1", heading="A result", body="Done.")
        rows = with_gap(plan.commitments.all(), date(2023, 1, 1))
        assert len(rows) == len(pairs) - 1, "where neither has a form or coding nothing is assessed"
        assert [row.gap for row in rows] == [gap_between(row.claimed, row.found, row.described) for row in rows]


def test_of_many_members_the_summary_has_those_of_the_page_and_what_all_come_to(client, db, monkeypatch):
    monkeypatch.setattr("assessments.compare_views.MOST_LINES", 2)
    monkeypatch.setattr("milestones.dated_lists.PAGE_SIZE", 3)
    Member.objects.all().update(is_fictional=True)
    plans = [make_world(2)[0] for _n in range(3)]
    for plan in plans:
        assess(plan, ["completed", "limited"], ["limited", "limited"])
    found = client.get("/compare/").context["summary"]
    assert [line.of for line in found.lines] == [plan.member for plan in plans[:2]]
    assert found.is_part and found.number == 3
    assert (found.whole.numbers["more"], found.whole.numbers["same"], found.whole.total) == (3, 3, 6)
    assert "All together" in client.get("/compare/").content.decode()
    second = client.get("/compare/?page=2").context["summary"]
    assert [line.of for line in second.lines] == [plan.member for plan in plans[1:]] and second.number == 3
