"""Two readers compared, before they talk.

Raw agreement and Krippendorff's alpha (nominal; K. Krippendorff, Content Analysis, 4th
ed., ch. 12) over the elements that both readers read. `unread` is a missing value, not
a third opinion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracker.rules.codebook import State

RELIED_ON = 0.80
TENTATIVE = 0.667


class Reliance(StrEnum):
    RELIED_ON = "relied-on"
    TENTATIVE = "tentative"
    NOT_YET = "not-yet"


@dataclass(frozen=True)
class Agreement:
    """`alpha` is None where it is undefined: under two pairs, or one state only."""

    pairs: int
    agreed: int
    alpha: float | None

    @property
    def raw(self) -> float | None:
        return self.agreed / self.pairs if self.pairs else None

    @property
    def reliance(self) -> Reliance:
        if self.alpha is None or self.alpha < TENTATIVE:
            return Reliance.NOT_YET
        return Reliance.RELIED_ON if self.alpha >= RELIED_ON else Reliance.TENTATIVE


def agree(pairs: Sequence[tuple[State, State]]) -> Agreement:
    """Compare (first, second) states; pairs with an unread side are left out."""
    both = [pair for pair in pairs if State.UNREAD not in pair]
    agreed = sum(first is second for first, second in both)
    return Agreement(pairs=len(both), agreed=agreed, alpha=alpha(both))


def alpha(pairs: Sequence[tuple[State, State]]) -> float | None:
    if len(pairs) < 2 or len({state for pair in pairs for state in pair}) < 2:
        return None
    import krippendorff  # numpy takes 0.1 s to import, and most pages need none of it

    codes = {State.MET: 1, State.LACKING: 0}
    data = [[codes[pair[side]] for pair in pairs] for side in (0, 1)]
    return float(
        krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")
    )
