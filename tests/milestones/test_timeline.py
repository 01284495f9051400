"""A deadline is drawn as wide as what is not known about it."""

from datetime import date

import pytest

from milestones.timeline import first_unknown_day


@pytest.mark.parametrize(
    ("due", "precision", "first"),
    [
        (date(2021, 10, 31), "month", date(2021, 10, 1)),
        (date(2021, 6, 10), "month", date(2021, 6, 1)),
        (date(2021, 12, 31), "quarter", date(2021, 10, 1)),
        (date(2021, 6, 30), "half", date(2021, 1, 1)),
        (date(2021, 12, 31), "half", date(2021, 7, 1)),
        (date(2021, 12, 31), "year", date(2021, 1, 1)),
        (date(2021, 8, 31), "year", date(2021, 1, 1)),
        (date(2021, 5, 31), "season", date(2021, 3, 1)),
        (date(2022, 2, 28), "season", date(2021, 12, 1)),
    ],
)
def test_from_the_first_day_that_the_words_allow(due, precision, first):
    assert first_unknown_day(due, precision) == first
