"""Rows of the downloads, streamed: a table of any length takes the same memory."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.rules.codebook import Codebook, Series
from tracker.rules.dates import PartialDate, Precision
from tracker.rules.duties import bond_on
from tracker.store.grid import evidence_kinds, published, read_countries, read_grid
from tracker.store.models import (
    Coding,
    Country,
    Criterion,
    Element,
    Law,
    Provision,
    Reading,
    ReadingProvision,
    ReadingSource,
    Source,
    TreatySource,
    TreatyStatus,
    partial,
)

Row = tuple[Any, ...]
CHUNK = 1_000
FIRST = Series.FIRST


def day_text(first: date | None, precision: str | None) -> str:
    """A date's columns as the text they came from."""
    return str(PartialDate(first, Precision(precision))) if first and precision else ""


def stream(session: Session, query: Any) -> Iterator[Any]:
    return iter(session.execute(query.execution_options(yield_per=CHUNK)))


def readings(session: Session, day: date | None) -> Iterator[Row]:
    """All published readings with what each rests on; only those that hold on `day`."""
    law = aliased(Law)
    query = (
        sa.select(
            Reading.id,
            Reading.country_iso3,
            Country.name,
            Reading.criterion_key,
            Reading.element_key,
            sa.type_coerce(Reading.state, sa.String),
            Reading.since,
            sa.type_coerce(Reading.since_precision, sa.String),
            Reading.until,
            sa.type_coerce(Reading.until_precision, sa.String),
            Reading.holds_from,
            Reading.holds_until,
            sa.type_coerce(Reading.reason, sa.String),
            sa.type_coerce(Coding.confidence, sa.String),
            law.title,
            Provision.label,
            Provision.min_years,
            Provision.max_years,
            Provision.life,
            Reading.provision_key,
            Source.title,
            sa.type_coerce(Source.kind, sa.String),
            Source.url,
            Source.seen,
            Reading.source_key,
        )
        .join(Reading.coding)
        .join(Reading.source)
        .join(Reading.provision, isouter=True)
        .join(
            law,
            sa.and_(
                law.country_iso3 == Provision.country_iso3,
                law.series == Provision.series,
                law.key == Provision.law_key,
            ),
            isouter=True,
        )
        .join(Country, Country.iso3 == Reading.country_iso3)
        .join(Criterion, Criterion.key == Reading.criterion_key)
        .join(
            Element,
            sa.and_(
                Element.criterion_key == Reading.criterion_key,
                Element.key == Reading.element_key,
            ),
        )
        .where(Reading.recorded_to.is_(None), Reading.series == FIRST)
        .order_by(
            Reading.country_iso3,
            Criterion.position,
            Element.position,
            Reading.holds_from,
        )
    )
    if day:
        query = query.where(published(day))
    rows: list[Any] = []
    for row in stream(session, query):
        rows.append(row)
        if len(rows) == CHUNK:
            yield from with_evidence(session, rows)
            rows = []
    yield from with_evidence(session, rows)


def with_evidence(session: Session, rows: list[Any]) -> Iterator[Row]:
    """The rows of one chunk, with the keys of all that each reading rests on."""
    ids = [row[0] for row in rows]
    provisions = further(session, ReadingProvision, "provision_key", ids)
    sources = further(session, ReadingSource, "source_key", ids)
    for row in rows:
        (number, iso3, name, criterion, element, state, since, since_p) = row[:8]
        (until, until_p, start, end, reason, confidence, law, article) = row[8:16]
        (low, high, life, provision, title, kind, url, seen, source) = row[16:]
        cited = [provision, *provisions[number]] if provision else []
        yield (
            iso3,
            name,
            criterion,
            element,
            state,
            day_text(since, since_p),
            day_text(until, until_p),
            start,
            end,
            reason,
            confidence,
            law,
            article,
            years(low),
            years(high),
            None if life is None else int(life),
            " ".join(cited),
            title,
            kind,
            url,
            seen,
            " ".join([source, *sources[number]]),
        )


