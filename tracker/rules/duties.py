"""Treaty duty against law: what a country is bound to, beside what its law says.

A duty that nobody has read the law on is not a breach, and a country that no status
table names is not known to be bound: neither is ever "not bound".
"""

from datetime import date
from enum import StrEnum

from tracker.rules.answers import Answer, Derived
from tracker.rules.codebook import Bond
from tracker.rules.dates import PartialDate


class Duty(StrEnum):
    BOUND_MET = "bound-met"
    BOUND_PARTIAL = "bound-partial"
    BOUND_GAP = "bound-gap"
    BOUND_UNREAD = "bound-unread"
    SIGNED = "signed"
    NOT_KNOWN = "not-known"


SETTLED = {
    Answer.YES: Duty.BOUND_MET,
    Answer.PARTIAL: Duty.BOUND_PARTIAL,
    Answer.NO: Duty.BOUND_GAP,
}


def weigh(bond: Bond | None, derived: Derived) -> Duty:
    """Where a country stands; an answer that is a range counts as not yet read."""
    if bond is Bond.PARTY:
        return SETTLED.get(derived.answer, Duty.BOUND_UNREAD)
    if bond is Bond.SIGNATORY:
        return Duty.SIGNED
    return Duty.NOT_KNOWN


def bond_on(
    bond: Bond, since: PartialDate | None, as_of: PartialDate, day: date
) -> Bond | None:
    """The bond that a row of a status table proves for `day`; None: it proves none.

    A row without a date proves it from the day of its table (`as_of`); an imprecise
    date counts from the end of its period. "Not a party" is known for the table's day
    only, so a row with `none` proves nothing before it.
    """
    begins = as_of if since is None or bond is Bond.NONE else since
    return bond if begins.last <= day else None
