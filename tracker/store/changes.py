"""What was changed in what is published: the public part of the audit trail.

Who did it stays inside, and so do leads, second readings, proposals, reports and
accounts: only subjects that are listed here come out.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.trail import reason_of
from tracker.store.models import Criterion, Event

EVIDENCE = ("laws", "provisions", "sources", "bills", "coded_on")
FILES = ("countries.csv", "treaties.csv", "treaty_titles.csv", "treaty_sources.csv")
OF_COUNTRY = re.compile(r"[A-Z]{3}/([a-z0-9_]+)")
BATCH = 500


@dataclass(frozen=True)
class PublicChange:
    number: int
    at: datetime
    action: str
    subject: str
    iso3: str | None
    criterion: str | None
    reason: str
    before: Any
    after: Any
    hash: str


def read_changes(
    session: Session,
    *,
    before: str = "",
    after: int = 0,
    countries: Collection[str] = (),
    reasons: Collection[str] = (),
) -> Iterator[PublicChange]:
    """The newest first; from the event `before` on, down to the one behind `after`."""
    criteria = set(session.scalars(sa.select(Criterion.key)))
    query = sa.select(Event).where(Event.id > after).order_by(Event.id.desc())
    if countries:
        query = query.where(Event.country_iso3.in_(countries))
    if reasons:
        begins = [Event.reason.startswith(f"{reason}: ") for reason in reasons]
        query = query.where(sa.or_(Event.reason.in_(reasons), *begins))
    last = int(before) if before.isascii() and before.isdigit() else None
    last = None if last is None or last > 2**31 - 1 else last
    while True:
        page = query.limit(BATCH)
        if last is not None:
            page = page.where(Event.id <= last)
        events = list(session.scalars(page))
        for event in events:
            if is_public(event.subject, criteria):
                yield public(event, criteria)
        if len(events) < BATCH:
            return
        last = events[-1].id - 1


def is_public(subject: str, criteria: Collection[str]) -> bool:
    found = OF_COUNTRY.fullmatch(subject)
    if found:
        return found[1] in criteria or found[1] in EVIDENCE
    return (
        subject == "codebook"
        or subject.partition("/")[0] in FILES
        or subject.startswith("release/")
    )


def public(event: Event, criteria: Collection[str]) -> PublicChange:
    found = OF_COUNTRY.fullmatch(event.subject)
    criterion = found[1] if found and found[1] in criteria else None
    return PublicChange(
        event.id,
        event.at,
        event.action,
        event.subject,
        event.country_iso3,
        criterion,
        reason_of(event.reason),
        json.loads(event.before) if event.before else None,
        json.loads(event.after) if event.after else None,
        event.hash,
    )