def further(
    session: Session, model: Any, column: str, ids: list[int]
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    if ids:
        query = (
            sa.select(model.reading_id, getattr(model, column))
            .where(model.reading_id.in_(ids))
            .order_by(model.reading_id, model.position)
        )
        for number, key in session.execute(query):
            found[number].append(key)
    return found


def years(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def answers(session: Session, codebook: Codebook, day: date) -> Iterator[Row]:
    """Every country × criterion, in the order of ISO3 and the codebook."""
    countries = sorted(read_countries(session), key=lambda c: c.iso3)
    kinds = evidence_kinds(session, day)
    for cell in read_grid(session, codebook, day, countries).cells():
        found = cell.derived
        confidence, _ = kinds.get((cell.country.iso3, cell.criterion.key), ("", None))
        yield (
            cell.country.iso3,
            cell.country.name,
            cell.criterion.key,
            found.answer.value,
            found.floor.word,
            found.ceiling.word,
            found.met,
            found.lacking,
            found.unread,
            confidence if found.is_read else "",
            day,
        )


def matrix(session: Session, codebook: Codebook, day: date) -> Iterator[Row]:
    countries = sorted(read_countries(session), key=lambda c: c.iso3)
    grid = read_grid(session, codebook, day, countries)
    for country in countries:
        cells = (cell.derived.answer.value for cell in grid.across(country))
        where = (country.iso3, country.name, country.region, country.subregion)
        yield (*where, *cells, day)


def laws(session: Session, day: date | None) -> Iterator[Row]:
    query = evidence(
        Law,
        Law.title,
        Law.title_original,
        Law.language,
        Law.enacted,
        sa.type_coerce(Law.enacted_precision, sa.String),
        Law.in_force,
        sa.type_coerce(Law.in_force_precision, sa.String),
        Law.url,
    )
    if day:
        article = aliased(Provision)
        of_law = sa.and_(
            article.country_iso3 == Law.country_iso3,
            article.series == Law.series,
            article.law_key == Law.key,
        )
        query = query.where(sa.exists().where(of_law, cites_provision(article, day)))
    for row in stream(session, query):
        yield (*row[:6], day_text(row[6], row[7]), day_text(row[8], row[9]), row[10])


def provisions(session: Session, day: date | None) -> Iterator[Row]:
    query = evidence(
        Provision,
        Provision.law_key,
        Law.title,
        Provision.label,
        Provision.says,
        Provision.min_years,
        Provision.max_years,
        Provision.life,
    ).join(Provision.law)
    if day:
        query = query.where(cites_provision(Provision, day))
    for row in stream(session, query):
        yield (*row[:7], years(row[7]), years(row[8]), int(row[9]))


def sources(session: Session, day: date | None) -> Iterator[Row]:
    query = evidence(
        Source,
        Source.title,
        Source.publisher,
        sa.type_coerce(Source.kind, sa.String),
        Source.url,
        Source.seen,
    )
    if day:
        query = query.where(cites(Source, Reading.source_key, ReadingSource, day))
    for row in stream(session, query):
        yield tuple(row)


def evidence(model: Any, *columns: Any) -> Any:
    """Published rows of laws, provisions or sources with their country."""
    return (
        sa.select(model.country_iso3, Country.name, model.key, *columns)
        .join(Country, Country.iso3 == model.country_iso3)
        .where(model.series == FIRST, model.withdrawn_at.is_(None))
        .order_by(model.country_iso3, model.position)
    )


def cites_provision(model: Any, day: date) -> sa.ColumnElement[bool]:
    return cites(model, Reading.provision_key, ReadingProvision, day)


def cites(model: Any, first: Any, link: Any, day: date) -> sa.ColumnElement[bool]:
    """Whether a reading that holds on `day` rests on this provision or source."""
    column = getattr(link, first.key)
    further_one = sa.exists().where(
        link.reading_id == Reading.id,
        link.country_iso3 == model.country_iso3,
        column == model.key,
    )
    return sa.exists().where(
        Reading.country_iso3 == model.country_iso3,
        published(day),
        sa.or_(first == model.key, further_one),
    )


def treaties(session: Session, day: date | None) -> Iterator[Row]:
    """The rows of the status tables; with `day` only what they prove for it."""
    query = (
        sa.select(TreatyStatus, TreatySource, Country.name)
        .join(Country, Country.iso3 == TreatyStatus.country_iso3)
        .join(TreatyStatus.source)
        .order_by(TreatyStatus.position)
    )
    for row, source, name in stream(session, query):
        since = partial(row.since, row.since_precision)
        as_of = PartialDate(source.as_of, source.as_of_precision)
        if day is None or bond_on(row.status, since, as_of, day):
            yield (
                row.country_iso3,
                name,
                row.treaty_key,
                row.status.value,
                str(since or ""),
                str(as_of),
                source.title,
                source.kind,
                source.url,
            )
