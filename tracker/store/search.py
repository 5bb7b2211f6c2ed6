"""Search in countries, criteria, laws and provisions: plain substrings, case folded."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.codebook import Codebook, Criterion, Series
from tracker.store.models import Country, Law, Provision

LIMIT = 50


@dataclass
class Found:
    """Up to `LIMIT` of each kind; `total` counts what there is."""

    countries: list[Country] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    laws: list[tuple[Law, Country]] = field(default_factory=list)
    provisions: list[tuple[Provision, Law, Country]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return (
            len(self.countries)
            + len(self.criteria)
            + len(self.laws)
            + len(self.provisions)
        )


def search(session: Session, codebook: Codebook, text: str) -> Found:
    """Whatever holds every word of `text`; nothing for an empty one."""
    words = text.casefold().split()
    if not words:
        return Found()
    return Found(
        countries=list(
            session.scalars(
                sa.select(Country)
                .where(contains(words, Country.name, Country.iso3))
                .order_by(Country.name)
                .limit(LIMIT)
            )
        ),
        criteria=[
            criterion
            for criterion in codebook.criteria
            if all(word in criterion_text(criterion) for word in words)
        ],
        laws=pairs(session, words),
        provisions=triples(session, words),
    )


def criterion_text(criterion: Criterion) -> str:
    tests = " ".join(element.test for element in criterion.elements)
    return f"{criterion.title} {criterion.question} {criterion.note} {tests}".casefold()


def contains(words: list[str], *columns: Any) -> sa.ColumnElement[bool]:
    """Each word in at least one of the columns."""
    return sa.and_(
        *(
            sa.or_(*(column.icontains(word, autoescape=True) for column in columns))
            for word in words
        )
    )


def pairs(session: Session, words: list[str]) -> list[Any]:
    query = (
        sa.select(Law, Country)
        .join(Country, Country.iso3 == Law.country_iso3)
        .where(
            Law.series == Series.FIRST,
            Law.withdrawn_at.is_(None),
            contains(words, Law.title, Law.title_original, Country.name),
        )
        .order_by(Country.name, Law.position)
        .limit(LIMIT)
    )
    return list(session.execute(query))


def triples(session: Session, words: list[str]) -> list[Any]:
    query = (
        sa.select(Provision, Law, Country)
        .join(Provision.law)
        .join(Country, Country.iso3 == Provision.country_iso3)
        .where(
            Provision.series == Series.FIRST,
            Provision.withdrawn_at.is_(None),
            contains(words, Provision.label, Provision.says, Law.title, Country.name),
        )
        .order_by(Country.name, Provision.position)
        .limit(LIMIT)
    )
    return list(session.execute(query))
