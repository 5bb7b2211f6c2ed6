"""Answers of many countries at once: one query for states, derived in `rules`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.answers import Derived, Step, derive_row, one_element_away
from tracker.rules.codebook import Codebook, Criterion, Series, State
from tracker.rules.coverage import Coverage, cover
from tracker.store.models import Coding, Country, Reading, Source

Row = tuple[State, ...]


def published(day: date, of: Any = Reading) -> sa.ColumnElement[bool]:
    """Current readings of the first series that certainly hold on `day`."""
    return sa.and_(
        of.recorded_to.is_(None),
        of.series == Series.FIRST,
        of.holds_from <= day,
        sa.or_(of.holds_until.is_(None), of.holds_until > day),
    )


@dataclass(frozen=True)
class Cell:
    """One country's answer to one criterion."""

    country: Country
    criterion: Criterion
    states: Row

    @property
    def derived(self) -> Derived:
        return derive_row(self.criterion, self.states)

    @property
    def by_element(self) -> dict[str, State]:
        return dict(zip(self.criterion.element_keys, self.states, strict=True))

    @property
    def steps(self) -> tuple[Step, ...]:
        return one_element_away(self.criterion, self.by_element)


class Grid:
    """Countries down, criteria across; a country without readings is all unread."""

    def __init__(
        self,
        countries: Sequence[Country],
        criteria: Sequence[Criterion],
        states: Iterable[tuple[str, str, str, str]],
    ) -> None:
        self.countries = list(countries)
        self.criteria = list(criteria)
        places = {
            (criterion.key, element): place
            for criterion in criteria
            for place, element in enumerate(criterion.element_keys)
        }
        words = {state.value: state for state in State}
        found: dict[tuple[str, str], list[State]] = {}
        blank = {c.key: [State.UNREAD] * len(c.elements) for c in criteria}
        for iso3, criterion_key, element, state in states:
            place = places.get((criterion_key, element))
            if place is not None:
                row = found.get((iso3, criterion_key))
                if row is None:
                    row = found[iso3, criterion_key] = blank[criterion_key].copy()
                row[place] = words[state]
        self.rows = {key: tuple(row) for key, row in found.items()}
        self.blank = {key: tuple(row) for key, row in blank.items()}

    def cell(self, country: Country, criterion: Criterion) -> Cell:
        row = self.rows.get((country.iso3, criterion.key), self.blank[criterion.key])
        return Cell(country, criterion, row)

    def derived(self, country: Country, criterion: Criterion) -> Derived:
        row = self.rows.get((country.iso3, criterion.key), self.blank[criterion.key])
        return derive_row(criterion, row)

    def across(self, country: Country) -> list[Cell]:
        return [self.cell(country, criterion) for criterion in self.criteria]

    def down(self, criterion: Criterion) -> list[Cell]:
        return [self.cell(country, criterion) for country in self.countries]

    def cells(self) -> Iterator[Cell]:
        for country in self.countries:
            yield from self.across(country)

    def coverage(
        self, criterion: Criterion, countries: Sequence[Country] | None = None
    ) -> Coverage:
        chosen = self.countries if countries is None else countries
        return cover(self.derived(country, criterion) for country in chosen)

    def read_count(self, country: Country) -> int:
        return sum(self.derived(country, c).is_read for c in self.criteria)

    def is_read(self, country: Country) -> bool:
        return any((country.iso3, c.key) in self.rows for c in self.criteria) and bool(
            self.read_count(country)
        )


def read_grid(
    session: Session,
    codebook: Codebook,
    day: date,
    countries: Sequence[Country],
    criteria: Sequence[Criterion] | None = None,
) -> Grid:
    """The answers of `countries` on `day`; a few countries are read by name."""
    chosen = codebook.criteria if criteria is None else tuple(criteria)
    query = sa.select(
        Reading.country_iso3,
        Reading.criterion_key,
        Reading.element_key,
        sa.type_coerce(Reading.state, sa.String),
    ).where(published(day))
    if len(countries) <= 300:
        query = query.where(Reading.country_iso3.in_([c.iso3 for c in countries]))
    if len(chosen) < len(codebook.criteria):
        query = query.where(Reading.criterion_key.in_([c.key for c in chosen]))
    rows: Any = session.execute(query)
    return Grid(countries, chosen, rows)


def read_countries(session: Session, **filters: str) -> list[Country]:
    """Countries by name, narrowed by equality of columns."""
    query = sa.select(Country).order_by(Country.name)
    for column, value in filters.items():
        if value:
            query = query.where(getattr(Country, column) == value)
    return list(session.scalars(query))


def find_country(session: Session, iso3: str) -> Country | None:
    return session.get(Country, iso3)


def regions(session: Session) -> dict[str, list[str]]:
    """Regions with their subregions, both in alphabetical order."""
    query = (
        sa.select(Country.region, Country.subregion)
        .distinct()
        .order_by(Country.region, Country.subregion)
    )
    found: dict[str, list[str]] = {}
    for region, subregion in session.execute(query):
        found.setdefault(region, []).append(subregion)
    return found


def newest_day(session: Session) -> date | None:
    """The last day on which anything was read."""
    return session.scalar(sa.select(sa.func.max(Source.seen)))


def evidence_kinds(
    session: Session, day: date
) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """By country and criterion: the confidence, and the kinds of source it rests on."""
    query = (
        sa.select(
            Reading.country_iso3,
            Reading.criterion_key,
            sa.type_coerce(Coding.confidence, sa.String),
            sa.type_coerce(Source.kind, sa.String),
        )
        .join(Reading.coding)
        .join(Reading.source)
        .where(published(day))
        .distinct()
    )
    found: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
    for iso3, criterion, confidence, kind in session.execute(query):
        before = found.get((iso3, criterion), ("", frozenset()))
        found[iso3, criterion] = (confidence or before[0], before[1] | {kind})
    return found
