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

    @property
    def bands(self) -> list[tuple[Answer, int, int]]:
        """Each answer that occurs, how often, and how many stand before it."""
        found, before = [], 0
        for answer in Answer:
            number = self.count(answer)
            if number:
                found.append((answer, number, before))
                before += number
        return found

    def bounds(self, level: Level) -> tuple[int, int]:
        """The fewest and the most, of those read, that reach `level`."""
        return self.at_least[level], self.at_most[level]


def cover(derived: Iterable[Derived]) -> Coverage:
    """Like answers are counted first: a thousand countries give a few dozen kinds."""
    items = list(derived)
    numbers = Counter(map(id, items))
    kinds = {id(item): item for item in items}
    answers: Counter[Answer] = Counter()
    at_least, at_most = dict.fromkeys(Level, 0), dict.fromkeys(Level, 0)
    read = settled = 0
    for key, item in kinds.items():
        number = numbers[key]
        answers[item.answer] += number
        if item.is_read:
            read += number
            settled += number * item.is_settled
            for level in Level:
                at_least[level] += number * (item.floor >= level)
                at_most[level] += number * (item.ceiling >= level)
    return Coverage(len(items), read, settled, dict(answers), at_least, at_most)
