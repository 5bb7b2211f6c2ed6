from datetime import date

import pytest

from factories import make_criterion
from tracker.rules.answers import Answer, derive
from tracker.rules.codebook import Bond, State
from tracker.rules.dates import PartialDate
from tracker.rules.duties import Duty, bond_on, weigh

STATES = {"m": State.MET, "l": State.LACKING, "u": State.UNREAD}
ROWS = {
    Answer.YES: "mmm",
    Answer.AT_LEAST_PARTIAL: "mmu",
    Answer.PARTIAL: "mml",
    Answer.AT_MOST_PARTIAL: "ulm",
    Answer.NO: "lll",
    Answer.OPEN: "umm",
    Answer.UNKNOWN: "uuu",
}
BOUND = {
    Answer.YES: Duty.BOUND_MET,
    Answer.PARTIAL: Duty.BOUND_PARTIAL,
    Answer.NO: Duty.BOUND_GAP,
}


def answered(answer):
    states = {key: STATES[x] for key, x in zip("abc", ROWS[answer], strict=True)}
    found = derive(make_criterion(), states)
    assert found.answer is answer
    return found


def on(text):
    return PartialDate.parse(text) if text else None


@pytest.mark.parametrize("answer", Answer)
def test_a_party_is_weighed_by_its_settled_answer_only(answer):
    expected = BOUND.get(answer, Duty.BOUND_UNREAD)
    assert weigh(Bond.PARTY, answered(answer)) is expected


@pytest.mark.parametrize("answer", Answer)
@pytest.mark.parametrize(
    ("bond", "duty"),
    [
        (Bond.SIGNATORY, Duty.SIGNED),
        (Bond.NONE, Duty.NOT_KNOWN),
        (None, Duty.NOT_KNOWN),
    ],
)
def test_whoever_is_not_a_party_has_no_breach(bond, duty, answer):
    assert weigh(bond, answered(answer)) is duty


@pytest.mark.parametrize(
    ("bond", "since", "day", "proved"),
    [
        (Bond.PARTY, "2005-03-24", date(2005, 3, 23), None),
        (Bond.PARTY, "2005-03-24", date(2005, 3, 24), Bond.PARTY),
        (Bond.PARTY, "2005", date(2005, 12, 30), None),
        (Bond.PARTY, "2005", date(2005, 12, 31), Bond.PARTY),
        (Bond.PARTY, None, date(2023, 4, 19), None),
        (Bond.PARTY, None, date(2023, 4, 20), Bond.PARTY),
        (Bond.SIGNATORY, "2001", date(2020, 1, 1), Bond.SIGNATORY),
        (Bond.NONE, "2001", date(2020, 1, 1), None),
        (Bond.NONE, None, date(2023, 4, 20), Bond.NONE),
    ],
)
def test_a_row_proves_a_bond_from_its_day_on(bond, since, day, proved):
    assert bond_on(bond, on(since), on("2023-04-20"), day) is proved


@pytest.mark.parametrize("bond", Bond)
def test_every_bond_is_proved_on_the_day_of_its_table(bond):
    assert bond_on(bond, None, on("2023-04-20"), date(2023, 4, 20)) is bond
