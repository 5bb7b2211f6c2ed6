"""Provisions in force that meet a criterion, and how often each element is met."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.rules.codebook import Criterion, State
from tracker.store.grid import Cell, published
from tracker.store.models import Country, Provision, Reading, Source


@dataclass(frozen=True)
class Meeting:
    """A provision that meets elements of a criterion, and the source that shows it."""

    country: Country
    provision: Provision
    source: Source
    elements: tuple[str, ...]


def provisions_that_meet(
    session: Session, criterion: Criterion, day: date
) -> list[Meeting]:
    """The first provision of each met element; those that meet most elements first."""
    query = (
        sa.select(Reading, Country)
        .join(Country, Country.iso3 == Reading.country_iso3)
        .options(
            joinedload(Reading.provision).joinedload(Provision.law),
            joinedload(Reading.source),
        )
        .where(
            published(day),
            Reading.criterion_key == criterion.key,
            Reading.state == State.MET,
            Reading.provision_key.is_not(None),
        )
        .order_by(Country.name, Reading.provision_key)
    )
    found: dict[tuple[str, str], list[tuple[Reading, Country]]] = {}
    for reading, country in session.execute(query):
        key = (country.iso3, str(reading.provision_key))
        found.setdefault(key, []).append((reading, country))
    meetings = []
    for group in found.values():
        met = {reading.element_key for reading, _ in group}
        reading, country = group[0]
        if reading.provision:
            order = tuple(key for key in criterion.element_keys if key in met)
            meetings.append(Meeting(country, reading.provision, reading.source, order))
    return sorted(meetings, key=lambda meeting: -len(meeting.elements))


def element_counts(
    cells: list[Cell], criterion: Criterion
) -> dict[str, Counter[State]]:
    """By element, how many countries are in each state."""
    found = {key: Counter[State]() for key in criterion.element_keys}
    for cell in cells:
        for key, state in cell.by_element.items():
            found[key][state] += 1
    return found
