"""Wordings of many plans and their readings: tables read by hand, the sample of OGP's data, and any text at all."""

import csv
import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from milestones.conventions import ELSEWHERE, OGP, conventions_of
from milestones.lexicon import LEXICON
from milestones.schedule import read_schedule
from tests.milestones.test_schedule import meaning

HERE = Path(__file__).parent
SAMPLE = HERE.parents[2] / "shared" / "data" / "ogp_commitments_sample.csv"
PLAN = (date(2021, 1, 1), date(2023, 12, 31))


def table(name):
    """(member, start wording, end wording, meaning, EDTF) of each line that is no comment."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [tuple(row + [""] * (5 - len(row))) for row in cells]


WORDINGS = table("wordings.tsv")
OGP_DATA = table("wordings_of_ogp_data.tsv")


def conventions(member):
    return conventions_of(member) if member else OGP


# The tables -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("member, start, end, expected, edtf", WORDINGS)
def test_a_wording_means_what_a_person_reads_in_it(member, start, end, expected, edtf):
    reading = read_schedule(start, end, *PLAN, conventions(member))
    assert (meaning(reading), reading.edtf) == (expected, edtf)


@pytest.mark.parametrize("member, start, end, expected, edtf", OGP_DATA)
def test_a_wording_of_ogps_data_means_what_a_person_reads_in_it(member, start, end, expected, edtf):
    reading = read_schedule(start, end, conventions=conventions(member))
    assert (meaning(reading), reading.edtf) == (expected, edtf)


def test_no_wording_is_in_the_table_twice():
    assert len({row[:3] for row in WORDINGS}) == len(WORDINGS)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of OGP's data is not at hand")
def test_the_table_holds_every_date_of_the_sample_and_lists_what_cannot_be_read():
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        dates = {(row["Start Date"], row["End Date"]) for row in csv.DictReader(file)}
    assert dates == {row[1:3] for row in OGP_DATA}
    unreadable = [row[1:3] for row in OGP_DATA if "unreadable" in row[3]]
    assert unreadable == [("7/16/1905", "7/19/1905")]


# What depends on the member -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "code, time_zone, like",
    [
        ("gb", "", "GB"),
        ("GBSC", "Europe/London", "GB"),
        ("XT", "Asia/Seoul", "KR"),
        ("XK", "Europe/Belgrade", "XK"),
    ],
)
def test_a_member_has_the_conventions_of_its_country(code, time_zone, like):
    assert conventions_of(code, time_zone) == conventions_of(like)
    assert conventions_of(like) != ELSEWHERE


def test_a_member_of_which_nothing_is_known_writes_the_day_first_and_has_no_fiscal_year():
    assert conventions_of("??", "Nowhere/City") == ELSEWHERE
    assert (ELSEWHERE.month_first, ELSEWHERE.fiscal_month) == (False, 0)


def test_what_was_read_by_convention_is_noted_and_what_is_plain_is_not():
    assert read_schedule("", "03/04/2021").notes == ("day_month_order",)
    assert read_schedule("31/12/2020", "03/04/2021").notes == ()
    assert read_schedule("", "12/31/15").notes == ("two_digit_year",)
    assert read_schedule("", "43525").notes == ("spreadsheet_number",)
    assert read_schedule("", "Winter 2021").notes == ("season_over_new_year",)
    assert read_schedule("03/04/2021", "after the law").notes == ()


# The plan's period ----------------------------------------------------------------------------------------------------
def test_recurring_words_that_name_both_bounds_need_no_plan():
    reading = read_schedule("March 2021", "Annually until 2022")
    assert meaning(reading) == "yearly 2021-03-01/2021-12-31 2022-01-01/2022-12-31 year"


@pytest.mark.parametrize("wording", ["End of the plan", "계획기간 중", "Throughout the action plan"])
def test_words_that_name_the_plans_period_need_it(wording):
    assert meaning(read_schedule("", wording)) == "once, unreadable: no_period"


# EDTF -----------------------------------------------------------------------------------------------------------------
YEAR, TWELFTH, DAY = r"\d{4}", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
DATE = rf"{YEAR}(?:-{TWELFTH}(?:-{DAY})?)?"
GROUPING = rf"{YEAR}-(?:2[1-4]|3[3-9]|4[01])"  # seasons, quarters, thirds, half-years
INTERVAL = rf"{DATE}[?~%]?/(?:{DATE}[?~%]?|\.\.)?"
SET = rf"\{{(?:{DATE}[?~%]?|{GROUPING})(?:,(?:{DATE}[?~%]?|{GROUPING}))+\}}"
EDTF = re.compile(rf"{DATE}[?~%]?|{GROUPING}|{INTERVAL}|{SET}")


def days_in(edtf):
    return [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d{2}-\d{2}", edtf)]


@pytest.mark.parametrize("row", WORDINGS + OGP_DATA, ids=lambda row: f"{row[1]}|{row[2]}")
def test_the_expected_expressions_are_edtf(row):
    assert not row[4] or EDTF.fullmatch(row[4])


@pytest.mark.parametrize(
    "wrong", ["2021-13", "2021-42", "2021-36~", "2021-33/2021-36", "2021-1", "{2021}", "../..", "/.."]
)
def test_the_check_of_edtf_refuses_what_the_standard_does_not_know(wrong):
    assert not EDTF.fullmatch(wrong)


# Any text -------------------------------------------------------------------------------------------------------------
PIECES = [
    *(
        "2021",
        "2022년",
        "'21",
        "21",
        "3",
        "31",
        "3월",
        "31일",
        "March",
        "1st",
        "Q3",
        "4분기",
        "3/4분기",
        "상반기",
        "H2",
    ),
    *("early", "mid-", "end of", "초", "말", "by", "until", "before", "from", "까지", "부터", "전", "이후", "onwards"),
    *("to", "-", "~", "/", ",", "and", "및", "·", "between", "(", ")", "[", "*", "※", "?", ".", "'", "\t", "\n"),
    *("every", "annually", "quarterly", "biennially", "매년", "매월", "격년", "연 2회", "each year", "until 2029"),
    *("previous", "next", "following year", "전년", "익년", "당해", "연말", "end of the year", "the plan period"),
    *("ongoing", "throughout", "계속", "수시", "in progress", "NA", "미정", "FY", "2026-27", "2021/22", "회계연도"),
    *("12/3/2021", "31.12.21", "2021-12-31", "2021.3~5", "43525", "2021.1199999999999", "9.9e9", "spring", "겨울"),
    *("February 29", "2월 29일", "ſeptember", "٢٠٢١", "\u200b", "９", "\x00", "\ud800"),
]
wordings = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.lists(st.sampled_from(sorted(LEXICON)), max_size=4).map(" ".join),
    st.text(max_size=30),
    st.sampled_from([cell for row in WORDINGS for cell in row[1:3]]),
)
days = st.dates(date(2010, 1, 1), date(2035, 12, 31)) | st.sampled_from([date.min, date.max])
periods = st.tuples(days, days).map(sorted).filter(lambda period: period[1].year - period[0].year < 100)
members = st.sampled_from(["", "KR", "US", "GB", "CA", "NZ", "ID", "FR"])


@settings(deadline=None)  # the first run imports what it needs, on a busy machine
@given(start=wordings, end=wordings, period=periods | st.just((None, None)), member=members)
@example("Every February 29", "", (date(2021, 1, 1), date(2023, 12, 31)), "")
@example("매년 11월~익년 2월", "", (date(9999, 1, 1), date.max), "KR")
@example("2021 (biennially)", "", (date(9990, 1, 1), date.max), "")
def test_any_text_is_read_without_an_error_and_into_deadlines_that_can_be_true(start, end, period, member):
    reading = read_schedule(start, end, *period, conventions(member))
    due = [deadline.due_on for deadline in reading.deadlines]
    assert due == sorted(due)
    assert all(one.starts_on is None or one.starts_on <= one.due_on for one in reading.deadlines)
    assert reading.due_on == max(due, default=None)
    assert reading.readable or (reading.reason and not due and not reading.edtf and not reading.notes)
    assert not (reading.open_ended and due)
    assert due or reading.open_ended or reading.reason
    if reading.reason == "no_end" and reading.starts_on is None:  # then nothing outside of remarks names a year
        assert re.search(r"[(\[*※]", start + end) or not re.search(r"20\d\d", start + end)
    assert not reading.edtf or EDTF.fullmatch(reading.edtf)
    if reading.cadence in ("yearly", "quarterly", "monthly", "half_yearly") and period[0]:
        assert all(period[0] <= day <= period[1] for day in due)


@given(start=wordings, end=wordings, member=members)
def test_reading_again_gives_the_same(start, end, member):
    first = read_schedule(start, end, *PLAN, conventions(member))
    assert read_schedule(start, end, *PLAN, conventions(member)) == first
    assert read_schedule(f"  {start} ", f"{end}\n", *PLAN, conventions(member)) == first


@pytest.mark.parametrize(
    "day, expression", [("2021-12-31", "2021-12-31"), ("2021-12", "2021-12"), ("2021", "2021"), ("2020/2022", None)]
)
def test_edtf_of_plain_dates_is_read_as_itself(day, expression):
    reading = read_schedule("", day)
    assert reading.edtf == (expression or "")


# Speed ----------------------------------------------------------------------------------------------------------------
@pytest.mark.once
def test_ten_thousand_rows_are_read_in_seconds():
    began = time.process_time()
    for number in range(10_000):
        member, start, end, _meaning, _edtf = WORDINGS[number % len(WORDINGS)]
        read_schedule(start, end, *PLAN)
    assert time.process_time() - began < 10


HOSTILE = ["1", "(", "every ", "2021 ", "- ", "'", "1/", "first , ", "3·", "2021~", "2021. 3. ", "q1", "the ", "*", " "]


@pytest.mark.once
@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("length", [999, 100_000])
def test_no_text_takes_long(piece, length):
    text = (piece * length)[:length]
    began = time.process_time()
    read_schedule(text, text, *PLAN)
    assert time.process_time() - began < 0.5
