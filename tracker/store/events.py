"""The audit trail, read: of everything, or of what is public of one country."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.store.models import Event

HIDDEN = ("leads", "second")


def public_events(session: Session, iso3: str) -> Sequence[Event]:
    """What was published of a country, the newest first.

    Leads, second readings and proposals that were not published are not in it.
    """
    query = (
        sa.select(Event)
        .where(
            Event.country_iso3 == iso3,
            Event.subject.startswith(f"{iso3}/", autoescape=True),
            *(Event.subject != f"{iso3}/{name}" for name in HIDDEN),
            Event.subject.not_like(f"{iso3}/second/%"),
        )
        .order_by(Event.id.desc())
    )
    return session.scalars(query).all()


def count_events(session: Session, subject: str = "") -> int:
    query = sa.select(sa.func.count(Event.id)).where(begins(subject))
    return session.scalar(query) or 0


def events(
    session: Session, first: int, count: int, subject: str = ""
) -> Sequence[Event]:
    """A window on all events, the newest first."""
    query = sa.select(Event).where(begins(subject)).order_by(Event.id.desc())
    return session.scalars(query.offset(first).limit(count)).all()


def begins(subject: str) -> sa.ColumnElement[bool]:
    return Event.subject.startswith(subject, autoescape=True)
