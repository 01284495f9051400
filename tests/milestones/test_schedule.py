"""What the words of the plans' tables mean. The two tables below hold every wording of plans 4 and 5, read by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.lexicon import MONTHS
from milestones.models import Milestone
from milestones.schedule import read_schedule

PERIODS = {
    "kr-4": (date(2018, 9, 1), date(2020, 8, 31)),
    "kr-5": (date(2021, 1, 1), date(2023, 12, 31)),
}

# Start | end | what they mean: the cadence, each deadline as first day/last day, and the precision of the last.
PLAN_4 = """
March 6, 2018 | To be continued | once, open-ended, from 2018-03-06
May 1, 2018 | To be continued | once, open-ended, from 2018-05-01
July 1, 2018 | To be continued | once, open-ended, from 2018-07-01
September 1, 2018 | To be continued | once, open-ended, from 2018-09-01
January 1, 2019 | To be continued | once, open-ended, from 2019-01-01
January 1, 2018 | December 31, 2019 | once 2018-01-01/2019-12-31 day
January 1, 2020 | December 31, 2020 | once 2020-01-01/2020-12-31 day
To be continued | To be continued | continuous, open-ended
December, 2018 | February, 2019 | once 2018-12-01/2019-02-28 month
February, 2019 | April, 2019 | once 2019-02-01/2019-04-30 month
March, 2019 | May, 2019 | once 2019-03-01/2019-05-31 month
May, 2019 | November, 2019 | once 2019-05-01/2019-11-30 month
December, 2019 | February, 2020 | once 2019-12-01/2020-02-29 month
October, 2018 | October, 2018 | once 2018-10-01/2018-10-31 month
Once every quarter | Preferably, the outcome needs to be announced within three months after the selection of the \
petition | quarterly, unreadable: end_unreadable
September 1, 2018 | December 31, 2018 | once 2018-09-01/2018-12-31 day
January 1, 2019 | December 31, 2019 | once 2019-01-01/2019-12-31 day
January 1, 2020 | August 31, 2020 | once 2020-01-01/2020-08-31 day
September 13, 2018 | September 13, 2018 | once 2018-09-13/2018-09-13 day
November 13, 2018 | November 13, 2018 | once 2018-11-13/2018-11-13 day
First half of 2019 | Second half of 2019 | once 2019-01-01/2019-12-31 half
August – September, 2018 | To be continued | once, open-ended, from 2018-08-01
October, 2018 | To be continued | once, open-ended, from 2018-10-01
January 12, 2018 | To be continued | once, open-ended, from 2018-01-12
March 12, 2018 | To be continued | once, open-ended, from 2018-03-12
July 1, 2019 | To be continued | once, open-ended, from 2019-07-01
July 1, 2020 | To be continued | once, open-ended, from 2020-07-01
 | To be continued | once, open-ended
