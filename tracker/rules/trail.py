"""What a line of the audit trail means to the public: reforms apart from the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tracker.rules.codebook import ChangeReason, State


class Kind(StrEnum):
    """Only `reform` says that the law changed between two readings of one element."""

    REFORM = "reform"
    BILL = "bill"
    READING = "reading"
    CORRECTION = "correction"
    RECODING = "recoding"
    TREATY = "treaty"


BY_REASON: dict[str, Kind] = {
    ChangeReason.NEW_EVIDENCE: Kind.READING,
    ChangeReason.LAW_CHANGED: Kind.READING,
    ChangeReason.CORRECTION: Kind.CORRECTION,
    ChangeReason.RECODED: Kind.RECODING,
}
TREATY_TABLE = "treaties.csv"
# Parts of a country's file whose first entry is told by the readings that rest on it.
EVIDENCE = ("laws", "provisions")


def reason_of(text: str) -> str:
    """The reason that an event begins with; a proposal's own words may follow it."""
    kind = text.partition(": ")[0]
    return kind if kind in set(ChangeReason) else text


@dataclass(frozen=True)
class Subject:
    """What an event is about, taken apart."""

    kind: Kind
    iso3: str | None
    criterion: str | None


def classify(
    subject: str, action: str, reason: str, criteria: Iterable[str]
) -> Subject | None:
    """None for what no reader of the site can see: leads, second readings, keys."""
    head, _slash, tail = subject.partition("/")
    if subject == "codebook":
        return Subject(Kind.RECODING, None, None)
    if head == TREATY_TABLE:
        return Subject(Kind.TREATY, tail.partition("/")[0] or None, None)
    if tail == "bills":
        return Subject(Kind.BILL, head, None)
    if tail in EVIDENCE and action != "added":
        return Subject(Kind.CORRECTION, head, None)
    if tail in criteria:
        kind = BY_REASON.get(reason_of(reason), Kind.READING)
        return Subject(kind, head, tail)
    return None


@dataclass(frozen=True)
class Shift:
    """One element's present state before and after; None where there was no entry."""

    element: str
    before: State | None
    after: State | None


def shifts(before: Any, after: Any, elements: Sequence[str] = ()) -> tuple[Shift, ...]:
    """The elements whose present state an event changed, in the order of `elements`.

    Those that the codebook has no more come last.
    """
    old, new = present(before), present(after)
    keys = dict.fromkeys([*(k for k in elements if k in {*old, *new}), *new, *old])
    return tuple(
        Shift(key, old.get(key), new.get(key))
        for key in keys
        if old.get(key) is not new.get(key)
    )


def present(entries: Any) -> dict[str, State]:
    """The states that an event's `before` or `after` gives for now."""
    for item in entries or ():
        if isinstance(item, Mapping) and "until" not in item:
            return {
                key: State(value["state"] if isinstance(value, Mapping) else value)
                for key, value in item["elements"].items()
            }
    return {}
