"""Everything that is published of one country, ready for its page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.rules.answers import Derived, Step, derive_row, one_element_away
from tracker.rules.codebook import (
    ChangeReason,
    Codebook,
    Criterion,
    Element,
    Series,
    State,
)
from tracker.rules.dates import PartialDate
from tracker.rules.timeline import is_reform
from tracker.store.models import (
    Bill,
    Coding,
    Country,
    Law,
    Provision,
    Reading,
    ReadingProvision,
    ReadingSource,
    Source,
    partial,
)


@dataclass(frozen=True)
class ElementView:
    """One element on the page: its test, and the reading that holds, if any."""

    element: Element
    state: State
    since: PartialDate | None = None
    until: PartialDate | None = None
    provisions: tuple[Provision, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Reform:
    """Two successive readings of one element that differ because the law changed."""

    country: Country
    criterion_key: str
    element_key: str
    before: State
    after: State
    when: PartialDate | None


@dataclass(frozen=True)
class CriterionView:
    criterion: Criterion
    elements: tuple[ElementView, ...]
    coding: Coding | None
    reforms: tuple[Reform, ...]

    @property
    def states(self) -> dict[str, State]:
        return {view.element.key: view.state for view in self.elements}

    @property
    def derived(self) -> Derived:
        return derive_row(self.criterion, tuple(v.state for v in self.elements))

    @property
    def steps(self) -> tuple[Step, ...]:
        return one_element_away(self.criterion, self.states)

    @property
    def lacking(self) -> list[ElementView]:
        return [view for view in self.elements if view.state is State.LACKING]

    @property
    def unread(self) -> list[ElementView]:
        return [view for view in self.elements if view.state is State.UNREAD]

    @property
    def provisions(self) -> list[Provision]:
        return unique(p for view in self.elements for p in view.provisions)

    @property
    def sources(self) -> list[Source]:
        return unique(s for view in self.elements for s in view.sources)


@dataclass
class Dossier:
    country: Country
    criteria: list[CriterionView]
    laws: list[Law] = field(default_factory=list)
    provisions: dict[str, Provision] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    bills: list[Bill] = field(default_factory=list)

    @property
    def read(self) -> list[CriterionView]:
        return [view for view in self.criteria if view.derived.is_read]

    @property
    def last_read(self) -> date | None:
        return max((source.seen for source in self.sources.values()), default=None)


KeyedT = TypeVar("KeyedT", Provision, Source)
EvidenceT = TypeVar("EvidenceT", Law, Provision, Source)


def unique(items: Iterable[KeyedT]) -> list[KeyedT]:
    return list({item.key: item for item in items}.values())


def read_dossier(
    session: Session, codebook: Codebook, country: Country, day: date
) -> Dossier:
    """One country as published, on `day`: a fixed number of statements."""
    iso3 = country.iso3
    laws = of_country(session, Law, iso3)
    provisions = {p.key: p for p in of_country(session, Provision, iso3)}
    for provision in provisions.values():
        _ = provision.law  # among `laws`: bound now, without a statement
    sources = {s.key: s for s in of_country(session, Source, iso3)}
    more_provisions = further(session, ReadingProvision, "provision_key", iso3)
    more_sources = further(session, ReadingSource, "source_key", iso3)
    readings: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    query = (
        sa.select(Reading)
        .options(joinedload(Reading.coding))
        .where(
            Reading.country_iso3 == iso3,
            Reading.series == Series.FIRST,
            Reading.recorded_to.is_(None),
        )
        .order_by(Reading.holds_from)
    )
    for reading in session.scalars(query):
        readings[reading.criterion_key, reading.element_key].append(reading)

    def view(element: Element, reading: Reading | None) -> ElementView:
        if reading is None:
            return ElementView(element, State.UNREAD)
        keys = [reading.provision_key, *more_provisions[reading.id]]
        cited = [reading.source_key, *more_sources[reading.id]]
        return ElementView(
            element,
            reading.state,
            partial(reading.since, reading.since_precision),
            partial(reading.until, reading.until_precision),
            tuple(provisions[key] for key in keys if key in provisions),
            tuple(sources[key] for key in cited if key in sources),
        )

    views = []
    for criterion in codebook.criteria:
        elements: list[ElementView] = []
        coding: Coding | None = None
        reforms: list[Reform] = []
        for element in criterion.elements:
            line = readings[criterion.key, element.key]
            holding = next((r for r in line if holds(r, day)), None)
            if holding and coding is None:
                coding = holding.coding
            elements.append(view(element, holding))
            reforms += reforms_of(country, [r for r in line if r.holds_from <= day])
        views.append(CriterionView(criterion, tuple(elements), coding, tuple(reforms)))
    bills = session.scalars(
        sa.select(Bill)
        .where(
            Bill.country_iso3 == iso3,
            Bill.series == Series.FIRST,
            Bill.recorded_to.is_(None),
        )
        .order_by(Bill.position)
    )
    return Dossier(country, views, laws, provisions, sources, list(bills))


def of_country(session: Session, model: type[EvidenceT], iso3: str) -> list[EvidenceT]:
    """Published laws, provisions or sources of one country, in their file's order."""
    query = (
        sa.select(model)
        .where(
            model.country_iso3 == iso3,
            model.series == Series.FIRST,
            model.withdrawn_at.is_(None),
        )
        .order_by(model.position)
    )
    return list(session.scalars(query))


def further(
    session: Session, model: Any, column: str, iso3: str
) -> dict[int, list[str]]:
    """The further provisions or sources of each reading, by the reading's id."""
    query = (
        sa.select(model.reading_id, getattr(model, column))
        .where(model.country_iso3 == iso3, model.series == Series.FIRST)
        .order_by(model.reading_id, model.position)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for reading_id, key in session.execute(query):
        found[reading_id].append(key)
    return found


def holds(reading: Reading, day: date) -> bool:
    return reading.holds_from <= day and (
        reading.holds_until is None or day < reading.holds_until
    )


def reforms_of(country: Country, line: Sequence[Reading]) -> list[Reform]:
    """The reforms in one element's readings, which stand in order of time.

    Only a reading recorded as `law-changed` after one with another state that was read.
    """
    reforms = []
    for before, after in zip(line, line[1:], strict=False):
        if after.reason is ChangeReason.LAW_CHANGED and is_reform(
            before.state, after.state
        ):
            when = partial(after.since, after.since_precision) or partial(
                before.until, before.until_precision
            )
            reforms.append(
                Reform(
                    country,
                    after.criterion_key,
                    after.element_key,
                    before.state,
                    after.state,
                    when,
                )
            )
    return reforms
