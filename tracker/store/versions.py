"""Which state of the data this is: the newest event, by its hash all before it.

Whatever changes what is published leaves an event, and each event's hash stands for all
before it (`audit`): two databases with one version show the same pages.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.store.models import Event


@dataclass(frozen=True)
class DataVersion:
    """`name` is short enough for an address, and no two states of the data share it."""

    number: int
    hash: str
    at: datetime

    @property
    def name(self) -> str:
        return f"{self.number}-{self.hash[:12]}"


def data_version(session: Session) -> DataVersion | None:
    """None before the first load."""
    query = sa.select(Event.id, Event.hash, Event.at).order_by(Event.id.desc()).limit(1)
    row = session.execute(query).first()
    return DataVersion(*row) if row else None


STATE = sa.text(
    "SELECT (SELECT version_num FROM alembic_version), "
    "(SELECT hash FROM event ORDER BY id DESC LIMIT 1)"
)


def read_state(session: Session) -> str:
    """The schema and the version of the data, in one statement."""
    schema, newest = session.execute(STATE).one()
    return f"{schema} {newest}"


def find_version(session: Session, name: str) -> DataVersion | None:
    """The version that had this name; None where there was none."""
    number, _, start = name.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 9 or not start:
        return None
    query = sa.select(Event.id, Event.hash, Event.at).where(Event.id == int(number))
    row = session.execute(query).first()
    found = DataVersion(*row) if row else None
    return found if found and found.name == name else None
