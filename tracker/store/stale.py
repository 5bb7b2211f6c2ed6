"""The weakest and oldest published readings, and bills that are due for a look."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.codebook import Confidence, Series, SourceKind
from tracker.store.contributions import LinkState
from tracker.store.models import Bill, Coding, Country, Reading, Source

OLD_MONTHS = 24
BILL_MONTHS = 6
WEIGHTS = {"low confidence": 3, "secondary only": 2, "old": 2, "dead source": 1}


@dataclass(frozen=True)
class Weak:
    """A reading of a criterion (or a bill), and why it should be looked at."""

    country: Country
    criterion_key: str | None
    why: tuple[str, ...]
    read_on: date | None
    title: str = ""

    @property
    def weight(self) -> int:
        return sum(WEIGHTS.get(reason, 1) for reason in self.why)


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


def weak_readings(session: Session, today: date) -> list[Weak]:
    """Weakest first, then the ones read longest ago."""
    sources = {
        (source.country_iso3, source.key): source
        for source in session.scalars(
            sa.select(Source).where(
                Source.series == Series.FIRST, Source.withdrawn_at.is_(None)
            )
        )
    }
    query = sa.select(LinkState.url).where(LinkState.is_dead)
    dead = set(session.scalars(query))
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    sure: dict[tuple[str, str], Confidence | None] = {}
    codings = (
        sa.select(
            Coding.country_iso3,
            Coding.criterion_key,
            Coding.confidence,
            Coding.source_keys,
            Reading.source_key,
        )
        .join(Reading, Reading.coding_id == Coding.id)
        .where(
            Reading.recorded_to.is_(None),
            Reading.series == Series.FIRST,
            Coding.until.is_(None),
        )
    )
    for iso3, criterion, confidence, cited, source_key in session.execute(codings):
        keys[iso3, criterion].update((*cited, source_key))
        sure[iso3, criterion] = confidence
    countries = {c.iso3: c for c in session.scalars(sa.select(Country))}
    found = []
    for (iso3, criterion), names in keys.items():
        read = [sources[iso3, key] for key in sorted(names) if (iso3, key) in sources]
        why = tuple(reasons(sure[iso3, criterion], read, dead, today))
        if why:
            newest = max((source.seen for source in read), default=None)
            found.append(Weak(countries[iso3], criterion, why, newest))
    found.sort(key=lambda w: (-w.weight, w.read_on or date.min, w.country.name))
    return found + bills_due(session, countries, today)


def reasons(
    confidence: Confidence | None, read: list[Source], dead: set[str], today: date
) -> Iterable[str]:
    if confidence is Confidence.LOW:
        yield "low confidence"
    if read and all(source.kind is SourceKind.SECONDARY for source in read):
        yield "secondary only"
    newest = max((source.seen for source in read), default=None)
    if newest and newest < months_before(today, OLD_MONTHS):
        yield "old"
    if any(source.url in dead for source in read):
        yield "dead source"


def bills_due(
    session: Session, countries: dict[str, Country], today: date
) -> list[Weak]:
    """Bills whose last known stage lies half a year back, or is not dated."""
    query = sa.select(Bill).where(
        Bill.recorded_to.is_(None), Bill.series == Series.FIRST
    )
    limit = months_before(today, BILL_MONTHS)
    found = [
        Weak(countries[bill.country_iso3], None, ("bill due",), bill.dated, bill.title)
        for bill in session.scalars(query)
        if bill.dated is None or bill.dated < limit
    ]
    found.sort(key=lambda weak: (weak.read_on or date.min, weak.country.name))
    return found
