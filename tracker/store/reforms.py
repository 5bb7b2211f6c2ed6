"""Reforms of all countries: their order as numbers first, then those that are shown.

The number of a reform is that of the reading after it.
"""

from array import array
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.rules.codebook import ChangeReason, Series, State
from tracker.store.dossier import Reform
from tracker.store.models import Country, Reading, partial
from tracker.store.scope import Scope

AFTER, BEFORE = aliased(Reading, name="after"), aliased(Reading, name="before")
NUMBER = AFTER.id
PLACE = (AFTER.country_iso3, AFTER.criterion_key)
WHEN = sa.func.coalesce(AFTER.since, BEFORE.until)
LATEST = (WHEN.desc().nulls_last(), AFTER.country_iso3.desc(), AFTER.id.desc())


def is_published(reading: Any) -> sa.ColumnElement[bool]:
    return sa.and_(reading.recorded_to.is_(None), reading.series == Series.FIRST)


def same_element(reading: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        reading.country_iso3 == AFTER.country_iso3,
        reading.criterion_key == AFTER.criterion_key,
        reading.element_key == AFTER.element_key,
    )


def first_recorded() -> sa.ScalarSelect[datetime]:
    """When we first recorded that the law changed to this state."""
    known = aliased(Reading)
    query = sa.select(sa.func.min(known.recorded_from)).where(
        same_element(known),
        known.series == Series.FIRST,
        known.state == AFTER.state,
        known.reason == ChangeReason.LAW_CHANGED,
    )
    return query.correlate(AFTER).scalar_subquery()


def reforms(*columns: Any, scope: Scope | None = None) -> sa.Select[Any]:
    """What `dossier.reforms_of` finds in the readings of a country, in one statement."""
    earlier = aliased(Reading)
    previous = (
        sa.select(earlier.id)
        .where(
            is_published(earlier),
            same_element(earlier),
            sa.tuple_(earlier.holds_from, earlier.id)
            < sa.tuple_(AFTER.holds_from, AFTER.id),
        )
        .order_by(earlier.holds_from.desc(), earlier.id.desc())
        .limit(1)
        .correlate(AFTER)
        .scalar_subquery()
    )
    query = (
        sa.select(*columns)
        .select_from(AFTER)
        .join(BEFORE, BEFORE.id == previous)
        .where(
            is_published(AFTER),
            AFTER.reason == ChangeReason.LAW_CHANGED,
            AFTER.state != State.UNREAD,
            BEFORE.state != State.UNREAD,
            AFTER.state != BEFORE.state,
        )
    )
    if scope:
        query = query.where(*scope.where(AFTER.country_iso3))
        if scope.criterion:
            query = query.where(AFTER.criterion_key == scope.criterion)
    return query


def latest_numbers(
    session: Session,
    day: date,
    scope: Scope | None = None,
    *,
    since: date | None = None,
    limit: int | None = None,
) -> "array[int]":
    """The reforms known on `day`, the latest first, those without a date last.

    With `since`, a reform whose date may lie before it is left out.
    """
    query = reforms(NUMBER, scope=scope).where(AFTER.holds_from <= day)
    if since:
        query = query.where(since <= WHEN)
    return array("q", session.scalars(query.order_by(*LATEST).limit(limit)))


def newly_recorded(session: Session, scope: Scope, limit: int) -> "array[int]":
    """The reforms that we recorded last."""
    query = reforms(NUMBER, scope=scope).order_by(first_recorded().desc(), *LATEST)
    return array("q", session.scalars(query.limit(limit)))


def read_reforms(session: Session, numbers: Sequence[int]) -> list[Reform]:
    """The reforms of these numbers, in their order."""
    query = (
        reforms(AFTER, Country, BEFORE.state, BEFORE.until, BEFORE.until_precision)
        .join(Country, Country.iso3 == AFTER.country_iso3)
        .where(NUMBER.in_(numbers))
    )
    found = {
        after.id: Reform(
            country,
            after.criterion_key,
            after.element_key,
            before,
            after.state,
            partial(after.since, after.since_precision) or partial(until, precision),
        )
        for after, country, before, until, precision in session.execute(query)
    }
    return [found[number] for number in numbers]


def latest_reforms(session: Session, day: date, count: int) -> list[Reform]:
    return read_reforms(session, latest_numbers(session, day, limit=count))


def recorded_first(session: Session, numbers: Sequence[int]) -> dict[int, datetime]:
    """By number, when a reform was first recorded."""
    query = reforms(NUMBER, first_recorded()).where(NUMBER.in_(numbers))
    return {number: at for number, at in session.execute(query)}
