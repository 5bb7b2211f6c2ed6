"""What pages read again and again, kept in this process while the data stands.

A snapshot belongs to one version of the data (`version`), so it is never out of date.
Its records are read only. The answers of countries are kept by day, of so many
that a large database does not fill the memory, the first ones dropped first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.codebook import Codebook, Criterion
from tracker.store.codebooks import read_codebook
from tracker.store.grid import (
    Cell,
    Grid,
    newest_day,
    read_cells,
    read_countries,
    read_grid,
)
from tracker.store.models import Country, Treaty
from tracker.store.versions import DataVersion, data_version

MAX_COUNTRIES = 1_500
MAX_MEMO = 200
MAX_ORDERS = 24
MAX_VERSIONS = 3
ResultT = TypeVar("ResultT")
code = attrgetter("iso3")


@dataclass
class Snapshot:
    """One version's codebook and countries, and the answers asked for so far.

    `countries` are in the order of their names, `by_code` in that of their codes.
    """

    version: str
    codebook: Codebook | None
    countries: list[Country]
    treaties: list[Treaty]
    newest: date | None
    state: DataVersion | None
    cells: OrderedDict[tuple[date, str], list[Cell]] = field(
        default_factory=OrderedDict
    )
    memory: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    orders: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.by_code = sorted(self.countries, key=code)
        self.by_iso3 = {country.iso3: country for country in self.by_code}
        self.regions: dict[str, list[str]] = {}
        for region, subregion in sorted(
            {(c.region, c.subregion) for c in self.countries}
        ):
            self.regions.setdefault(region, []).append(subregion)

    def narrowed(self, **filters: str) -> list[Country]:
        """Countries by name, narrowed by equality of columns."""
        wanted = tuple((name, value) for name, value in filters.items() if value)
        if not wanted:
            return self.countries
        return self.memo(
            ("narrowed", wanted),
            lambda: [
                country
                for country in self.countries
                if all(getattr(country, name) == value for name, value in wanted)
            ],
        )

    def grid(
        self,
        session: Session,
        day: date,
        countries: Sequence[Country],
        criteria: Sequence[Criterion] | None = None,
    ) -> Grid:
        """The answers of `countries` on `day`; only what is not known yet is read."""
        if self.codebook is None:
            raise LookupError("no codebook is loaded")
        if len(countries) > MAX_COUNTRIES:
            return read_grid(session, self.codebook, day, countries, criteria)
        with self.lock:
            missing = [c for c in countries if (day, c.iso3) not in self.cells]
            if missing:
                every = self.codebook.criteria
                found = read_cells(session, self.codebook, day, missing, every)
                self.cells |= {(day, iso3): row for iso3, row in found.items()}
            rows = {c.iso3: self.cells[day, c.iso3] for c in countries}
            while len(self.cells) > MAX_COUNTRIES:
                self.cells.popitem(last=False)
        if criteria is None:
            return Grid(countries, self.codebook.criteria, rows)
        places = [self.codebook.criteria.index(criterion) for criterion in criteria]
        narrow = {iso3: [row[i] for i in places] for iso3, row in rows.items()}
        return Grid(countries, criteria, narrow)

    def memo(self, key: Hashable, make: Callable[[], ResultT]) -> ResultT:
        """What `make` returned for this key, made once for this version."""
        return self.keep(self.memory, MAX_MEMO, key, make)

    def order(self, key: Hashable, make: Callable[[], ResultT]) -> ResultT:
        """The same for what has a number for each row of a long list: of few lists."""
        return self.keep(self.orders, MAX_ORDERS, key, make)

    def keep(
        self,
        kept: OrderedDict[Hashable, Any],
        most: int,
        key: Hashable,
        make: Callable[[], ResultT],
    ) -> ResultT:
        """The ones asked for longest ago are dropped first."""
        with self.lock:
            if key not in kept:
                kept[key] = make()
                if len(kept) > most:
                    kept.popitem(last=False)
            kept.move_to_end(key)
            found: ResultT = kept[key]
            return found


class Snapshots:
    """The snapshots last asked for; one process, many threads.

    More than one: while the data changes, requests that began before still need theirs.
    """

    def __init__(self) -> None:
        self.kept: OrderedDict[str, Snapshot] = OrderedDict()
        self.lock = threading.Lock()

    def of(self, session: Session, version: str) -> Snapshot:
        with self.lock:
            if version not in self.kept:
                self.kept[version] = take(session, version)
                if len(self.kept) > MAX_VERSIONS:
                    self.kept.popitem(last=False)
            return self.kept[version]


def take(session: Session, version: str) -> Snapshot:
    codebook = read_codebook(session)
    countries = read_countries(session)
    treaties = list(session.scalars(sa.select(Treaty).order_by(Treaty.position)))
    for record in (*countries, *treaties):
        session.expunge(record)
    newest, state = newest_day(session), data_version(session)
    return Snapshot(version, codebook, countries, treaties, newest, state)