September, 2018 | To be continued | once, open-ended, from 2018-09-01
April 18, 2018 | November 14, 2018 | once 2018-04-18/2018-11-14 day
May 28, 2018 | December 24, 2018 | once 2018-05-28/2018-12-24 day
September 5, 2018 | September 8, 2018 | once 2018-09-05/2018-09-08 day
September 12, 2018 | September 14, 2018 | once 2018-09-12/2018-09-14 day
October 25, 2018 | October 31, 2018 | once 2018-10-25/2018-10-31 day
December 1, 2018 | December 24, 2018 | once 2018-12-01/2018-12-24 day
April 1, 2019 | December 24, 2019 | once 2019-04-01/2019-12-24 day
April 1, 2020 | August 31, 2020 | once 2020-04-01/2020-08-31 day
September 1, 2018 | August 31, 2020 | once 2018-09-01/2020-08-31 day
July, 2018 | October, 2018 | once 2018-07-01/2018-10-31 month
July, 2018 | First half of 2019 | once 2018-07-01/2019-06-30 half
April, 2018 | January, 2019 | once 2018-04-01/2019-01-31 month
September, 2018 |  | once, no_end, from 2018-09-01
Throughout the Year | Throughout the Year | continuous, open-ended
December, 2018 | To be continued | once, open-ended, from 2018-12-01
August, 2018 | November, 2018 | once 2018-08-01/2018-11-30 month
August, 2018 | September, 2018 | once 2018-08-01/2018-09-30 month
April, 2017 | To be continued | once, open-ended, from 2017-04-01
January, 2018 | To be continued | once, open-ended, from 2018-01-01
August, 2018 | To be continued | once, open-ended, from 2018-08-01
"""

PLAN_5 = """
September 1, 2020 | To continue indefinitely | once, open-ended, from 2020-09-01
September 1, 2020 | October 2020 | once 2020-09-01/2020-10-31 month
October 1, 2020 | September 30, 2021 | once 2020-10-01/2021-09-30 day
November 1, 2020 November 1, 2021 | December 31, 2020 December 31, 2021 \
| once 2020-11-01/2020-12-31 2021-11-01/2021-12-31 day
January 1, 2021 | Fourth quarter of 2021 | once 2021-01-01/2021-12-31 quarter
Previous December | Next March | yearly 2020-12-01/2021-03-31 2021-12-01/2022-03-31 2022-12-01/2023-03-31 month
Every July | Every September | yearly 2021-07-01/2021-09-30 2022-07-01/2022-09-30 2023-07-01/2023-09-30 month
Throughout the year | - | continuous, open-ended
Every July to September | - | yearly 2021-07-01/2021-09-30 2022-07-01/2022-09-30 2023-07-01/2023-09-30 month
Every January | Every December | yearly 2021-01-01/2021-12-31 2022-01-01/2022-12-31 2023-01-01/2023-12-31 month
Previous December (conduct demand surveys) | Every December \
| yearly 2020-12-01/2021-12-31 2021-12-01/2022-12-31 2022-12-01/2023-12-31 month
2022 (biennially) | - | every_two_years 2022-01-01/2022-12-31 year
January 1, 2021 | October 31, 2021 | once 2021-01-01/2021-10-31 day
January 1, 2021 | December 31, 2021 | once 2021-01-01/2021-12-31 day
January 1, 2021 | December 31, 2022 | once 2021-01-01/2022-12-31 day
July 1, 2021 | December 31, 2022 | once 2021-07-01/2022-12-31 day
January 1, 2021 | October 31, 2023 | once 2021-01-01/2023-10-31 day
January 1, 2021 | December 31, 2023 | once 2021-01-01/2023-12-31 day
May 2020 August 2021 August 2022 | July 2021 July 2022 July 2023 \
| once 2020-05-01/2021-07-31 2021-08-01/2022-07-31 2022-08-01/2023-07-31 month
February 2021 February 2022 February 2023 | April 2021 April 2022 April 2023 \
| once 2021-02-01/2021-04-30 2022-02-01/2022-04-30 2023-02-01/2023-04-30 month
September 2020 September 2021 September 2022 | April 2021 April 2022 April 2023 \
| once 2020-09-01/2021-04-30 2021-09-01/2022-04-30 2022-09-01/2023-04-30 month
December 2021, March 2022 December 2022, March 2023 | December 2021, April 2022 December 2022, April 2023 \
| once 2021-12-01/2021-12-31 2022-03-01/2022-04-30 2022-12-01/2022-12-31 2023-03-01/2023-04-30 month
April 2021 April 2022 April 2023 | April 2021 April 2022 April 2023 \
| once 2021-04-01/2021-04-30 2022-04-01/2022-04-30 2023-04-01/2023-04-30 month
June 2021 June 2022 June 2023 | July 2021 July 2022 July 2023 \
| once 2021-06-01/2021-07-31 2022-06-01/2022-07-31 2023-06-01/2023-07-31 month
June 2021 June 2022 June 2023 | August 2021 August 2022 August 2023 \
| once 2021-06-01/2021-08-31 2022-06-01/2022-08-31 2023-06-01/2023-08-31 month
April 2021 | August 31, 2023 | once 2021-04-01/2023-08-31 day
August 2021 | August 31, 2023 | once 2021-08-01/2023-08-31 day
February 2022 | February 2023 | once 2022-02-01/2023-02-28 month
April 2021 | December 2023 | once 2021-04-01/2023-12-31 month
December 31, 2020 | April 30, 2021 | once 2020-12-31/2021-04-30 day
May 1, 2021 *to be designed between January and April, 2021 | December 31, 2021 | once 2021-05-01/2021-12-31 day
January 1, 2022 | August 31, 2022 | once 2022-01-01/2022-08-31 day
May 1, 2022 *to be designed between January and April, 2022 | December 31, 2022 | once 2022-05-01/2022-12-31 day
January 1, 2023 | To continue indefinitely | once, open-ended, from 2023-01-01
September 1, 2020 | August 31, 2023 | once 2020-09-01/2023-08-31 day
September 1, 2020 | August 31, 2022 | once 2020-09-01/2022-08-31 day
September 1, 2020 | August 31, 2022 (assessed on an annual basis, to continue indefinitely) \
| once 2020-09-01/2022-08-31 day
September 1, 2020 | August 31, 2022 (continued every year) | once 2020-09-01/2022-08-31 day
Throughout the year |  | continuous, open-ended
January 2021 | December 2021 | once 2021-01-01/2021-12-31 month
From August 2020 | To continue indefinitely | once, open-ended, from 2020-08-01
2021 | - | once, no_end, from 2021-01-01
2020 | 2022 | once 2020-01-01/2022-12-31 year
2020 | 2021 | once 2020-01-01/2021-12-31 year
June 2020 | September 2020 | once 2020-06-01/2020-09-30 month
September 2020 | January 2021 | once 2020-09-01/2021-01-31 month
April 2021 | April 2021 | once 2021-04-01/2021-04-30 month
April 2021 | June 2022 | once 2021-04-01/2022-06-30 month
June 2021 | September 2021 | once 2021-06-01/2021-09-30 month
September 2021 | January 2022 | once 2021-09-01/2022-01-31 month
February 2022 | June 2023 | once 2022-02-01/2023-06-30 month
November 2022 | December 2022 | once 2022-11-01/2022-12-31 month
November 2023 | December 2023 | once 2023-11-01/2023-12-31 month
December 2022 | December 2023 | once 2022-12-01/2023-12-31 month
2020 | - | once, no_end, from 2020-01-01
2021 | 2022 | once 2021-01-01/2022-12-31 year
September 2020 | December 2020 | once 2020-09-01/2020-12-31 month
January 2021 | July 2021 | once 2021-01-01/2021-07-31 month
August 2021 | December 2021 | once 2021-08-01/2021-12-31 month
"""

# Wordings that no plan of the record has, but the next one may.
ELSEWHERE = """
2021-02-28 | 2021-03-31 | once 2021-02-28/2021-03-31 day
Every March to April | To be continued | yearly 2021-03-01/2021-04-30 2022-03-01/2022-04-30 2023-03-01/2023-04-30 month
Every July | December 2022 | yearly 2021-07-01/2021-07-31 2022-07-01/2022-07-31 month
March 2022 | Every December | yearly 2022-03-01/2022-12-31 2022-03-01/2023-12-31 month
December 2021 | Next March | once 2021-12-01/2022-03-31 month
March 2021 | Next March | once 2021-03-01/2022-03-31 month
Once every half-year | June 2022 | half_yearly 2021-01-01/2021-06-30 2021-07-01/2021-12-31 2022-01-01/2022-06-30 half
November 15, 2021 | Every quarter \
| quarterly 2021-11-15/2021-12-31 2022-01-01/2022-03-31 2022-04-01/2022-06-30 2022-07-01/2022-09-30 \
2022-10-01/2022-12-31 2023-01-01/2023-03-31 2023-04-01/2023-06-30 2023-07-01/2023-09-30 2023-10-01/2023-12-31 quarter
March 5, 2021 (biennially) | - | every_two_years 2021-03-05/2021-03-05 2023-03-05/2023-03-05 day
February 2021 (every two years) | - | every_two_years 2021-02-01/2021-02-28 2023-02-01/2023-02-28 month
Throughout the year | December 31, 2022 | continuous None/2022-12-31 day
 | June 2022 | once None/2022-06-30 month
