from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_criterion
from tracker.rules.answers import Answer, Level, derive
from tracker.rules.codebook import State
from tracker.rules.coverage import cover

M, L, U = State.MET, State.LACKING, State.UNREAD
EVERY = [
    derive(make_criterion(), dict(zip("abc", row, strict=True)))
    for row in product(State, repeat=3)
]
answers = st.lists(st.sampled_from(EVERY))


def some(*rows):
    return [derive(make_criterion(), dict(zip("abc", r, strict=True))) for r in rows]


def test_a_count_comes_with_its_total_and_what_is_not_read():
    found = cover(some((M, M, M), (M, L, L), (M, U, U), (U, U, U), (U, U, U)))

    assert (found.total, found.read, found.not_read, found.settled) == (5, 3, 2, 2)
    assert found.count(Answer.YES) == 1
    assert found.count(Answer.AT_LEAST_PARTIAL) == 1
    assert found.count(Answer.UNKNOWN) == 2
    assert found.count(Answer.NO) == 0
    assert found.bounds(Level.YES) == (1, 2)
    assert found.bounds(Level.PARTIAL) == (3, 3)


@pytest.mark.parametrize("level", Level)
def test_what_nobody_read_reaches_no_level_at_all(level):
    assert cover(some((U, U, U))).bounds(level) == (0, 0)


def test_nothing_at_all_can_be_counted():
    found = cover([])
    assert (found.total, found.read, found.bounds(Level.YES)) == (0, 0, (0, 0))


@given(answers)
def test_the_answers_add_up_to_the_total(items):
    found = cover(items)
    assert sum(found.count(answer) for answer in Answer) == found.total == len(items)
    assert found.total - found.count(Answer.UNKNOWN) == found.read
    assert found.settled <= found.read


@given(answers, st.sampled_from(Level))
def test_the_bounds_hold_what_is_settled_and_never_more_than_was_read(items, level):
    found = cover(items)
    fewest, most = found.bounds(level)
    settled = sum(item.is_settled and item.floor >= level for item in items)
    assert settled <= fewest <= most <= found.read
