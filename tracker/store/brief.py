"""Everything a country's brief rests on: its dossier, duties, and laws elsewhere."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.rules.brief import (
    UNIVERSAL,
    Chosen,
    Model,
    Near,
    Place,
    Question,
    Standing,
    choose_questions,
    nearest,
    spoken,
)
from tracker.rules.codebook import Bond, Codebook, Confidence, Series, SourceKind, State
from tracker.rules.dates import PartialDate
from tracker.rules.duties import Duty, bond_on
from tracker.store.dossier import CriterionView, Dossier, ElementView, read_dossier
from tracker.store.grid import published
from tracker.store.models import (
    Coding,
    Country,
    Provision,
    Reading,
    Source,
    Treaty,
    TreatySource,
    TreatyStatus,
    partial,
)
from tracker.store.treaties import DutyRow, duties_of, read_treaties, standings
from tracker.store.versions import DataVersion, data_version

BOUND = (Duty.BOUND_GAP, Duty.BOUND_PARTIAL, Duty.BOUND_UNREAD, Duty.BOUND_MET)


@dataclass(frozen=True)
class Elsewhere:
    """A provision of another country that meets an element, and why it was chosen."""

    country: Country
    provision: Provision
    source: Source
    confidence: Confidence
    near: tuple[Near, ...]


@dataclass(frozen=True)
class Gap:
    """A lacking element, with the provisions elsewhere that meet it."""

    element: ElementView
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True)
class GapGroup:
    """The gaps of one criterion, and the country's duties there."""

    view: CriterionView
    duties: list[DutyRow]
    gaps: tuple[Gap, ...]

    @property
    def bound(self) -> list[DutyRow]:
        return [row for row in self.duties if row.duty in BOUND]


@dataclass(frozen=True)
class Brief:
    dossier: Dossier
    duties: dict[str, list[DutyRow]]
    groups: list[GapGroup]
    questions: tuple[Question, ...]
    version: DataVersion | None

    @property
    def unread(self) -> list[CriterionView]:
        return [view for view in self.dossier.criteria if view.unread]

    @property
    def low(self) -> list[CriterionView]:
        return [v for v in self.dossier.read if confidence_of(v) is Confidence.LOW]


def confidence_of(view: CriterionView) -> Confidence | None:
    return view.coding.confidence if view.coding else None


def read_brief(
    session: Session, codebook: Codebook, country: Country, day: date
) -> Brief:
    """One country's brief on `day`: a fixed number of statements."""
    dossier = read_dossier(session, codebook, country, day)
    known = standings(session, day, iso3s=[country.iso3])
    duties = duties_of(dossier, read_treaties(session), known)
    wanted = [
        (view.criterion.key, gap.element.key)
        for view in dossier.criteria
        for gap in view.lacking
    ]
    found = find_elsewhere(session, country, wanted, day)
    groups = [
        GapGroup(
            view,
            duties[view.criterion.key],
            tuple(
                Gap(gap, found[view.criterion.key, gap.element.key])
                for gap in view.lacking
            ),
        )
        for view in dossier.criteria
        if view.lacking
    ]
    standing = Standing(
        has_bound_gap=any(group.bound for group in groups),
        has_gap=bool(groups),
        has_bill=bool(dossier.bills),
        has_unread=any(view.unread for view in dossier.criteria),
        has_low=any(confidence_of(v) is Confidence.LOW for v in dossier.read),
    )
    questions = choose_questions(standing)
    return Brief(dossier, duties, groups, questions, data_version(session))


def find_elsewhere(
    session: Session,
    country: Country,
    wanted: Sequence[tuple[str, str]],
    day: date,
) -> dict[tuple[str, str], tuple[Elsewhere, ...]]:
    """For each (criterion, element) the nearest provisions that meet it."""
    if not wanted:
        return {}
    countries, places = read_places(session, day)
    models: dict[tuple[str, str], list[Model]] = defaultdict(list)
    for model in read_models(session, places, wanted, day):
        models[model.criterion, model.element].append(model)
    chosen = {key: nearest(places[country.iso3], models[key]) for key in wanted}
    return draw(session, countries, chosen)


