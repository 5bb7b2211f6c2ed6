"""First and second readings side by side, for measuring how well two readers agree.

Compared is the first reading as it stood when the second one was handed in: what was
adjudicated or corrected afterwards does not make two readers agree who did not.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.rules.agreement import Agreement, agree
from tracker.rules.codebook import Codebook, Series, State
from tracker.store.models import Reading


@dataclass(frozen=True)
class Pair:
    """One element in one country, as two readers read it."""

    iso3: str
    criterion: str
    element: str
    first: State
    second: State
    read_again: datetime

    @property
    def both_read(self) -> bool:
        return State.UNREAD not in (self.first, self.second)

    @property
    def differs(self) -> bool:
        return self.both_read and self.first is not self.second


def read_pairs(session: Session, iso3: str | None = None) -> list[Pair]:
    """Every element with a second reading, with the first one as it then stood."""
    first, second = aliased(Reading), aliased(Reading)
    query = (
        sa.select(
            second.country_iso3,
            second.criterion_key,
            second.element_key,
            first.state,
            second.state,
            second.recorded_from,
        )
        .join(
            first,
            sa.and_(
                first.country_iso3 == second.country_iso3,
                first.criterion_key == second.criterion_key,
                first.element_key == second.element_key,
            ),
        )
        .where(
            first.series == Series.FIRST,
            second.series == Series.SECOND,
            second.recorded_to.is_(None),
            *(side.holds_until.is_(None) for side in (first, second)),
            sa.or_(
                first.recorded_to.is_(None), first.recorded_to > second.recorded_from
            ),
        )
        .order_by(first.recorded_from, first.id)
    )
    if iso3:
        query = query.where(second.country_iso3 == iso3)
    found: dict[tuple[str, str, str], Pair] = {}
    for country, criterion, element, one, other, read_again in session.execute(query):
        key = (country, criterion, element)
        found.setdefault(key, Pair(*key, one, other, read_again))
    return list(found.values())


def read_agreement(session: Session, codebook: Codebook) -> dict[str, Agreement]:
    """By criterion, and under "" over all: the elements that both readers read."""
    pairs: dict[str, list[tuple[State, State]]] = defaultdict(list)
    for pair in read_pairs(session):
        pairs[pair.criterion].append((pair.first, pair.second))
        pairs[""].append((pair.first, pair.second))
    keys = [criterion.key for criterion in codebook.criteria] + [""]
    return {key: agree(pairs[key]) for key in keys}
