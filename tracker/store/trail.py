"""What changed, on both clocks: reforms of the law, and what we learned and when."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.answers import Derived
from tracker.rules.codebook import ChangeReason, Codebook, Criterion, Series
from tracker.rules.trail import Kind, Shift, classify, reason_of, shifts
from tracker.store.dossier import Reform, read_reforms
from tracker.store.grid import Grid, read_grid
from tracker.store.models import Bill, Country, Event, Reading, Source

# Entries keep their ids wherever the site is served from (RFC 4122, name-based).
NAMESPACE = uuid.UUID("5b1d0a52-6a0e-5f0e-9d51-3b8a5a0f7c11")

FEW = 300  # events that are read by name; beyond, all of them are


@dataclass(frozen=True)
class Scope:
    """Which countries and which criterion are asked about; empty: all."""

    iso3s: frozenset[str] | None = None
    criterion: str = ""

    def has(self, iso3: str | None, criterion: str | None) -> bool:
        if self.criterion and criterion != self.criterion:
            return False
        return self.iso3s is None or iso3 in self.iso3s


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


def read_entries(
    session: Session,
    codebook: Codebook,
    scope: Scope,
    *,
    since: date | None = None,
    kinds: frozenset[Kind] | None = None,
    limit: int | None = None,
) -> list[Entry]:
    """What was recorded, the newest first. Loading the same seeds again adds nothing.

    A reform is an entry of its own; the event that brought it is not told twice.
    """
    countries = {c.iso3: c for c in session.scalars(sa.select(Country))}
    reforms = [
        entry
        for entry in reform_entries(session)
        if scope.has(entry.country.iso3 if entry.country else None, entry.criterion)
    ]
    told = {
        (e.country.iso3, e.criterion, e.at)
        for e in reforms
        if e.country and e.reason == ChangeReason.LAW_CHANGED
    }
    query = sa.select(
        Event.id, Event.at, Event.action, Event.subject, Event.reason, Event.hash
    ).order_by(Event.id.desc())
    if scope.iso3s is not None:
        query = query.where(Event.country_iso3.in_(scope.iso3s))
    found: list[tuple[Entry, int | None]] = [(entry, None) for entry in reforms]
    for event in session.execute(query):
        about = classify(event.subject, event.action, event.reason, codebook.by_key)
        if about is None or not scope.has(about.iso3, about.criterion):
            continue
        reason = reason_of(event.reason)
        is_law = reason == ChangeReason.LAW_CHANGED
        if is_law and (about.iso3, about.criterion, event.at) in told:
            continue
        entry = Entry(
            urn=urn(f"event/{event.hash}"),
            kind=about.kind,
            at=event.at,
            country=countries.get(about.iso3 or ""),
            criterion=about.criterion,
            reason=reason,
            action=event.action,
        )
        found.append((entry, event.id))
    chosen = [
        (entry, number)
        for entry, number in found
        if (since is None or entry.at.date() >= since)
        and (kinds is None or entry.kind in kinds)
    ]
    chosen.sort(key=lambda item: (item[0].at, item[1] or 0), reverse=True)
    return fill(session, codebook, chosen[:limit])


def fill(
    session: Session, codebook: Codebook, chosen: Sequence[tuple[Entry, int | None]]
) -> list[Entry]:
    """The entries with what their events say, elements in the codebook's order."""
    numbers = [number for _, number in chosen if number is not None]
    query = sa.select(Event.id, Event.before, Event.after)
    if len(numbers) <= FEW:
        query = query.where(Event.id.in_(numbers))
    told: dict[int, tuple[Any, Any]] = {
        number: (before, after) for number, before, after in session.execute(query)
    }
    entries = []
    for entry, number in chosen:
        if number is None:
            entries.append(entry)
            continue
        before, after = (loaded(text) for text in told[number])
        fields = vars(entry) | {"details": details(entry, before, after)}
        if entry.criterion:
            keys = codebook.by_key[entry.criterion].element_keys
            fields["shifts"] = shifts(before, after, keys)
        entries.append(Entry(**fields))
    return entries


def loaded(text: str | None) -> Any:
    return json.loads(text) if text else None


