from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_codebook, make_criterion
from tracker.rules.answers import (
    BY_BOUNDS,
    Answer,
    Holding,
    Level,
    Step,
    derive,
    gaps,
    one_element_away,
    states_at,
)
from tracker.rules.codebook import State

MET, LACKING, UNREAD = State.MET, State.LACKING, State.UNREAD
LETTERS = {"m": MET, "l": LACKING, "u": UNREAD}


def states(letters):
    return dict(zip("abc", (LETTERS[x] for x in letters), strict=True))


@st.composite
def readings(draw):
    """A criterion of the project's codebook, with a state for each element."""
    criterion = draw(st.sampled_from(make_codebook().criteria))
    row = {key: draw(st.sampled_from(State)) for key in criterion.element_keys}
    return criterion, row


def every_reading():
    """All of them: the codebook is small enough."""
    for criterion in make_codebook().criteria:
        for row in product(State, repeat=len(criterion.element_keys)):
            yield criterion, dict(zip(criterion.element_keys, row, strict=True))


def settled_answers(criterion, row):
    """Every level that reading the unread elements could lead to."""
    unread = [key for key, state in row.items() if state is UNREAD]
    for found in product((MET, LACKING), repeat=len(unread)):
        yield derive(criterion, {**row, **dict(zip(unread, found, strict=True))}).floor


@pytest.mark.parametrize(
    ("letters", "answer"),
    [
        ("mmm", Answer.YES),
        ("mml", Answer.PARTIAL),
        ("mll", Answer.PARTIAL),
        ("lmm", Answer.NO),
        ("lll", Answer.NO),
        ("mmu", Answer.AT_LEAST_PARTIAL),
        ("muu", Answer.AT_LEAST_PARTIAL),
        ("ulm", Answer.AT_MOST_PARTIAL),
        ("umm", Answer.OPEN),
        ("luu", Answer.NO),
        ("mlu", Answer.PARTIAL),
        ("uuu", Answer.UNKNOWN),
    ],
)
def test_the_answer_follows_from_the_states(letters, answer):
    assert derive(make_criterion(), states(letters)).answer is answer


def test_every_answer_can_be_reached():
    found = {derive(criterion, row).answer for criterion, row in every_reading()}
    assert found == set(Answer)


def test_every_pair_of_bounds_in_order_has_its_own_answer():
    pairs = {(f, c) for f, c in product(Level, repeat=2) if f <= c}
    assert set(BY_BOUNDS) == pairs
    assert set(BY_BOUNDS.values()) == set(Answer) - {Answer.UNKNOWN}


def test_an_element_that_nobody_mentions_is_unread():
    assert derive(make_criterion(), {}).answer is Answer.UNKNOWN
    assert derive(make_criterion(), {"a": MET}) == derive(
        make_criterion(), states("muu")
    )


def test_a_state_of_an_element_that_the_criterion_does_not_have_changes_nothing():
    assert derive(make_criterion(), {"z": MET}).answer is Answer.UNKNOWN


def test_the_range_holds_exactly_the_answers_that_reading_on_could_give():
    for criterion, row in every_reading():
        found = derive(criterion, row)
        possible = set(settled_answers(criterion, row))
        assert found.floor is min(possible)
        assert found.ceiling is max(possible)


@given(readings())
def test_the_floor_is_never_above_the_ceiling(reading):
    found = derive(*reading)
    assert found.floor <= found.ceiling


@given(readings(), st.data())
def test_reading_one_more_element_never_widens_the_range(reading, data):
    criterion, row = reading
    before = derive(criterion, row)
    key = data.draw(st.sampled_from(criterion.element_keys))
    if row[key] is UNREAD:
        for state in (MET, LACKING):
            after = derive(criterion, {**row, key: state})
            assert before.floor <= after.floor <= after.ceiling <= before.ceiling


@given(readings())
def test_an_answer_without_unread_elements_is_settled(reading):
    criterion, row = reading
    found = derive(criterion, row)
    if UNREAD not in row.values():
        assert found.is_settled
        assert found.unread == 0
    assert found.met + found.lacking + found.unread == len(row)


@given(readings())
def test_an_answer_is_unknown_only_where_nothing_was_read(reading):
    criterion, row = reading
    found = derive(criterion, row)
    assert (found.answer is Answer.UNKNOWN) is (set(row.values()) == {UNREAD})
    assert found.is_read is (found.answer is not Answer.UNKNOWN)


@given(readings())
def test_unread_is_never_a_gap(reading):
    criterion, row = reading
    found = gaps(criterion, row)
    assert {row[key] for key in found} <= {LACKING}
    assert len(found) == derive(criterion, row).lacking


def test_gaps_come_in_the_codebooks_order():
    assert gaps(make_criterion(), {"c": LACKING, "a": LACKING}) == ("a", "c")


def test_one_element_away_names_the_element_and_the_answer_it_leads_to():
    assert one_element_away(make_criterion(), states("mlm")) == (Step(Level.YES, "b"),)
    assert one_element_away(make_criterion(), states("lmm")) == (
        Step(Level.PARTIAL, "a"),
        Step(Level.YES, "a"),
    )


@pytest.mark.parametrize("letters", ["mmm", "mll", "mlu", "uuu", "mmu"])
def test_nothing_is_one_element_away_where_that_is_not_certain(letters):
    assert one_element_away(make_criterion(), states(letters)) == ()


def test_one_element_away_is_certain_and_complete_for_every_criterion():
    for criterion, row in every_reading():
        reachable = max(settled_answers(criterion, row))
        expected = {
            Step(target, key)
            for target in (Level.PARTIAL, Level.YES)
            if reachable < target
            for key in gaps(criterion, row)
            if min(settled_answers(criterion, {**row, key: MET})) >= target
        }
        assert set(one_element_away(criterion, row)) == expected


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2018, 12, 31), False),
        (date(2019, 1, 1), True),
        (date(2019, 8, 2), True),
        (date(2019, 8, 3), False),
    ],
)
def test_a_reading_holds_from_its_first_day_to_before_its_end(day, holds):
    holding = Holding("a", MET, date(2019, 1, 1), date(2019, 8, 3))
    assert holding.holds_on(day) is holds
    assert states_at([holding], day) == ({"a": MET} if holds else {})


def test_before_the_first_reading_holds_the_answer_is_unknown():
    holding = Holding("a", MET, date(2019, 1, 1), None)
    before = states_at([holding], date(2018, 1, 1))
    assert derive(make_criterion(), before).answer is Answer.UNKNOWN