January 2021 | June 2021 June 2022 | once 2021-01-01/2021-06-30 2021-01-01/2022-06-30 month
January 2021 March 2021 | June 2022 | once, unreadable: unpaired, from 2021-01-01
June 2022 | January 2021 | once, unreadable: end_before_start, from 2022-06-01
Every November | Every February | once, unreadable: end_before_start, from 2021-11-01
May – March 2021 | June 2022 | once, unreadable: start_unreadable
February 30, 2021 | June 2022 | once, unreadable: start_unreadable
Previous December | - | once, unreadable: start_unreadable
Next March | - | once, unreadable: start_unreadable
 | Next March | once, unreadable: end_unreadable
January 2021 | After the law is passed | once, unreadable: end_unreadable, from 2021-01-01
January 2021 | December 2021 or later | once, unreadable: end_unreadable, from 2021-01-01
January 2021 | 2021-2023 | once 2021-01-01/2023-12-31 year
January 2021 | 20212022 | once, unreadable: end_unreadable, from 2021-01-01
January 2021 | ſeptember 2021 | once, unreadable: end_unreadable, from 2021-01-01
January 2021 | fırst quarter of 2022 | once, unreadable: end_unreadable, from 2021-01-01
January 2021 | 2022년 6월 | once 2021-01-01/2022-06-30 month
 |  | once, no_end
