"""Provisions in force that meet a criterion, and how often each element is met."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.rules.codebook import Confidence, Criterion, State
from tracker.rules.dates import PartialDate
from tracker.store.grid import Cell, published
from tracker.store.models import (
    Coding,
    Country,
    Provision,
    Reading,
    ReadingProvision,
    Source,
    partial,
)


@dataclass(frozen=True)
class Meeting:
    """A provision that meets elements of a criterion, and how well that is known.

    `since` is the earliest day from which any of them is known to be met by it.
    """

    country: Country
    provision: Provision
    source: Source
    elements: tuple[str, ...]
    confidence: Confidence
    since: PartialDate | None

    @property
    def name(self) -> str:
        """What an address calls it."""
        return f"{self.country.iso3}:{self.provision.key}"


def provisions_that_meet(
    session: Session, criterion: Criterion, day: date, element: str = ""
) -> list[Meeting]:
    """Every provision a met element rests on; those that meet most elements first."""
    first = sa.and_(
        Provision.country_iso3 == Reading.country_iso3,
        Provision.series == Reading.series,
        Provision.key == Reading.provision_key,
    )
    further = sa.and_(
        Provision.country_iso3 == ReadingProvision.country_iso3,
        Provision.series == ReadingProvision.series,
        Provision.key == ReadingProvision.provision_key,
    )
    query = (
        sa.select(Reading, Country, Provision, Coding.confidence)
        .join(Country, Country.iso3 == Reading.country_iso3)
        .join(Coding, Coding.id == Reading.coding_id)
        .options(joinedload(Provision.law), joinedload(Reading.source))
        .where(
            published(day),
            Reading.criterion_key == criterion.key,
            Reading.state == State.MET,
        )
        .order_by(Country.name, Provision.position)
    )
    if element:
        query = query.where(Reading.element_key == element)
    more = query.join(ReadingProvision, ReadingProvision.reading_id == Reading.id)
    found: dict[tuple[str, str], list[Any]] = {}
    for rows in (query.join(Provision, first), more.join(Provision, further)):
        for row in session.execute(rows):
            found.setdefault((row.Country.iso3, row.Provision.key), []).append(row)
    meetings = [meeting(criterion, rows) for rows in found.values()]
    meetings.sort(key=lambda m: (m.country.name, m.provision.position))
    return sorted(meetings, key=lambda m: -len(m.elements))


def meeting(criterion: Criterion, rows: list[Any]) -> Meeting:
    """The surest of the readings that rest on one provision speaks for it."""
    sure = list(Confidence)
    met = {row.Reading.element_key for row in rows}
    best = min(rows, key=lambda row: sure.index(row.confidence or Confidence.LOW))
    dates = [partial(r.Reading.since, r.Reading.since_precision) for r in rows]
    return Meeting(
        best.Country,
        best.Provision,
        best.Reading.source,
        tuple(key for key in criterion.element_keys if key in met),
        best.confidence or Confidence.LOW,
        min((d for d in dates if d), key=lambda d: d.last, default=None),
    )


def element_counts(
    cells: Iterable[Cell], criterion: Criterion
) -> dict[str, Counter[State]]:
    """By element, how many countries are in each state."""
    found = {key: Counter[State]() for key in criterion.element_keys}
    for cell in cells:
        for key, state in cell.by_element.items():
            found[key][state] += 1
    return found
