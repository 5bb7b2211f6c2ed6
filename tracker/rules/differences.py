"""Two versions of the data compared, cell by cell. A recoding is never a reform."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from tracker.rules.codebook import ChangeReason, State
from tracker.rules.tables import Table
from tracker.rules.timeline import is_reform

Row = dict[str, str]
LAW_CHANGED = ChangeReason.LAW_CHANGED.value
# Derived from the others, or the reason itself, or naming what other columns key.
LEFT_OUT = {
    "readings": {"reason", "country", "holds_from", "holds_until"},
    "answers": {"country", "region", "subregion", "floor", "ceiling", "met"}
    | {"lacking", "unread", "confidence", "as_of"},
}
COMPARED = (
    *("readings", "answers", "laws", "provisions", "sources", "treaties", "countries"),
    *("treaty_titles", "treaty_articles", "criteria", "elements"),
)


@dataclass(frozen=True)
class Difference:
    """One cell that differs. `old` is empty where there was none, `new` where it went.

    `since` is the first day of the reading's period; `event` the newest behind it.
    """

    table: str
    iso3: str
    criterion: str
    key: str
    since: str
    column: str
    old: str
    new: str
    reason: str = ""
    reform: bool = False
    event: int | None = None
    own_reason: str = ""
    grew: bool = False


@dataclass(frozen=True)
class Told:
    """What the events between the two versions say of one subject."""

    event: int
    reasons: tuple[str, ...]


def compare(
    table: Table, old: Iterable[Row], new: Iterable[Row]
) -> Iterator[Difference]:
    """The cells of one table that differ, in the order of their keys."""
    if table.name == "readings":
        yield from compare_readings(table, old, new)
        return
    before = {tuple(row[name] for name in table.key): row for row in old}
    after = {tuple(row[name] for name in table.key): row for row in new}
    for key in [*before, *(key for key in after if key not in before)]:
        yield from compare_rows(table, before.get(key), after.get(key), key[-1])


def compare_rows(
    table: Table, old: Row | None, new: Row | None, key: str, since: str = ""
) -> Iterator[Difference]:
    some = new or old or {}
    place = (table.name, some.get("iso3", ""), some.get("criterion", ""), key, since)
    first = "answer" if table.name == "answers" else ""
    if old is None or new is None:
        shown = first or next(n for n in table.names if n not in table.key)
        before, after = (old or {}).get(shown, ""), (new or {}).get(shown, "")
        yield Difference(*place, shown, before, after)
        return
    for name in table.names:
        if name not in LEFT_OUT.get(table.name, ()) and old[name] != new[name]:
            yield Difference(*place, name, old[name], new[name])


def compare_readings(
    table: Table, old: Iterable[Row], new: Iterable[Row]
) -> Iterator[Difference]:
    before, after = by_element(old), by_element(new)
    for key in [*before, *(key for key in after if key not in before)]:
        yield from compare_element(table, before.get(key, []), after.get(key, []))


def by_element(rows: Iterable[Row]) -> dict[tuple[str, str, str], list[Row]]:
    """The periods of each element, the oldest first; empty ones claim nothing."""
    kept = (row for row in rows if row["holds_from"] != row["holds_until"])

    def key(row: Row) -> tuple[str, str, str]:
        return row["iso3"], row["criterion"], row["element"]

    found: dict[tuple[str, str, str], list[Row]] = {}
    for place, group in groupby(kept, key):
        found.setdefault(place, []).extend(group)
    return found


def compare_element(
    table: Table, old: list[Row], new: list[Row]
) -> Iterator[Difference]:
    grew = len(turns(new)) > len(turns(old))
    earlier = {row["holds_from"]: row for row in old}
    later = {row["holds_from"]: row for row in new}
    for start in sorted({*earlier, *later}):
        before, after = earlier.get(start), later.get(start)
        some = after or before or {}
        name = some["element"]
        if before and after:
            for found in compare_rows(table, before, after, name, start):
                yield replace(found, own_reason=after["reason"])
            continue
        state_before = before["state"] if before else ""
        if after and (past := [row for row in new if row["holds_from"] < start]):
            state_before = past[-1]["state"]
        yield Difference(
            "readings",
            some["iso3"],
            some["criterion"],
            name,
            start,
            "state",
            state_before,
            after["state"] if after else "",
            own_reason=after["reason"] if after else "",
            grew=grew and after is not None,
        )


def turns(rows: list[Row]) -> list[str]:
    """The states that were read, one after the other, repeats left out."""
    states = [row["state"] for row in rows if row["state"] != State.UNREAD]
    return [state for state, _ in groupby(states)]


def explain(
    differences: Iterable[Difference], told: Mapping[str, Told]
) -> Iterator[Difference]:
    """Each with its reason and event; `told` is by subject of the audit trail.

    A reform needs three things: the event says that the law changed, so does the
    reading, and the element's states have one more turn than they had.
    """
    for found in differences:
        said = told.get(subject(found)) or told.get("codebook")
        reasons = said.reasons if said else ()
        is_turn = found.grew and all(
            state in set(State) for state in (found.old, found.new)
        )
        yield replace(
            found,
            reason=" ".join(reasons) or found.own_reason,
            event=said.event if said else None,
            reform=bool(
                is_turn
                and found.own_reason == LAW_CHANGED
                and LAW_CHANGED in reasons
                and is_reform(State(found.old), State(found.new))
            ),
        )


def subject(found: Difference) -> str:
    """What the audit trail calls this cell's place."""
    if found.table in ("readings", "answers"):
        return f"{found.iso3}/{found.criterion}"
    if found.table in ("laws", "provisions", "sources"):
        return f"{found.iso3}/{found.table}"
    if found.table == "treaties":
        return f"treaties.csv/{found.iso3}/{found.key}"
    if found.table == "countries":
        return f"countries.csv/{found.iso3}"
    if found.table == "treaty_titles":
        return f"treaty_titles.csv/{found.key}"
    return "codebook"
