"""The audit trail: record, read, verify. Each event carries the hash of the one before.

A changed, removed or reordered event breaks the chain at its place (RFC 6962 explains
why a log of hashes shows what a log of rows can't).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.store.contributions import AuditHead
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


@dataclass(frozen=True)
class Checkpoint:
    """An event's number and hash as they once were."""

    event: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read `812 a3f…`; raises ValueError."""
        number, _, digest_ = text.partition(" ")
        if not (number.isascii() and number.isdigit()) or len(digest_) != 64:
            raise ValueError(f"{text[:80]!r} is not a checkpoint")
        return cls(int(number), digest_)

    def __str__(self) -> str:
        return f"{self.event} {self.hash}"


def lock(session: Session) -> None:
    """Begin a transaction that will write; writers take turns until it ends."""
    begin_write(session)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


@contextmanager
def turn(session: Session) -> Iterator[None]:
    """One's turn to write: with the `lock`, all of the block is committed or nothing."""
    lock(session)
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    session.commit()


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
        move_head(session, number + len(rows), previous)


def move_head(session: Session, number: int, newest: str) -> None:
    moved = session.execute(sa.update(AuditHead).values(event_id=number, hash=newest))
    if not moved.rowcount:  # type: ignore[attr-defined]
        session.execute(
            sa.insert(AuditHead), {"id": 1, "event_id": number, "hash": newest}
        )


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


def verify(session: Session, known: Iterable[Checkpoint] = ()) -> Iterator[str]:
    """Everything wrong with the chain, by event; nothing where it is whole.

    `known` are checkpoints noted before: a tail cut off, or a chain written anew from
    some event on, shows against them and against the head that the database keeps.
    """
    wanted = {checkpoint.event: checkpoint.hash for checkpoint in known}
    kept = session.scalar(sa.select(AuditHead))
    if kept:
        wanted[kept.event_id] = kept.hash
    number, previous = 0, FIRST_HASH
    columns = [getattr(Event, name) for name in FIELDS]
    query = sa.select(*columns, Event.hash).order_by(Event.id)
    for event in session.execute(query.execution_options(yield_per=1000)):
        number += 1
        if event.id != number:
            yield f"{missing(number, event.id - 1)}: the next one kept is {event.id}"
            number = event.id
        if event.previous_hash != previous:
            yield f"event {event.id} does not follow the one before it"
        if digest({name: getattr(event, name) for name in FIELDS}) != event.hash:
            yield f"event {event.id} was edited"
        elif wanted.get(event.id, event.hash) != event.hash:
            yield f"event {event.id} is not the one that was noted: written anew"
        previous = event.hash
    last = max(wanted, default=0)
    if last > number:
        yield f"{missing(number + 1, last)}: the end of the trail was cut off"
    if number and kept is None:
        yield "the head of the trail is missing"


def missing(first: int, last: int) -> str:
    if first == last:
        return f"event {first} is missing"
    return f"events {first} to {last} are missing"


def head(session: Session) -> Checkpoint | None:
    """The newest event as it stands, to be noted elsewhere."""
    last = session.execute(
        sa.select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)
    ).first()
    return Checkpoint(last.id, last.hash) if last else None