"""


def rows(table):
    """(start wording, end wording, meaning) of each line."""
    return [tuple(cell.strip() for cell in line.split("|")) for line in table.splitlines() if line]


def meaning(reading):
    """A reading, written as in the tables; a question mark at its end says that a date was read by convention."""
    return described(reading) + (" ?" if reading.ambiguous else "")


def described(reading):
    text = reading.cadence
    if reading.deadlines:
        spans = " ".join(f"{due.starts_on}/{due.due_on}" for due in reading.deadlines)
        return f"{text} {spans} {reading.precision}"
    if reading.open_ended:
        text += ", open-ended"
    elif reading.reason:
        text += f", {reading.reason}" if reading.readable else f", unreadable: {reading.reason}"
    return f"{text}, from {reading.starts_on}" if reading.starts_on else text


@pytest.mark.parametrize("start, end, expected", rows(PLAN_4))
def test_a_wording_of_plan_4_is_read(start, end, expected):
    assert meaning(read_schedule(start, end, *PERIODS["kr-4"])) == expected


@pytest.mark.parametrize("start, end, expected", rows(PLAN_5))
def test_a_wording_of_plan_5_is_read(start, end, expected):
    assert meaning(read_schedule(start, end, *PERIODS["kr-5"])) == expected


@pytest.mark.parametrize("start, end, expected", rows(ELSEWHERE))
def test_other_wordings_are_read_or_called_unreadable(start, end, expected):
    assert meaning(read_schedule(start, end, *PERIODS["kr-5"])) == expected


@pytest.mark.parametrize("plan, table", [("kr-4", PLAN_4), ("kr-5", PLAN_5)])
def test_the_tables_hold_every_wording_of_the_record(record, plan, table):
    milestones = Milestone.objects.filter(commitment__plan__slug=plan).order_by()
    wordings = set(milestones.values_list("published_start", "published_end"))
    assert wordings == {(start, end) for start, end, _ in rows(table)}


@pytest.mark.parametrize("start, end, expected", rows(PLAN_5))
def test_the_database_holds_what_the_words_mean(record, start, end, expected):
    milestone = Milestone.objects.filter(
        commitment__plan__slug="kr-5", published_start=start, published_end=end
    ).first()
    deadlines = list(milestone.deadlines.order_by("position").values_list("starts_on", "due_on", "precision"))
    reading = read_schedule(start, end, *PERIODS["kr-5"])
    assert deadlines == [(due.starts_on, due.due_on, due.precision) for due in reading.deadlines]
    assert (milestone.starts_on, milestone.due_on) == (reading.starts_on, reading.due_on)
    assert (milestone.cadence, milestone.open_ended) == (reading.cadence, reading.open_ended)
    assert (milestone.readable, milestone.reading_reason) == (reading.readable, reading.reason)


@pytest.mark.parametrize(
    "start, end", [("Every July", "-"), ("Once every quarter", "-"), ("Previous December", "Next March")]
)
def test_recurring_words_need_the_period_of_the_plan(start, end):
    reading = read_schedule(start, end)
    assert (reading.readable, reading.reason, reading.deadlines) == (False, "no_period", [])


def test_every_two_years_without_a_period_is_the_year_named():
    assert meaning(read_schedule("2022 (biennially)", "-")) == "every_two_years 2022-01-01/2022-12-31 year"


def test_dates_that_are_not_in_order_keep_their_pairs_and_become_deadlines_in_order():
    reading = read_schedule("March 2022 March 2021", "June 2022 June 2021")
    assert meaning(reading) == "once 2021-03-01/2021-06-30 2022-03-01/2022-06-30 month"
    assert (reading.starts_on, reading.due_on) == (date(2021, 3, 1), date(2022, 6, 30))


# Any text -------------------------------------------------------------------------------------------------------------
PIECES = [
    *MONTHS,
    *("every", "previous", "next", "once", "to", "from", "by", "of", "first", "4th", "quarter", "half", "half-year"),
    *("2021", "2024", "31", "29", "2024-02-29", "2021-13-01", "(biennially)", "biennially", "-", "–", ",", "."),
    *("To be continued", "Throughout the year", "*", "(", ")", "ſeptember", "Aprıl", "٢٠٢١", "2021년", "\n", "\t"),
]
words = st.lists(st.sampled_from(PIECES), max_size=7).map(" ".join) | st.text(max_size=40)
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
periods = st.tuples(days, days).map(sorted) | st.just((None, None))


@given(start=words, end=words, period=periods)
def test_any_text_is_read_without_an_error_and_never_into_an_impossible_deadline(start, end, period):
    reading = read_schedule(start, end, *period)
    assert all(due.starts_on is None or due.starts_on <= due.due_on for due in reading.deadlines)
    assert reading.readable or not reading.deadlines
    assert reading.readable or reading.reason
    assert reading.due_on == max((due.due_on for due in reading.deadlines), default=None)
    assert not (reading.open_ended and reading.deadlines)
    if reading.cadence in ("yearly", "quarterly", "monthly", "half_yearly"):
        assert all(period[0] <= due.due_on <= period[1] for due in reading.deadlines)
