import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.agreement import Agreement, Reliance, agree
from tracker.rules.codebook import State

MET, LACKING, UNREAD = State.MET, State.LACKING, State.UNREAD


def pairs(first, second):
    states = {"1": MET, "0": LACKING, "-": UNREAD}
    return [(states[a], states[b]) for a, b in zip(first, second, strict=True)]


def test_alpha_is_that_of_the_literature():
    """K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section A.

    Two observers (Meg, Owen), ten articles, binary: 14 zeros and 6 ones, 4 mismatches,
    so alpha = 1 - (20 - 1) * 4 / (14 * 6) = 0.095.
    """
    found = agree(pairs("0100000010", "1110010000"))

    assert (found.pairs, found.agreed, found.raw) == (10, 6, 0.6)
    assert found.alpha == pytest.approx(1 - 19 * 4 / (14 * 6))
    assert found.alpha == pytest.approx(0.095, abs=0.0005)


def test_pairs_that_one_reader_did_not_read_are_left_out():
    with_gaps = pairs("0100-000010-1", "11100-10000-0")
    without = [pair for pair in with_gaps if UNREAD not in pair]
    assert len(without) == len(with_gaps) - 3
    assert agree(with_gaps) == agree(without)


@pytest.mark.parametrize(("first", "second"), [("", ""), ("1", "1"), ("1-", "-0")])
def test_alpha_needs_two_pairs(first, second):
    assert agree(pairs(first, second)).alpha is None


def test_raw_agreement_of_no_pairs_is_undefined():
    assert agree([]).raw is None


def test_alpha_is_undefined_where_nothing_varies():
    found = agree(pairs("1111", "1111"))
    assert (found.raw, found.alpha, found.reliance) == (1.0, None, Reliance.NOT_YET)


def test_full_agreement_on_varying_elements_is_one():
    assert agree(pairs("1010", "1010")).alpha == pytest.approx(1)


def test_systematic_disagreement_is_below_chance():
    assert agree(pairs("1010", "0101")).alpha < 0


@pytest.mark.parametrize(
    ("alpha", "reliance"),
    [
        (1.0, Reliance.RELIED_ON),
        (0.80, Reliance.RELIED_ON),
        (0.799, Reliance.TENTATIVE),
        (0.667, Reliance.TENTATIVE),
        (0.666, Reliance.NOT_YET),
        (-0.2, Reliance.NOT_YET),
        (None, Reliance.NOT_YET),
    ],
)
def test_only_high_agreement_is_relied_on(alpha, reliance):
    assert Agreement(pairs=10, agreed=9, alpha=alpha).reliance is reliance


@given(st.lists(st.tuples(st.sampled_from(State), st.sampled_from(State))))
def test_it_does_not_matter_who_read_first(items):
    found, swapped = agree(items), agree([(second, first) for first, second in items])
    assert (found.pairs, found.agreed) == (swapped.pairs, swapped.agreed)
    assert found.alpha == pytest.approx(swapped.alpha)


@given(st.lists(st.tuples(st.sampled_from(State), st.sampled_from(State))))
def test_alpha_is_one_exactly_where_all_pairs_agree(items):
    found = agree(items)
    if found.alpha is not None:
        assert found.alpha <= 1 + 1e-9
        assert (found.alpha > 1 - 1e-9) is (found.agreed == found.pairs)
