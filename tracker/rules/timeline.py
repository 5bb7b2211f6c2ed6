"""The readings of one element laid out in time, so that no two hold on the same day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tracker.rules.codebook import State
from tracker.rules.dates import PartialDate, holding_period


class Contradiction(ValueError):
    """Two readings of one element differ and both claim the same day.

    `index` is the place of the earlier of the two in the sequence given.
    """

    def __init__(self, index: int) -> None:
        super().__init__(f"reading {index} contradicts another one")
        self.index = index


@dataclass(frozen=True)
class Claim:
    """What a reader said of one element: a state, since, until, read on which day."""

    state: State
    since: PartialDate | None
    until: PartialDate | None
    seen: date


@dataclass(frozen=True)
class Period:
    """Days from `start` to before `end`; none at all where both are equal."""

    start: date
    end: date | None

    def meets(self, other: "Period") -> bool:
        return (
            self.start != self.end
            and other.start != other.end
            and (self.end is None or other.start < self.end)
            and (other.end is None or self.start < other.end)
        )

    def before(self, other: "Period") -> "Period":
        """What is left of this period before the other one begins."""
        return Period(self.start, max(self.start, other.start))


def lay_out(claims: Sequence[Claim]) -> list[Period]:
    """The days on which each claim certainly holds, in the order given.

    An entry of history repeats the state of elements that did not change; where the
    later reading already says so for the same days, the earlier one gives way. Raises
    Contradiction where the two differ.
    """
    periods = [Period(*holding_period(c.since, c.until, c.seen)) for c in claims]
    by_end = sorted(
        range(len(claims)), key=lambda i: (periods[i].end or date.max, periods[i].start)
    )
    for place, index in enumerate(by_end):
        for later in by_end[place + 1 :]:
            if periods[index].meets(periods[later]):
                if claims[index].state is not claims[later].state:
                    raise Contradiction(index)
                periods[index] = periods[index].before(periods[later])
    return periods


def is_reform(earlier: State, later: State) -> bool:
    """Whether two successive readings of one element show that the law changed."""
    return State.UNREAD not in (earlier, later) and earlier is not later
