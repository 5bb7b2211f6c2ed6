"""How many countries certainly met a criterion at the end of each year."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.answers import Holding, Level, derive, states_at
from tracker.rules.codebook import Criterion, Series, State
from tracker.store.models import Reading


@dataclass(frozen=True)
class Year:
    """Counts on 31 December, or on the last day asked for. Not read is not "no"."""

    year: int
    yes: int
    partial: int
    no: int
    open: int
    not_read: int


def adoption(
    session: Session, criterion: Criterion, total: int, last: date, first_year: int
) -> list[Year]:
    """One line a year up to `last`, among `total` countries."""
    holdings = read_holdings(session, criterion)
    years = []
    for year in range(first_year, last.year + 1):
        day = min(date(year, 12, 31), last)
        derived = [derive(criterion, states_at(h, day)) for h in holdings.values()]
        read = [d for d in derived if d.is_read]
        settled = [d.floor for d in read if d.is_settled]
        yes, part, no = (
            settled.count(level) for level in (Level.YES, Level.PARTIAL, Level.NO)
        )
        years.append(
            Year(year, yes, part, no, len(read) - len(settled), total - len(read))
        )
    return years


@dataclass(frozen=True)
class ElementYear:
    """One element's counts on 31 December, or on the last day asked for."""

    year: int
    element: str
    met: int
    lacking: int
    not_read: int


def element_adoption(
    session: Session, criterion: Criterion, total: int, last: date, first_year: int
) -> dict[str, list[ElementYear]]:
    """By element one line a year up to `last`, among `total` countries."""
    holdings = read_holdings(session, criterion)
    found: dict[str, list[ElementYear]] = {key: [] for key in criterion.element_keys}
    for year in range(first_year, last.year + 1):
        day = min(date(year, 12, 31), last)
        states = [states_at(h, day) for h in holdings.values()]
        for key, lines in found.items():
            held = [s.get(key) for s in states]
            met, lacking = held.count(State.MET), held.count(State.LACKING)
            lines.append(ElementYear(year, key, met, lacking, total - met - lacking))
    return found


def read_holdings(session: Session, criterion: Criterion) -> dict[str, list[Holding]]:
    """By country, every published reading of a criterion with the days it holds."""
    query = sa.select(
        Reading.country_iso3,
        Reading.element_key,
        sa.type_coerce(Reading.state, sa.String),
        Reading.holds_from,
        Reading.holds_until,
    ).where(
        Reading.criterion_key == criterion.key,
        Reading.recorded_to.is_(None),
        Reading.series == Series.FIRST,
    )
    holdings: dict[str, list[Holding]] = defaultdict(list)
    for iso3, element, state, start, end in session.execute(query):
        holdings[iso3].append(Holding(element, State(state), start, end))
    return holdings
