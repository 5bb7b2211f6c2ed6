"""A case across a border: what two laws have in common, and what is not known."""

from enum import StrEnum

from tracker.rules.answers import Derived, Level


class Dual(StrEnum):
    """Whether both laws reach an act, at least partly; `open` where unread elements
    leave it unknown."""

    BOTH = "both"
    FIRST = "first-only"
    SECOND = "second-only"
    NEITHER = "neither"
    OPEN = "open"


def reaches(derived: Derived) -> bool | None:
    """Whether the law certainly has the offence at least partly; None: not known."""
    if derived.is_read and derived.floor >= Level.PARTIAL:
        return True
    return False if derived.is_read and derived.ceiling < Level.PARTIAL else None


def dual(first: Derived, second: Derived) -> Dual:
    """Dual criminality as far as it was read: nothing unread counts on either side."""
    found = (reaches(first), reaches(second))
    if None in found:
        return Dual.OPEN
    return {
        (True, True): Dual.BOTH,
        (True, False): Dual.FIRST,
        (False, True): Dual.SECOND,
        (False, False): Dual.NEITHER,
    }[bool(found[0]), bool(found[1])]
