"""The CSV tables of `seeds/` as they stand in the database, row for row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.dates import PartialDate
from tracker.rules.records import (
    CountryRow,
    Record,
    TreatyRow,
    TreatySourceRow,
    TreatyStatusRow,
)
from tracker.store.db import Base
from tracker.store.models import Country, Treaty, TreatySource, TreatyStatus, partial

Cells = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A CSV file and its table: `columns` maps the file's columns to the table's."""

    name: str
    record: type[Record]
    model: type[Base]
    columns: dict[str, str]
    keys: tuple[str, ...]
    dates: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(self.record.model_fields)

    def cells(self, row: Any) -> Cells:
        found = {}
        for name in self.header:
            column = self.columns.get(name, name)
            value = getattr(row, column)
            if column in self.dates:
                value = partial(value, getattr(row, f"{column}_precision"))
            found[name] = "" if value is None else str(value)
        return found

    def values(self, cells: Cells, position: int) -> dict[str, Any]:
        values: dict[str, Any] = {"position": position}
        for name, text in cells.items():
            column = self.columns.get(name, name)
            values[column] = text
            if column in self.dates:
                found = PartialDate.parse(text) if text else None
                values[column] = found.first if found else None
                values[f"{column}_precision"] = found.precision if found else None
        return values

    def identity(self, cells: Cells) -> tuple[str, ...]:
        return tuple(cells[name] for name in self.keys)

    def matches(self, identity: tuple[str, ...]) -> list[Any]:
        return [
            getattr(self.model, self.columns.get(name, name)) == value
            for name, value in zip(self.keys, identity, strict=True)
        ]


COUNTRIES = Table("countries.csv", CountryRow, Country, {}, ("iso3",))
TREATIES = Table("treaty_titles.csv", TreatyRow, Treaty, {}, ("key",))
TREATY_SOURCES = Table(
    "treaty_sources.csv",
    TreatySourceRow,
    TreatySource,
    {"source_key": "key"},
    ("source_key",),
    ("as_of",),
)
TREATY_STATUSES = Table(
    "treaties.csv",
    TreatyStatusRow,
    TreatyStatus,
    {"iso3": "country_iso3", "treaty": "treaty_key", "date": "since"},
    ("iso3", "treaty"),
    ("since",),
)
TABLES = (COUNTRIES, TREATIES, TREATY_SOURCES, TREATY_STATUSES)


def table_rows(session: Session, table: Table) -> list[Cells]:
    """Every row in the order of its file."""
    model: Any = table.model
    rows = session.scalars(sa.select(model).order_by(model.position))
    return [table.cells(row) for row in rows]


def save_table(
    session: Session,
    table: Table,
    wanted: list[Cells],
    note: Callable[[str, Cells | None, Cells | None], None],
) -> list[tuple[str, ...]]:
    """Insert and edit rows; `note` hears of each that changed.

    Returns the rows that are gone, for `drop_rows` once nothing refers to them.
    """
    model: Any = table.model
    stored = table_rows(session, table)
    if stored == wanted:
        return []
    old = {table.identity(cells): (i, cells) for i, cells in enumerate(stored)}
    new = []
    for position, cells in enumerate(wanted):
        identity = table.identity(cells)
        known = old.pop(identity, None)
        values = table.values(cells, position)
        if known is None:
            new.append(values)
        elif known != (position, cells):
            session.execute(
                sa.update(model).where(*table.matches(identity)).values(**values)
            )
        if known is None or known[1] != cells:
            note("/".join(identity), known and known[1], cells)
    if new:
        session.execute(sa.insert(model), new)
    for identity, (_, cells) in old.items():
        note("/".join(identity), cells, None)
    return list(old)


def drop_rows(
    session: Session, table: Table, identities: list[tuple[str, ...]]
) -> None:
    for identity in identities:
        session.execute(sa.delete(table.model).where(*table.matches(identity)))
