from datetime import date
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.codebook import State
from tracker.rules.dates import PartialDate, holding_period
from tracker.rules.timeline import Claim, Contradiction, Period, is_reform, lay_out

SEEN = date(2026, 11, 20)
MET, LACKING, UNREAD = State.MET, State.LACKING, State.UNREAD
YEARS = [None, *(str(year) for year in range(2001, 2009))]


def claim(state, since=None, until=None):
    dates = (PartialDate.parse(text) if text else None for text in (since, until))
    return Claim(state, *dates, SEEN)


def claimed(item):
    return Period(*holding_period(item.since, item.until, item.seen))


def day(text):
    return date.fromisoformat(text)


claims = st.lists(
    st.builds(
        claim, st.sampled_from(State), st.sampled_from(YEARS), st.sampled_from(YEARS)
    ),
    max_size=5,
)


def test_one_reading_holds_as_long_as_it_says():
    periods = lay_out([claim(MET, "2003-06-30", "2019-08-03")])
    assert periods == [Period(day("2003-06-30"), day("2019-08-03"))]


def test_successive_readings_keep_their_periods():
    periods = lay_out([claim(LACKING, "2003-06-30", "2013"), claim(MET, "2013")])
    assert periods == [
        Period(day("2003-06-30"), day("2013-01-01")),
        Period(day("2013-12-31"), None),
    ]


def test_an_earlier_reading_gives_way_to_a_later_one_that_says_the_same():
    periods = lay_out(
        [claim(MET, "2003-06-30", "2013-02-03"), claim(MET, "2010-01-01")]
    )
    assert periods[0] == Period(day("2003-06-30"), day("2010-01-01"))


def test_an_earlier_reading_says_nothing_where_the_later_one_covers_it():
    periods = lay_out(
        [claim(MET, "2005-01-01", "2013-02-03"), claim(MET, "2003-06-30")]
    )
    assert periods[0].start == periods[0].end


def test_two_different_readings_of_the_same_day_contradict_each_other():
    with pytest.raises(Contradiction) as caught:
        lay_out([claim(MET, "2010"), claim(LACKING, "2003", "2013-02-03")])
    assert caught.value.index == 1


def test_a_reading_that_ends_where_the_next_begins_does_not_contradict_it():
    first, second = lay_out(
        [claim(LACKING, "2003", "2013-02-03"), claim(MET, "2013-02-03")]
    )
    assert first.end == second.start


@given(claims)
def test_laid_out_readings_never_share_a_day(items):
    try:
        periods = lay_out(items)
    except Contradiction:
        periods = []
    assert not any(one.meets(other) for one, other in combinations(periods, 2))


@given(claims)
def test_only_readings_that_differ_contradict_each_other(items):
    differ = any(
        one.state is not other.state and claimed(one).meets(claimed(other))
        for one, other in combinations(items, 2)
    )
    same = all(item.state is items[0].state for item in items)
    try:
        lay_out(items)
    except Contradiction:
        assert differ
    else:
        assert same or not differ


@given(claims)
def test_laying_out_loses_no_day_and_invents_none(items):
    try:
        periods = lay_out(items)
    except Contradiction:
        return
    given_periods = [claimed(item) for item in items]
    for year, state in product(range(2000, 2028), State):
        probe = Period(date(year, 6, 1), date(year, 6, 2))
        before, after = (
            any(
                period.meets(probe) and item.state is state
                for period, item in zip(found, items, strict=True)
            )
            for found in (given_periods, periods)
        )
        assert before is after


@pytest.mark.parametrize(("earlier", "later"), [*product(State, repeat=2)])
def test_a_reform_needs_two_readings_that_differ(earlier, later):
    reforms = {(LACKING, MET), (MET, LACKING)}
    assert is_reform(earlier, later) is ((earlier, later) in reforms)