def draw(
    session: Session,
    countries: dict[str, Country],
    chosen: dict[tuple[str, str], tuple[Chosen, ...]],
) -> dict[tuple[str, str], tuple[Elsewhere, ...]]:
    """The chosen provisions with their laws and sources: one statement."""
    query = (
        sa.select(Provision, Source)
        .join(
            Source,
            sa.and_(
                Source.country_iso3 == Provision.country_iso3,
                Source.series == Provision.series,
            ),
        )
        .options(joinedload(Provision.law))
        .where(
            Provision.series == Series.FIRST,
            sa.tuple_(Provision.country_iso3, Provision.key, Source.key).in_(
                {
                    (item.model.place.iso3, item.model.provision, item.model.source)
                    for items in chosen.values()
                    for item in items
                }
            ),
        )
    )
    rows = {
        (provision.country_iso3, provision.key, source.key): (provision, source)
        for provision, source in session.execute(query)
    }

    def full(item: Chosen) -> Elsewhere:
        model = item.model
        provision, source = rows[model.place.iso3, model.provision, model.source]
        country = countries[model.place.iso3]
        return Elsewhere(country, provision, source, model.confidence, item.near)

    return {key: tuple(full(item) for item in items) for key, items in chosen.items()}


def read_models(
    session: Session,
    places: dict[str, Place],
    wanted: Iterable[tuple[str, str]],
    day: date,
) -> Iterable[Model]:
    """Every provision that meets one of the elements wanted, as plain columns."""
    query = (
        sa.select(
            Reading.country_iso3,
            Reading.criterion_key,
            Reading.element_key,
            Reading.provision_key,
            Reading.source_key,
            Coding.confidence,
            Source.kind,
        )
        .join(Reading.coding)
        .join(Reading.source)
        .where(
            published(day),
            Reading.state == State.MET,
            Reading.provision_key.is_not(None),
            sa.tuple_(Reading.criterion_key, Reading.element_key).in_(set(wanted)),
        )
    )
    for (
        iso3,
        criterion,
        element,
        provision,
        source,
        confidence,
        kind,
    ) in session.execute(query):
        yield Model(
            places[iso3],
            criterion,
            element,
            provision or "",
            source,
            confidence or Confidence.LOW,
            SourceKind(kind),
        )


def read_places(
    session: Session, day: date
) -> tuple[dict[str, Country], dict[str, Place]]:
    """Every country, and what nearness is measured by: one statement."""
    query = (
        sa.select(
            Country,
            Treaty.body,
            TreatyStatus.status,
            TreatyStatus.since,
            TreatyStatus.since_precision,
            TreatySource.as_of,
            TreatySource.as_of_precision,
        )
        .outerjoin(TreatyStatus, TreatyStatus.country_iso3 == Country.iso3)
        .outerjoin(Treaty, Treaty.key == TreatyStatus.treaty_key)
        .outerjoin(TreatySource, TreatySource.key == TreatyStatus.source_key)
    )
    countries: dict[str, Country] = {}
    bodies: dict[str, set[str]] = defaultdict(set)
    for (
        country,
        body,
        bond,
        since,
        precision,
        as_of,
        as_of_precision,
    ) in session.execute(query):
        countries[country.iso3] = country
        if bond is Bond.PARTY and body not in UNIVERSAL:
            table = PartialDate(as_of, as_of_precision)
            if bond_on(bond, partial(since, precision), table, day) is bond:
                bodies[country.iso3].add(body)
    places = {
        iso3: Place(
            iso3,
            country.name,
            spoken(country.languages),
            country.subregion,
            frozenset(bodies[iso3]),
        )
        for iso3, country in countries.items()
    }
    return countries, places
