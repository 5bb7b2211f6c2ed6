"""Rows to be inserted, gathered for a whole transaction and written table by table."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.store.audit import Change
from tracker.store.db import Base
from tracker.store.models import (
    Bill,
    Coding,
    CountryFile,
    Law,
    Lead,
    Provision,
    Reading,
    ReadingProvision,
    ReadingSource,
    Source,
)

ORDER: tuple[type[Base], ...] = (
    CountryFile,
    Law,
    Provision,
    Source,
    Coding,
    Reading,
    ReadingProvision,
    ReadingSource,
    Bill,
    Lead,
)
NUMBERED: tuple[Any, ...] = (Coding, Reading, Bill, Lead)


class Batch:
    """New rows and the events that tell of them. The caller holds `audit.lock`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.changes: list[Change] = []
        self.rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self.last_id = {
            model: session.scalar(sa.select(sa.func.max(model.id))) or 0
            for model in NUMBERED
        }

    def add(self, model: type[Base], row: dict[str, Any]) -> int:
        """Queue a row; its new id where the table is numbered, else 0."""
        number = 0
        if model in self.last_id:
            self.last_id[model] += 1
            number = self.last_id[model]
            row = {"id": number, **row}
        self.rows[model].append(row)
        return number

    def write(self) -> None:
        for model in ORDER:
            if self.rows[model]:
                self.session.execute(sa.insert(model), self.rows[model])
        self.rows.clear()
