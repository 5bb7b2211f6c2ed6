"""Who is bound by what, on which status table it rests; treaty duty against law."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.answers import Derived
from tracker.rules.codebook import Bond, Criterion
from tracker.rules.dates import PartialDate
from tracker.rules.duties import Duty, bond_on, weigh
from tracker.store.dossier import Dossier
from tracker.store.grid import Grid
from tracker.store.models import (
    Country,
    Treaty,
    TreatySource,
    TreatyStatus,
    partial,
)


@dataclass(frozen=True)
class Standing:
    """A row of a status table, and what it proves for the day asked about."""

    treaty_key: str
    country_iso3: str
    bond: Bond | None
    since: PartialDate | None
    listed: Bond
    as_of: PartialDate
    source: TreatySource


@dataclass(frozen=True)
class DutyRow:
    """One country's duty under one treaty, for one criterion."""

    country: Country
    treaty: Treaty
    criterion: Criterion
    articles: tuple[str, ...]
    standing: Standing | None
    derived: Derived

    @property
    def duty(self) -> Duty:
        return weigh(self.standing.bond if self.standing else None, self.derived)


def read_treaties(session: Session) -> list[Treaty]:
    return list(session.scalars(sa.select(Treaty).order_by(Treaty.position)))


def find_treaty(session: Session, key: str) -> Treaty | None:
    return session.get(Treaty, key)


def sources_of(session: Session, key: str) -> list[TreatySource]:
    """The status tables of a treaty."""
    cited = sa.select(TreatyStatus.source_key).where(TreatyStatus.treaty_key == key)
    query = sa.select(TreatySource).where(TreatySource.key.in_(cited))
    return list(session.scalars(query.order_by(TreatySource.position)))


def treaty_articles(
    criteria: Iterable[Criterion], key: str
) -> dict[str, tuple[str, ...]]:
    """The articles of a treaty by criterion, where it has any."""
    return {
        criterion.key: articles
        for criterion in criteria
        for treaty, articles in criterion.treaties
        if treaty == key
    }


def standings(
    session: Session,
    day: date,
    treaties: Sequence[str] = (),
    iso3s: Sequence[str] = (),
) -> dict[tuple[str, str], Standing]:
    """By country and treaty what the status tables prove for `day`."""
    sources = {
        source.key: source for source in session.scalars(sa.select(TreatySource))
    }
    tables = {
        key: PartialDate(source.as_of, source.as_of_precision)
        for key, source in sources.items()
    }
    query = sa.select(
        TreatyStatus.country_iso3,
        TreatyStatus.treaty_key,
        TreatyStatus.status,
        TreatyStatus.since,
        TreatyStatus.since_precision,
        TreatyStatus.source_key,
    )
    if treaties:
        query = query.where(TreatyStatus.treaty_key.in_(treaties))
    if iso3s:
        query = query.where(TreatyStatus.country_iso3.in_(iso3s))
    found = {}
    for iso3, treaty, status, first, precision, source in session.execute(query):
        as_of, since = tables[source], partial(first, precision)
        found[iso3, treaty] = Standing(
            treaty_key=treaty,
            country_iso3=iso3,
            bond=bond_on(status, since, as_of, day),
            since=since,
            listed=status,
            as_of=as_of,
            source=sources[source],
        )
    return found


def bound_countries(session: Session, day: date, treaty: str) -> set[str]:
    """Those that a status table shows as parties on `day`."""
    found = standings(session, day, [treaty])
    return {iso3 for (iso3, _), item in found.items() if item.bond is Bond.PARTY}


def duty_rows(
    session: Session, grid: Grid, day: date, treaties: Sequence[Treaty]
) -> list[DutyRow]:
    """Every country of the grid × treaty × criterion that the treaty speaks of."""
    keys = [treaty.key for treaty in treaties]
    iso3s = [c.iso3 for c in grid.countries] if len(grid.countries) <= 300 else []
    known = standings(session, day, keys, iso3s)
    return list(rows_of(grid, treaties, known))


def rows_of(
    grid: Grid,
    treaties: Sequence[Treaty],
    known: Mapping[tuple[str, str], Standing],
) -> Iterator[DutyRow]:
    for treaty in treaties:
        for criterion in grid.criteria:
            for key, articles in criterion.treaties:
                if key == treaty.key:
                    for country in grid.countries:
                        yield DutyRow(
                            country=country,
                            treaty=treaty,
                            criterion=criterion,
                            articles=articles,
                            standing=known.get((country.iso3, treaty.key)),
                            derived=grid.derived(country, criterion),
                        )


@dataclass(frozen=True)
class Summary:
    """How many are bound by a treaty, and the duties of those that are."""

    treaty: Treaty
    parties: int
    signatories: int
    as_of: PartialDate | None
    duties: Counter[Duty]


def summaries(
    session: Session, grid: Grid, day: date, treaties: Sequence[Treaty]
) -> list[Summary]:
    known = standings(session, day)
    duties: dict[str, Counter[Duty]] = {t.key: Counter() for t in treaties}
    for row in rows_of(grid, treaties, known):
        duties[row.treaty.key][row.duty] += 1
    found = []
    for treaty in treaties:
        listed = [s for (_, key), s in known.items() if key == treaty.key]
        bonds = Counter(standing.bond for standing in listed)
        newest = max((s.as_of for s in listed), key=lambda d: d.last, default=None)
        found.append(
            Summary(
                treaty,
                bonds[Bond.PARTY],
                bonds[Bond.SIGNATORY],
                newest,
                duties[treaty.key],
            )
        )
    return found


def duties_of(
    dossier: Dossier,
    treaties: Sequence[Treaty],
    known: Mapping[tuple[str, str], Standing],
) -> dict[str, list[DutyRow]]:
    """By criterion, one country's duty under each treaty that speaks of it."""
    by_key = {treaty.key: treaty for treaty in treaties}
    return {
        view.criterion.key: [
            DutyRow(
                country=dossier.country,
                treaty=by_key[key],
                criterion=view.criterion,
                articles=articles,
                standing=known.get((dossier.country.iso3, key)),
                derived=view.derived,
            )
            for key, articles in view.criterion.treaties
        ]
        for view in dossier.criteria
    }