def details(entry: Entry, before: Any, after: Any) -> tuple[str, ...]:
    """What an event without elements is about, in the data's own words."""
    if entry.kind is Kind.BILL:
        old = {item["title"]: item for item in before or ()}
        return tuple(
            f"{item['title']}: {item['status']}"
            for item in after or ()
            if old.get(item["title"]) != item
        )
    if entry.kind is Kind.TREATY and isinstance(after, dict):
        return tuple(after.get("rows") or (" ".join(filter(None, after.values())),))
    if entry.kind is Kind.CORRECTION and entry.criterion is None:
        return tuple(dict.fromkeys([*(after or {}), *(before or {})]))
    return ()


def reform_entries(session: Session) -> list[Entry]:
    """Every reform on record, told on the day on which we first recorded it."""
    first = (
        sa.select(
            Reading.country_iso3,
            Reading.criterion_key,
            Reading.element_key,
            Reading.state,
            sa.func.min(Reading.recorded_from),
        )
        .where(
            Reading.series == Series.FIRST, Reading.reason == ChangeReason.LAW_CHANGED
        )
        .group_by(
            Reading.country_iso3,
            Reading.criterion_key,
            Reading.element_key,
            Reading.state,
        )
    )
    known = {
        (iso3, criterion, element, state): at
        for iso3, criterion, element, state, at in session.execute(first)
    }
    entries = []
    for reform in read_reforms(session, date.max):
        key = (
            reform.country.iso3,
            reform.criterion_key,
            reform.element_key,
            reform.after,
        )
        entries.append(
            Entry(
                urn=urn(f"reform/{'/'.join(map(str, key))}/{reform.when or ''}"),
                kind=Kind.REFORM,
                at=known[key],
                country=reform.country,
                criterion=reform.criterion_key,
                reason=ChangeReason.LAW_CHANGED,
                action="changed",
                reform=reform,
            )
        )
    return entries


def read_bills(session: Session, scope: Scope) -> list[PendingBill]:
    """Bills on record, the latest first; those without a date stand last."""
    query = (
        sa.select(Bill, Country)
        .join(Country, Country.iso3 == Bill.country_iso3)
        .where(Bill.series == Series.FIRST, Bill.recorded_to.is_(None))
    )
    rows = [
        (bill, country)
        for bill, country in session.execute(query)
        if scope.iso3s is None or country.iso3 in scope.iso3s
    ]
    if scope.criterion:
        head = f"{scope.criterion}."
        rows = [r for r in rows if any(n.startswith(head) for n in r[0].elements or ())]
    cited = {(bill.country_iso3, key) for bill, _ in rows for key in bill.source_keys}
    sources = {
        (source.country_iso3, source.key): source
        for source in session.scalars(
            sa.select(Source).where(
                Source.series == Series.FIRST,
                sa.tuple_(Source.country_iso3, Source.key).in_(cited),
            )
        )
    }
    found = [
        PendingBill(
            country,
            bill,
            [
                sources[bill.country_iso3, key]
                for key in bill.source_keys
                if (bill.country_iso3, key) in sources
            ],
        )
        for bill, country in rows
    ]
    found.sort(key=lambda item: (item.country.name, item.bill.position))
    return sorted(found, key=lambda item: item.bill.dated or date.min, reverse=True)


def changed_answers(
    session: Session,
    codebook: Codebook,
    countries: Sequence[Country],
    criterion: str,
    then: date,
    now: date,
) -> tuple[list[AnswerChange], int]:
    """Answers that were read on both days and differ; and how many were unread then.

    What was unread on the first day shows no change: nobody knows what held before.
    """
    chosen = codebook.ordered([criterion]) or codebook.criteria
    old, new = (
        read_grid(session, codebook, day, countries, chosen) for day in (then, now)
    )
    pairs = [
        AnswerChange(country, question, *both(old, new, country, question))
        for country in countries
        for question in chosen
    ]
    differ = [p for p in pairs if p.now.is_read and p.then.answer is not p.now.answer]
    return (
        [pair for pair in differ if pair.then.is_read],
        sum(not pair.then.is_read for pair in differ),
    )


def both(
    old: Grid, new: Grid, country: Country, criterion: Criterion
) -> tuple[Derived, Derived]:
    return old.derived(country, criterion), new.derived(country, criterion)
