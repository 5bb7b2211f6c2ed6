from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.dates import PartialDate, Precision, holding_period

SEEN = date(2026, 11, 20)


def on(text):
    return PartialDate.parse(text) if text else None


@st.composite
def partial_dates(draw):
    day = draw(st.dates()).isoformat()
    return on(day[: draw(st.sampled_from([4, 7, 10]))])


@pytest.mark.parametrize(
    ("text", "precision", "first", "last"),
    [
        ("2019", Precision.YEAR, date(2019, 1, 1), date(2019, 12, 31)),
        ("2019-08", Precision.MONTH, date(2019, 8, 1), date(2019, 8, 31)),
        ("2020-02", Precision.MONTH, date(2020, 2, 1), date(2020, 2, 29)),
        ("2019-08-03", Precision.DAY, date(2019, 8, 3), date(2019, 8, 3)),
    ],
)
def test_a_date_names_a_period(text, precision, first, last):
    found = on(text)
    assert (found.precision, found.first, found.last) == (precision, first, last)


@pytest.mark.parametrize(
    "text", ["2019-02-30", "2019-13", "2019-00", "0000", "2019-06-31", "2019-01-00"]
)
def test_an_impossible_date_is_refused(text):
    with pytest.raises(ValueError, match="impossible date"):
        on(text)


@pytest.mark.parametrize(
    "text",
    ["", "19", "2019-8", "2019-08-3", "2019/08", "03-08-2019", "2019-08-03T00:00", "x"]
    + [" 2019", "2019\n", "٢٠١٩", "20190803", "-2019", "2019-"],
)
def test_what_is_not_a_date_is_refused(text):
    with pytest.raises(ValueError, match="is not a date"):
        PartialDate.parse(text)


@given(partial_dates())
def test_a_date_keeps_the_precision_it_was_given(found):
    assert on(str(found)) == found
    assert found.first <= found.last


def test_an_imprecise_since_counts_from_the_end_of_its_period():
    assert holding_period(on("2019"), None, SEEN) == (date(2019, 12, 31), None)
    assert holding_period(on("2019-02"), None, SEEN) == (date(2019, 2, 28), None)


def test_an_imprecise_until_counts_from_the_beginning_of_its_period():
    _, end = holding_period(on("2003"), on("2019-08"), SEEN)
    assert end == date(2019, 8, 1)


def test_without_since_a_reading_claims_the_day_its_source_was_read():
    assert holding_period(None, None, SEEN) == (SEEN, None)


def test_without_since_a_reading_that_ended_claims_the_day_before():
    period = holding_period(None, on("2019-08-03"), SEEN)
    assert period == (date(2019, 8, 2), date(2019, 8, 3))


def test_nothing_is_certain_where_since_and_until_name_the_same_period():
    start, end = holding_period(on("2019"), on("2019-08"), SEEN)
    assert start == end


def test_the_first_day_of_the_calendar_is_no_accident():
    assert holding_period(None, on("0001"), SEEN) == (date.min, date.min)


@given(st.none() | partial_dates(), st.none() | partial_dates(), st.dates())
def test_a_period_never_ends_before_it_begins(since, until, seen):
    start, end = holding_period(since, until, seen)
    assert end is None or start <= end
    assert (end is None) is (until is None)


@given(partial_dates(), partial_dates(), st.dates())
def test_no_more_is_claimed_than_is_certain(since, until, seen):
    start, end = holding_period(since, until, seen)
    if start < end:
        assert since.last <= start
        assert end - timedelta(days=1) < until.first
