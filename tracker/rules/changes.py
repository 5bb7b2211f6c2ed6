"""A change to one country's file: applied to what stands, and shown beside it.

Plain data in and out, in the shape of `records.CountryFile`. Whether the result obeys
the evidence rules is for the check to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tracker.rules.codebook import Codebook, State

Data = dict[str, Any]
EVIDENCE = ("laws", "provisions", "sources")


class KeyTaken(ValueError):
    """Something else has been published under a key that the change would add."""


def blank(iso3: str, day: str) -> Data:
    """The file of a country that nobody has read."""
    return {
        "country": iso3,
        "coded_on": day,
        "laws": [],
        "provisions": [],
        "sources": [],
        "readings": {},
        "history": [],
        "bills": [],
        "leads": [],
    }


def part_of(document: Data | None, scope: str, criterion: str | None) -> Any:
    """What a proposal of this scope starts from, and would replace."""
    document = document or {}
    if scope == "reading":
        return {
            "reading": document.get("readings", {}).get(criterion),
            "history": [
                entry
                for entry in document.get("history", ())
                if entry["criterion"] == criterion
            ],
        }
    if scope == "file":
        return {k: v for k, v in document.items() if k != "coded_on"} or None
    return list(document.get(scope, ()))


def apply(
    document: Data | None,
    iso3: str,
    day: str,
    scope: str,
    criterion: str | None,
    change: Data,
    codebook: Codebook,
) -> Data:
    """The file with the change made. Raises KeyTaken."""
    if scope == "file":
        return {**deepcopy(change["document"]), "coded_on": day}
    new = deepcopy(document) if document else blank(iso3, day)
    new["coded_on"] = max(day, new["coded_on"])
    for section in EVIDENCE:
        add_evidence(new[section], change.get(section, ()))
    if scope == "reading":
        put_reading(new, str(criterion), change, codebook)
    else:
        new[scope] = deepcopy(change[scope])
    return new


def add_evidence(items: list[Data], added: Iterable[Data]) -> None:
    known = {item["key"]: item for item in items}
    for item in added:
        if item["key"] not in known:
            items.append(deepcopy(item))
        elif known[item["key"]] != item:
            raise KeyTaken(item["key"])


def put_reading(new: Data, criterion: str, change: Data, codebook: Codebook) -> None:
    readings = {k: v for k, v in new["readings"].items() if k != criterion}
    reading = change.get("reading")
    if reading and not is_unread(reading):
        readings[criterion] = deepcopy(reading)
    ordered = [c.key for c in codebook.ordered(readings)]
    new["readings"] = {key: readings[key] for key in ordered}
    history = new["history"]
    places = [i for i, entry in enumerate(history) if entry["criterion"] == criterion]
    first = places[0] if places else len(history)
    kept = [entry for entry in history if entry["criterion"] != criterion]
    first = min(first, len(kept))
    new["history"] = [*kept[:first], *deepcopy(change["history"]), *kept[first:]]


def is_unread(reading: Mapping[str, Any]) -> bool:
    states = {state_of(value) for value in reading["elements"].values()}
    return states <= {State.UNREAD.value}


def state_of(value: Any) -> str:
    return str(value["state"] if isinstance(value, dict) else value)


def states(reading: Data | None) -> dict[str, State]:
    """The present states of a criterion's elements."""
    elements = (reading or {}).get("elements", {})
    return {key: State(state_of(value)) for key, value in elements.items()}


@dataclass(frozen=True)
class Difference:
    """One field, old and new; None where there was or is nothing."""

    path: tuple[str, ...]
    old: str | None
    new: str | None

    @property
    def is_change(self) -> bool:
        return self.old != self.new


def compare(old: Any, new: Any) -> list[Difference]:
    """Every field of both, side by side, in the order of the new one."""
    before, after = flatten(old), flatten(new)
    paths = list(dict.fromkeys([*after, *before]))
    return [Difference(path, before.get(path), after.get(path)) for path in paths]


def changes(old: Any, new: Any) -> list[Difference]:
    return [row for row in compare(old, new) if row.is_change]


def flatten(data: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Each plain value by its path; what has a key goes by it, not by its place."""
    if isinstance(data, Mapping):
        items: Iterable[tuple[str, Any]] = (
            (str(k), v) for k, v in data.items() if k != "key"
        )
    elif isinstance(data, Sequence) and not isinstance(data, str):
        if not any(isinstance(item, Mapping) for item in data):
            text = ", ".join(str(item) for item in data)
            return {path: text} if text else {}
        items = (
            (str(item.get("key", place)), item) for place, item in enumerate(data, 1)
        )
    else:
        return {} if data is None else {path: str(data)}
    found: dict[tuple[str, ...], str] = {}
    for key, value in items:
        found.update(flatten(value, (*path, key)))
    return found


def unread_answer(reading: Data | None, elements: Sequence[str]) -> Data:
    """A reading to start a form from where there is none."""
    return reading or {
        "elements": dict.fromkeys(elements, State.UNREAD.value),
        "since": None,
        "provisions": [],
        "sources": [],
        "confidence": None,
        "why": "",
    }
