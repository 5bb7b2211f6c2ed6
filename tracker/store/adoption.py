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
