"""Provisions in force that meet a criterion, and how often each element is met."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.rules.codebook import Confidence, Criterion, Series, State
from tracker.rules.dates import PartialDate
from tracker.store.grid import Cell, published
from tracker.store.models import (
    Coding,
    Country,
    Law,
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


@dataclass(frozen=True)
class Wish:
    """Which of the provisions that meet a criterion are wanted; empty: all."""

    element: str = ""
    language: str = ""
    region: str = ""

    def fits(self, item: Meeting) -> bool:
        return (
            self.element in ("", *item.elements)
            and self.language in ("", item.provision.law.language)
            and self.region in ("", item.country.region)
        )


def met_elements(criterion: Criterion, day: date) -> sa.Subquery:
    """Each met element with each provision that it rests on, as codes and keys."""
    is_met = sa.and_(
        published(day),
        Reading.criterion_key == criterion.key,
        Reading.state == State.MET,
    )
    place = (Reading.country_iso3, Reading.element_key)
    first = sa.select(*place, Reading.provision_key).where(is_met)
    further = (
        sa.select(*place, ReadingProvision.provision_key)
        .join(Reading, Reading.id == ReadingProvision.reading_id)
        .where(is_met)
    )
    return sa.union_all(first, further).subquery()


def with_provisions(query: sa.Select[Any], met: sa.Subquery) -> sa.Select[Any]:
    return query.join(
        Provision,
        sa.and_(
            Provision.country_iso3 == met.c.country_iso3,
            Provision.key == met.c.provision_key,
            Provision.series == Series.FIRST,
        ),
    )


def meeting_counts(
    session: Session, criterion: Criterion, day: date, wish: Wish
) -> Iterator[tuple[str, int]]:
    """For each provision its country's code, and how many elements it meets."""
    met = met_elements(criterion, day)
    number = sa.func.count(sa.distinct(met.c.element_key))
    query = with_provisions(sa.select(met.c.country_iso3, number), met).group_by(
        met.c.country_iso3, met.c.provision_key
    )
    if wish.element:
        is_wished = sa.case((met.c.element_key == wish.element, 1), else_=0)
        query = query.having(sa.func.max(is_wished) == 1)
    if wish.language:
        query = query.join(Provision.law).where(Law.language == wish.language)
    if wish.region:
        query = query.join(Country, Country.iso3 == met.c.country_iso3)
        query = query.where(Country.region == wish.region)
    return ((iso3, count) for iso3, count in session.execute(query))


def languages(session: Session, criterion: Criterion, day: date) -> set[str]:
    """Of the laws whose provisions meet the criterion."""
    met = met_elements(criterion, day)
    query = with_provisions(sa.select(Law.language).select_from(met), met)
    return {
        code for code in session.scalars(query.join(Provision.law).distinct()) if code
    }


def provisions_that_meet(
    session: Session, criterion: Criterion, day: date, iso3s: Sequence[str]
) -> list[Meeting]:
    """Every provision of some countries that a met element rests on.

    Those that meet most elements first.
    """
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
            Reading.country_iso3.in_(iso3s),
        )
        .order_by(Country.name, Provision.position)
    )
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
