"""How often somebody tried something lately. Shared by all workers; forgotten in time.

`who` is hashed with a key before it gets here where it is an address of the network.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.store.contributions import Attempt
from tracker.store.db import begin_write

LONGEST = timedelta(hours=1)  # no window is longer, and nothing is kept beyond it


def short(who: str) -> str:
    return sha256(who.encode()).hexdigest()


def is_over(session: Session, what: str, who: str, since: datetime, most: int) -> bool:
    query = sa.select(sa.func.count()).where(
        Attempt.what == what, Attempt.who == short(who), Attempt.at > since
    )
    return (session.scalar(query) or 0) >= most


def note_attempt(session: Session, now: datetime, *tries: tuple[str, str]) -> None:
    """Count it at once, in a transaction of its own, and forget what is too old."""
    begin_write(session)
    session.execute(sa.delete(Attempt).where(too_old(now)))
    for what, who in tries:
        session.add(Attempt(what=what, who=short(who), at=now))
    session.commit()


def too_old(now: datetime) -> sa.ColumnElement[bool]:
    return Attempt.at <= now - LONGEST


def forget_old(session: Session, now: datetime) -> None:
    """Let go of what no window needs any more; without it, nothing is written."""
    if session.scalar(sa.select(sa.exists().where(too_old(now)))):
        begin_write(session)
        session.execute(sa.delete(Attempt).where(too_old(now)))
        session.commit()


def forget(session: Session, what: str, who: str) -> None:
    """After a success the count begins anew."""
    begin_write(session)
    session.execute(
        sa.delete(Attempt).where(Attempt.what == what, Attempt.who == short(who))
    )
    session.commit()
