"""What changed, on both clocks: reforms of the law, and what we learned and when."""

import json
import uuid
from array import array
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.answers import Derived
from tracker.rules.codebook import ChangeReason, Codebook, Criterion, Series
from tracker.rules.trail import Kind, Shift, Subject, classify, reason_of, shifts
from tracker.store import reforms
from tracker.store.dossier import Reform
from tracker.store.grid import Grid
from tracker.store.models import Bill, Country, Event, Source
from tracker.store.scope import Scope

# Entries keep their ids wherever the site is served from (RFC 4122, name-based).
NAMESPACE = uuid.UUID("5b1d0a52-6a0e-5f0e-9d51-3b8a5a0f7c11")


@dataclass(frozen=True)
class Entry:
    """One thing that changed. `at` is when we recorded it, not when the law changed."""

    urn: str
    kind: Kind
    at: datetime
    country: Country | None
    criterion: str | None
    reason: str
    action: str
    shifts: tuple[Shift, ...] = ()
    reform: Reform | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class PendingBill:
    country: Country
    bill: Bill
    sources: list[Source]


@dataclass(frozen=True)
class AnswerChange:
    """An answer on a chosen day and now, where it differs."""

    country: Country
    criterion: Criterion
    then: Derived
    now: Derived


def urn(name: str) -> str:
    return uuid.uuid5(NAMESPACE, name).urn


def event_numbers(
    session: Session,
    codebook: Codebook,
    scope: Scope,
    *,
    since: date | None = None,
    kinds: Container[Kind] = frozenset(Kind),
) -> Iterator[int]:
    """The events that readers of the site are told of, the newest first.

    A reform is an entry of its own; the event that brought it is not told twice.
    """
    is_told = sa.case((is_law_changed(), brought_reform()), else_=sa.false())
    query = (
        sa.select(Event.id, Event.action, Event.subject, Event.reason, is_told)
        .where(*scope.where(Event.country_iso3))
        .order_by(Event.id.desc())
        .execution_options(yield_per=1_000)
    )
    if since:
        query = query.where(Event.at >= datetime.combine(since, time.min, UTC))
    with session.execute(query) as events:
        for number, action, subject, reason, told in events:
            about = classify(subject, action, reason, codebook.by_key)
            if (
                about
                and not told
                and about.kind in kinds
                and scope.criterion in ("", about.criterion)
            ):
                yield number


def is_law_changed() -> sa.ColumnElement[bool]:
    """As `reason_of` says: a proposal's own words may follow."""
    law_changed = str(ChangeReason.LAW_CHANGED)
    return sa.or_(
        Event.reason == law_changed,
        Event.reason.startswith(f"{law_changed}: ", autoescape=True),
    )


def brought_reform() -> sa.ColumnElement[bool]:
    """Whether a reform was recorded by this very event."""
    iso3, criterion = reforms.PLACE
    query = reforms.reforms(sa.literal(1)).where(
        iso3 == Event.country_iso3,
        iso3 + "/" + criterion == Event.subject,
        reforms.first_recorded() == Event.at,
    )
    return query.correlate(Event).exists()


def newest_entries(
    session: Session, codebook: Codebook, scope: Scope, count: int
) -> list[Entry]:
    """Reforms and the rest, what was recorded last first."""
    numbers = list(islice(event_numbers(session, codebook, scope), count))
    told = reforms.newly_recorded(session, scope, count)
    every = [
        *read_entries(session, codebook, numbers),
        *reform_entries(session, told),
    ]
    return sorted(every, key=lambda entry: entry.at, reverse=True)[:count]


def read_entries(
    session: Session, codebook: Codebook, numbers: Sequence[int]
) -> list[Entry]:
    """What these events say, the newest first; elements in the codebook's order."""
    query = sa.select(Event).where(Event.id.in_(numbers)).order_by(Event.id.desc())
    told = [
        (event, about)
        for event in session.scalars(query)
        for about in [
            classify(event.subject, event.action, event.reason, codebook.by_key)
        ]
        if about
    ]
    named = {about.iso3 for _, about in told if about.iso3}
    known = sa.select(Country).where(Country.iso3.in_(named))
    countries = {country.iso3: country for country in session.scalars(known)}
    return [
        entry_of(event, about, codebook, countries.get(about.iso3 or ""))
        for event, about in told
    ]


