"""Counts over countries: never a share without its n and what is not read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.rules.answers import Answer, Derived, Level


@dataclass(frozen=True)
class Coverage:
    """How a set of countries answers one question (or several questions together).

    `at_least[level]` and `at_most[level]` bound, among those read, how many reach a
    level: by floors and by ceilings. `total` counts all, read or not.
    """

    total: int
    read: int
    settled: int
    answers: dict[Answer, int] = field(default_factory=dict)
    at_least: dict[Level, int] = field(default_factory=dict)
    at_most: dict[Level, int] = field(default_factory=dict)

    @property
    def not_read(self) -> int:
        return self.total - self.read

    def count(self, answer: Answer) -> int:
        return self.answers.get(answer, 0)

    def bounds(self, level: Level) -> tuple[int, int]:
        """The fewest and the most, of those read, that reach `level`."""
        return self.at_least[level], self.at_most[level]


def cover(derived: Iterable[Derived]) -> Coverage:
    items = list(derived)
    read = [item for item in items if item.is_read]
    return Coverage(
        total=len(items),
        read=len(read),
        settled=sum(item.is_settled for item in read),
        answers=dict(Counter(item.answer for item in items)),
        at_least={lv: sum(item.floor >= lv for item in read) for lv in Level},
        at_most={lv: sum(item.ceiling >= lv for item in read) for lv in Level},
    )
