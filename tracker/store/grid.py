"""Answers of many countries at once: one query for states, derived in `rules`."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.answers import Derived, Step, derive_row, steps_of_row
from tracker.rules.codebook import Codebook, Criterion, Series, State
from tracker.rules.coverage import Coverage, cover
from tracker.store.models import Coding, Country, Reading, Source

log = logging.getLogger(__name__)
Row = tuple[State, ...]


def published(day: date, of: Any = Reading) -> sa.ColumnElement[bool]:
    """Current readings of the first series that certainly hold on `day`."""
    return sa.and_(
        of.recorded_to.is_(None),
        of.series == Series.FIRST,
        of.holds_from <= day,
        sa.or_(of.holds_until.is_(None), of.holds_until > day),
    )


class Cell(NamedTuple):
    """One country's answer to one criterion, derived from the states of its elements."""

    country: Country
    criterion: Criterion
    states: Row
    derived: Derived
    steps: tuple[Step, ...]

    @property
    def by_element(self) -> dict[str, State]:
        return dict(zip(self.criterion.element_keys, self.states, strict=True))


def make_cell(country: Country, criterion: Criterion, states: Row) -> Cell:
    derived = derive_row(criterion, states)
    return Cell(country, criterion, states, derived, steps_of_row(criterion, states))


class Grid:
    """Countries down, criteria across. `rows` has each country's cells, in order."""

    def __init__(
        self,
        countries: Sequence[Country],
        criteria: Sequence[Criterion],
        rows: Mapping[str, Sequence[Cell]],
    ) -> None:
        self.countries = list(countries)
        self.criteria = list(criteria)
        self.rows = rows
        self.places = {c.key: place for place, c in enumerate(criteria)}

    def cell(self, country: Country, criterion: Criterion) -> Cell:
        return self.rows[country.iso3][self.places[criterion.key]]

    def derived(self, country: Country, criterion: Criterion) -> Derived:
        return self.cell(country, criterion).derived

    def across(self, country: Country) -> Sequence[Cell]:
        return self.rows[country.iso3]

    def down(self, criterion: Criterion) -> list[Cell]:
        place = self.places[criterion.key]
        return [self.rows[country.iso3][place] for country in self.countries]

    def cells(self) -> Iterator[Cell]:
        for country in self.countries:
            yield from self.across(country)

    def coverage(
        self, criterion: Criterion, countries: Sequence[Country] | None = None
    ) -> Coverage:
        place = self.places[criterion.key]
        chosen = self.countries if countries is None else countries
        return cover(self.rows[country.iso3][place].derived for country in chosen)


def read_grid(
    session: Session,
    codebook: Codebook,
    day: date,
    countries: Sequence[Country],
    criteria: Sequence[Criterion] | None = None,
) -> Grid:
    """The answers of `countries` on `day`; a few countries are read by name."""
    chosen = codebook.criteria if criteria is None else tuple(criteria)
    rows = read_cells(session, codebook, day, countries, chosen)
    return Grid(countries, chosen, rows)


def read_cells(
    session: Session,
    codebook: Codebook,
    day: date,
    countries: Sequence[Country],
    criteria: Sequence[Criterion],
) -> dict[str, list[Cell]]:
    """By country its cells, in the order of `criteria`; without readings: all unread."""
    query = sa.select(
        Reading.country_iso3,
        Reading.criterion_key,
        Reading.element_key,
        sa.type_coerce(Reading.state, sa.String),
    ).where(published(day))
    if len(countries) <= 300:
        query = query.where(Reading.country_iso3.in_([c.iso3 for c in countries]))
    if len(criteria) < len(codebook.criteria):
        query = query.where(Reading.criterion_key.in_([c.key for c in criteria]))
    places = {
        (criterion.key, element): place
        for criterion in criteria
        for place, element in enumerate(criterion.element_keys)
    }
    words = {state.value: state for state in State}
    blank = {c.key: [State.UNREAD] * len(c.elements) for c in criteria}
    found: dict[tuple[str, str], list[State]] = {}
    for iso3, key, element, state in session.execute(query):
        place = places.get((key, element))
        if place is None:
            continue
        if state not in words:
            log.error("a corrupt reading: %s %s %s is %r", iso3, key, element, state)
            continue
        row = found.get((iso3, key))
        if row is None:
            row = found[iso3, key] = blank[key].copy()
        row[place] = words[state]
    return {
        country.iso3: [
            make_cell(country, c, tuple(found.get((country.iso3, c.key), blank[c.key])))
            for c in criteria
        ]
        for country in countries
    }


def read_countries(session: Session, **filters: str) -> list[Country]:
    """Countries by name, narrowed by equality of columns."""
    query = sa.select(Country).order_by(Country.name)
    for column, value in filters.items():
        if value:
            query = query.where(getattr(Country, column) == value)
    return list(session.scalars(query))


def find_country(session: Session, iso3: str) -> Country | None:
    return session.get(Country, iso3)


def newest_day(session: Session) -> date | None:
    """The last day on which anything was read."""
    return session.scalar(sa.select(sa.func.max(Source.seen)))


def evidence_kinds(
    session: Session, day: date, iso3s: Sequence[str] = ()
) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """By country and criterion: the confidence, and the kinds of source it rests on.

    Of all countries, or of a few.
    """
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
    if iso3s:
        query = query.where(Reading.country_iso3.in_(iso3s))
    found: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
    for iso3, criterion, confidence, kind in session.execute(query):
        before = found.get((iso3, criterion), ("", frozenset()))
        found[iso3, criterion] = (confidence or before[0], before[1] | {kind})
    return found
