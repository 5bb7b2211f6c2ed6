"""Second readings: who reads what, which elements differ, what was decided of them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.rules.codebook import Series
from tracker.store.contributions import (
    Adjudication,
    Progress,
    Proposal,
    SecondReading,
    Stage,
)
from tracker.store.models import CountryFile


def reading_of(session: Session, account_id: int) -> SecondReading | None:
    """What this person is reading again just now."""
    return session.scalar(
        sa.select(SecondReading).where(
            SecondReading.reader_id == account_id,
            SecondReading.progress == Progress.READING,
        )
    )


def find_task(session: Session, number: int) -> SecondReading | None:
    return session.get(SecondReading, number, populate_existing=True)


def tasks(session: Session, *progress: Progress) -> list[SecondReading]:
    """Second readings in these states, the oldest first."""
    query = (
        sa.select(SecondReading)
        .options(joinedload(SecondReading.country), joinedload(SecondReading.reader))
        .where(SecondReading.progress.in_(progress or tuple(Progress)))
        .order_by(SecondReading.id)
    )
    return list(session.scalars(query))


def read_countries(session: Session) -> list[str]:
    """Countries whose law was read at least in part."""
    query = (
        sa.select(CountryFile.country_iso3)
        .where(CountryFile.series == Series.FIRST)
        .order_by(CountryFile.country_iso3)
    )
    return list(session.scalars(query))


def who_knows(session: Session, iso3: str) -> set[int]:
    """Who wrote or decided on what is published of a country: they can't read blind."""
    query = sa.select(Proposal.author_id, Proposal.decided_by_id).where(
        Proposal.country_iso3 == iso3,
        Proposal.second_reading_id.is_(None),
        Proposal.stage.in_((Stage.APPROVED, Stage.REJECTED)),
    )
    return {person for row in session.execute(query) for person in row if person}


def authors_of(session: Session, iso3: str) -> set[int]:
    """Who wrote what is published of a country, as far as it came by proposals."""
    query = sa.select(Proposal.author_id).where(
        Proposal.country_iso3 == iso3,
        Proposal.second_reading_id.is_(None),
        Proposal.stage == Stage.APPROVED,
    )
    return set(session.scalars(query))


def readers_of(session: Session, iso3: str) -> set[int]:
    """Who read a country the second time."""
    query = sa.select(SecondReading.reader_id).where(
        SecondReading.country_iso3 == iso3, SecondReading.progress == Progress.DONE
    )
    return {person for person in session.scalars(query) if person}


def adjudications(
    session: Session, iso3: str | None = None
) -> dict[tuple[str, str, str, datetime], Adjudication]:
    query = sa.select(Adjudication)
    if iso3:
        query = query.where(Adjudication.country_iso3 == iso3)
    return {
        (
            found.country_iso3,
            found.criterion_key,
            found.element_key,
            found.second_recorded_from,
        ): found
        for found in session.scalars(query)
    }
