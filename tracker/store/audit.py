"""The audit trail: record, read, verify. Each event carries the hash of the one before.

A changed, removed or reordered event breaks the chain at its place (RFC 6962 explains
why a log of hashes shows what a log of rows can't).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.store.db import begin_write
from tracker.store.models import Event

FIRST_HASH = "0" * 64
LOCK = 7_203_641
FIELDS = (
    "id",
    "at",
    "actor",
    "action",
    "subject",
    "country_iso3",
    "reason",
    "before",
    "after",
    "previous_hash",
)


@dataclass(frozen=True)
class Change:
    """What an event says: who did what to which subject, and how it was and is.

    `before` and `after` are plain data, None where there was or is nothing.
    """

    actor: str
    action: str
    subject: str
    country_iso3: str | None = None
    reason: str = ""
    before: Any = None
    after: Any = None


def lock(session: Session) -> None:
    """Begin a transaction that will write; writers take turns until it ends."""
    begin_write(session)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def moment(session: Session, now: datetime) -> datetime:
    """`now`, or the newest event's time where the clock is behind it.

    A clock may jump back, and a writer's `now` was taken before it waited its turn: no
    record may end before it began. The caller holds the `lock`.
    """
    newest = session.scalar(sa.select(Event.at).order_by(Event.id.desc()).limit(1))
    return max(now, newest) if newest else now


def record(session: Session, at: datetime, *changes: Change) -> None:
    """Append one event a change. The caller holds the `lock`."""
    last = session.execute(
        sa.select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)
    ).first()
    number, previous = (last.id, last.hash) if last else (0, FIRST_HASH)
    rows = []
    for place, change in enumerate(changes, number + 1):
        row = {
            "id": place,
            "at": at,
            "actor": change.actor,
            "action": change.action,
            "subject": change.subject,
            "country_iso3": change.country_iso3,
            "reason": change.reason,
            "before": as_json(change.before),
            "after": as_json(change.after),
            "previous_hash": previous,
        }
        previous = digest(row)
        rows.append({**row, "hash": previous})
    if rows:
        session.execute(sa.insert(Event), rows)


def as_json(data: Any) -> str | None:
    if data is None:
        return None
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(row: dict[str, Any]) -> str:
    """SHA-256 over the event's fields, the hash of the one before among them.

    Times count in UTC, as they come back from the database.
    """
    plain = [
        value.astimezone(UTC).isoformat(timespec="microseconds")
        if isinstance(value, datetime)
        else value
        for value in (row[name] for name in FIELDS)
    ]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def verify(session: Session) -> Iterator[str]:
    """Everything wrong with the chain, by event; nothing where it is whole."""
    number, previous = 0, FIRST_HASH
    columns = [getattr(Event, name) for name in FIELDS]
    query = sa.select(*columns, Event.hash).order_by(Event.id)
    for event in session.execute(query.execution_options(yield_per=1000)):
        number += 1
        if event.id != number:
            yield f"event {number} is missing: the next one kept is {event.id}"
            number = event.id
        if event.previous_hash != previous:
            yield f"event {event.id} does not follow the one before it"
        if digest({name: getattr(event, name) for name in FIELDS}) != event.hash:
            yield f"event {event.id} was edited"
        previous = event.hash