def entry_of(
    event: Event, about: Subject, codebook: Codebook, country: Country | None
) -> Entry:
    before, after = loaded(event.before), loaded(event.after)
    found: tuple[Shift, ...] = ()
    if about.criterion:
        keys = codebook.by_key[about.criterion].element_keys
        found = shifts(before, after, keys)
    return Entry(
        urn=urn(f"event/{event.hash}"),
        kind=about.kind,
        at=event.at,
        country=country,
        criterion=about.criterion,
        reason=reason_of(event.reason),
        action=event.action,
        shifts=found,
        details=details(about, before, after),
    )


def loaded(text: str | None) -> Any:
    return json.loads(text) if text else None


def details(about: Subject, before: Any, after: Any) -> tuple[str, ...]:
    """What an event without elements is about, in the data's own words."""
    if about.kind is Kind.BILL:
        old = {item["title"]: item for item in before or ()}
        return tuple(
            f"{item['title']}: {item['status']}"
            for item in after or ()
            if old.get(item["title"]) != item
        )
    if about.kind is Kind.TREATY and isinstance(after, dict):
        return tuple(after.get("rows") or (" ".join(filter(None, after.values())),))
    if about.kind is Kind.CORRECTION and about.criterion is None:
        return tuple(dict.fromkeys([*(after or {}), *(before or {})]))
    return ()


def reform_entries(session: Session, numbers: Sequence[int]) -> list[Entry]:
    """Reforms, each told on the day on which we first recorded it."""
    at = reforms.recorded_first(session, numbers)
    return [
        reform_entry(reform, at[number])
        for number, reform in zip(
            numbers, reforms.read_reforms(session, numbers), strict=True
        )
    ]


def reform_entry(reform: Reform, at: datetime) -> Entry:
    iso3, key = reform.country.iso3, reform.criterion_key
    name = f"{iso3}/{key}/{reform.element_key}/{reform.after}/{reform.when or ''}"
    return Entry(
        urn=urn(f"reform/{name}"),
        kind=Kind.REFORM,
        at=at,
        country=reform.country,
        criterion=key,
        reason=ChangeReason.LAW_CHANGED,
        action="changed",
        reform=reform,
    )


def bill_numbers(
    session: Session, scope: Scope, since: date | None = None
) -> "array[int]":
    """Bills on record, the latest first; those without a date last, or left out."""
    query = (
        sa.select(Bill.id)
        .join(Country, Country.iso3 == Bill.country_iso3)
        .where(
            Bill.series == Series.FIRST,
            Bill.recorded_to.is_(None),
            *scope.where(Bill.country_iso3),
        )
        .order_by(Bill.dated.desc().nulls_last(), Country.name, Bill.position)
    )
    if since:
        query = query.where(Bill.dated >= since)
    if scope.criterion:
        named = sa.cast(Bill.elements, sa.String)
        query = query.where(named.contains(f'"{scope.criterion}.', autoescape=True))
    return array("q", session.scalars(query))


def read_bills(session: Session, numbers: Sequence[int]) -> list[PendingBill]:
    """The bills of these numbers, in their order."""
    query = (
        sa.select(Bill, Country)
        .join(Country, Country.iso3 == Bill.country_iso3)
        .where(Bill.id.in_(numbers))
    )
    rows = {bill.id: (bill, country) for bill, country in session.execute(query)}
    cited = {(b.country_iso3, key) for b, _ in rows.values() for key in b.source_keys}
    sources = {
        (source.country_iso3, source.key): source
        for source in session.scalars(
            sa.select(Source).where(
                Source.series == Series.FIRST,
                Source.country_iso3.in_({iso3 for iso3, _ in cited}),
                Source.key.in_({key for _, key in cited}),
            )
        )
    }
    return [
        PendingBill(
            country,
            bill,
            [
                sources[bill.country_iso3, key]
                for key in bill.source_keys
                if (bill.country_iso3, key) in sources
            ],
        )
        for bill, country in (rows[number] for number in numbers)
    ]


def changed_answers(then: Grid, now: Grid) -> Iterator[AnswerChange]:
    """Answers that are read now and differ, in the order of countries and questions.

    What was unread on the first day shows no change: nobody knows what held before.
    """
    for old, new in zip(then.cells(), now.cells(), strict=True):
        if new.derived.is_read and old.derived.answer is not new.derived.answer:
            yield AnswerChange(new.country, new.criterion, old.derived, new.derived)
