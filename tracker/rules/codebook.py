"""The vocabulary of the method, and the criteria as data.

Nothing here reads a file: `Codebook.from_data` takes what `seeds/codebook.yaml` parses
to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any


class State(StrEnum):
    """What a reading says of one element. `unread` is neither a gap nor a zero."""

    MET = "met"
    LACKING = "lacking"
    UNREAD = "unread"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class SourceKind(StrEnum):
    """What was read: the article itself, an authority's or anybody else's account."""

    TEXT = "text"
    OFFICIAL = "official"
    SECONDARY = "secondary"


class ChangeReason(StrEnum):
    """Why a reading differs from the one before. Only `law-changed` is a reform."""

    LAW_CHANGED = "law-changed"
    NEW_EVIDENCE = "new-evidence"
    RECODED = "recoded"
    CORRECTION = "correction"


class Series(StrEnum):
    """Whose reading: the published one, or the blind second one it is compared with."""

    FIRST = "first"
    SECOND = "second"


class Bond(StrEnum):
    """A country's standing under a treaty on the day of the status table."""

    PARTY = "party"
    SIGNATORY = "signatory"
    NONE = "none"


class CountryStatus(StrEnum):
    UN_MEMBER = "un-member"
    OBSERVER = "observer"
    OTHER = "other"


@dataclass(frozen=True)
class Test:
    """A combination of elements: each of `all_of`, or at least one of `any_of`."""

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()

    def holds(self, met: set[str]) -> bool:
        if self.any_of:
            return any(element in met for element in self.any_of)
        return all(element in met for element in self.all_of)

    @property
    def elements(self) -> tuple[str, ...]:
        return self.any_of or self.all_of


@dataclass(frozen=True)
class Element:
    criterion: str
    key: str
    test: str


@dataclass(frozen=True)
class Criterion:
    """One question of the codebook with its elements and its two tests."""

    key: str
    theme: str
    title: str
    question: str
    elements: tuple[Element, ...]
    part: Test
    full: Test
    note: str
    treaties: tuple[tuple[str, tuple[str, ...]], ...]

    def __hash__(self) -> int:
        """Of the key alone: answers are looked up by criterion thousands of times."""
        return hash(self.key)

    @cached_property
    def element_keys(self) -> tuple[str, ...]:
        return tuple(element.key for element in self.elements)

    def element(self, key: str) -> Element:
        """Raises KeyError where the criterion has no such element."""
        return {element.key: element for element in self.elements}[key]


@dataclass(frozen=True)
class Codebook:
    version: str
    themes: tuple[tuple[str, str], ...]
    criteria: tuple[Criterion, ...]

    @cached_property
    def by_key(self) -> dict[str, Criterion]:
        return {criterion.key: criterion for criterion in self.criteria}

    @cached_property
    def core(self) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if c.theme == "core")

    @cached_property
    def element_count(self) -> int:
        return sum(len(criterion.elements) for criterion in self.criteria)

    def theme(self, key: str) -> tuple[Criterion, ...]:
        return tuple(c for c in self.criteria if c.theme == key)

    def ordered(self, keys: Iterable[str]) -> tuple[Criterion, ...]:
        """Those of the criteria that `keys` names, in the codebook's order."""
        wanted = set(keys)
        return tuple(c for c in self.criteria if c.key in wanted)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Codebook":
        """Build from the parsed codebook file, whose shape `records` has checked."""
        return cls(
            version=data["version"],
            themes=tuple(data["themes"].items()),
            criteria=tuple(criterion_from_data(item) for item in data["criteria"]),
        )


def criterion_from_data(data: Mapping[str, Any]) -> Criterion:
    part = data["part"]
    return Criterion(
        key=data["key"],
        theme=data["theme"],
        title=data["title"],
        question=data["question"],
        elements=tuple(
            Element(data["key"], key, test) for key, test in data["elements"].items()
        ),
        part=Test(
            all_of=tuple(part.get("all") or ()), any_of=tuple(part.get("any") or ())
        ),
        full=Test(all_of=tuple(data["full"])),
        note=data.get("note") or "",
        treaties=tuple(
            (treaty, tuple(articles)) for treaty, articles in data["treaties"].items()
        ),
    )
