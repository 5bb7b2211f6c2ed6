"""The derived answer. It is never stored: states go in, an answer comes out.

Codebook: `yes` where every element of the full test is met; `partial` where the smaller
test is met; `no` where neither is; a range where unread elements leave it open;
`unknown` where nothing was read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

from tracker.rules.codebook import Criterion, State


class Level(IntEnum):
    """A settled answer; higher protects more."""

    NO = 0
    PARTIAL = 1
    YES = 2

    @property
    def word(self) -> str:
        return self.name.lower()


class Answer(StrEnum):
    """What is shown. `open` is the range from no to yes with something read."""

    YES = "yes"
    AT_LEAST_PARTIAL = "at-least-partial"
    PARTIAL = "partial"
    AT_MOST_PARTIAL = "at-most-partial"
    NO = "no"
    OPEN = "open"
    UNKNOWN = "unknown"


BY_BOUNDS = {
    (Level.YES, Level.YES): Answer.YES,
    (Level.PARTIAL, Level.YES): Answer.AT_LEAST_PARTIAL,
    (Level.PARTIAL, Level.PARTIAL): Answer.PARTIAL,
    (Level.NO, Level.PARTIAL): Answer.AT_MOST_PARTIAL,
    (Level.NO, Level.NO): Answer.NO,
    (Level.NO, Level.YES): Answer.OPEN,
}


@dataclass(frozen=True)
class Derived:
    """An answer with its floor and ceiling and how much of it was read.

    `floor` takes every unread element as lacking, `ceiling` as met.
    """

    floor: Level
    ceiling: Level
    met: int
    lacking: int
    unread: int

    @property
    def read(self) -> int:
        return self.met + self.lacking

    @cached_property
    def is_read(self) -> bool:
        return self.read > 0

    @property
    def is_settled(self) -> bool:
        return self.is_read and self.floor is self.ceiling

    @cached_property
    def answer(self) -> Answer:
        if not self.is_read:
            return Answer.UNKNOWN
        return BY_BOUNDS[self.floor, self.ceiling]


@dataclass(frozen=True)
class Holding:
    """A reading's state with the days `dates.holding_period` gives it."""

    element: str
    state: State
    holds_from: date
    holds_until: date | None

    def holds_on(self, day: date) -> bool:
        return self.holds_from <= day and (
            self.holds_until is None or day < self.holds_until
        )


class Step(NamedTuple):
    """A single element that would lift an answer to `target`."""

    target: Level
    element: str


def level(criterion: Criterion, met: set[str]) -> Level:
    if criterion.full.holds(met):
        return Level.YES
    if criterion.part.holds(met):
        return Level.PARTIAL
    return Level.NO


def derive(criterion: Criterion, states: Mapping[str, State]) -> Derived:
    """The answer from element states; an element that `states` lacks is unread."""
    return derive_row(
        criterion,
        tuple(states.get(key, State.UNREAD) for key in criterion.element_keys),
    )


@lru_cache(maxsize=8192)
def derive_row(criterion: Criterion, row: tuple[State, ...]) -> Derived:
    """`derive` for the states in the order of the criterion's elements."""
    pairs = list(zip(criterion.element_keys, row, strict=True))
    met = {key for key, state in pairs if state is State.MET}
    hoped = {key for key, state in pairs if state is not State.LACKING}
    return Derived(
        floor=level(criterion, met),
        ceiling=level(criterion, hoped),
        met=len(met),
        lacking=len(pairs) - len(hoped),
        unread=len(hoped) - len(met),
    )


def gaps(criterion: Criterion, states: Mapping[str, State]) -> tuple[str, ...]:
    """The elements that were read and are lacking. `unread` is never a gap."""
    return tuple(k for k in criterion.element_keys if states.get(k) is State.LACKING)


def one_element_away(
    criterion: Criterion, states: Mapping[str, State]
) -> tuple[Step, ...]:
    """Each lacking element that alone would certainly lift the answer, and to what.

    Certain means: the target is out of reach as the law stands (above the ceiling), and
    reached with this element met whatever the unread ones turn out to be.
    """
    now = derive(criterion, states)
    return tuple(
        Step(target, key)
        for target in (Level.PARTIAL, Level.YES)
        if now.ceiling < target
        for key in gaps(criterion, states)
        if derive(criterion, {**states, key: State.MET}).floor >= target
    )


@lru_cache(maxsize=8192)
def steps_of_row(criterion: Criterion, row: tuple[State, ...]) -> tuple[Step, ...]:
    """`one_element_away` for the states in the order of the criterion's elements."""
    return one_element_away(
        criterion, dict(zip(criterion.element_keys, row, strict=True))
    )


def states_at(holdings: Iterable["Holding"], day: date) -> dict[str, State]:
    """The state of each element that a reading certainly gives for `day`.

    An element without such a reading is left out, which every rule here takes as
    unread.
    """
    return {h.element: h.state for h in holdings if h.holds_on(day)}
