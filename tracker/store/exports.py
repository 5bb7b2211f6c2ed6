"""Rows of the downloads, streamed: a table of any length takes the same memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.rules.codebook import Codebook, Series
from tracker.rules.csvtext import END, line
from tracker.rules.dates import PartialDate, Precision
from tracker.rules.duties import bond_on
from tracker.store.agreement import read_agreement
from tracker.store.grid import (
    Cell,
    evidence_kinds,
    published,
    read_countries,
    read_grid,
)
from tracker.store.models import (
    Coding,
    Country,
    CountryFile,
    Criterion,
    Element,
    Law,
    Provision,
    Reading,
    ReadingProvision,
    ReadingSource,
    Source,
    Treaty,
    TreatySource,
    TreatyStatus,
    partial,
)

Row = tuple[Any, ...]
CHUNK = 1_000
COUNTRIES = 200  # at a time: some 12,000 readings, 10 MB
FIRST = Series.FIRST
READING: Any = Reading.__table__
CODING: Any = Coding.__table__
PROVISION: Any = Provision.__table__
SOURCE: Any = Source.__table__


def day_text(first: date | None, precision: str | None) -> str:
    """A date's columns as the text they came from."""
    return str(PartialDate(first, Precision(precision))) if first and precision else ""


def stream(session: Session, query: Any) -> Iterator[Any]:
    """Rows as they come; a reader who stops early leaves no cursor open."""
    result = session.execute(query.execution_options(yield_per=CHUNK))
    try:
        yield from result
    finally:
        result.close()


def short_date(first: Any, precision: Any) -> Any:
    """A date, as text, cut to what was seen of it; NULL where there is none."""
    length = sa.case({"year": 4, "month": 7}, value=plain(precision), else_=10)
    return sa.func.substr(first, 1, length, type_=sa.String)


def long_date(day: Any) -> Any:
    return sa.func.coalesce(sa.cast(day, sa.String), "")


def plain(column: Any) -> Any:
    """An enumeration's word, without the detour by its class."""
    return sa.type_coerce(column, sa.String)


PieceT = TypeVar("PieceT")


def readings(
    session: Session, day: date | None, *, start: str = "", only: Sequence[str] = ()
) -> Iterator[Row]:
    """All published readings with what each rests on; only those that hold on `day`.

    They begin with the country `start`; `only` names the countries where a few are
    wanted.
    """
    for part in parts(session, day, tuple, start=start, only=only):
        for iso3, rows in part.by_country():
            head, provisions, sources = part.of(iso3)
            for _, name, own, number, provision, source in rows:
                cells = f"{name},{own}".split(",")
                yield (
                    *head,
                    *cells,
                    *provisions[provision],
                    provision + part.more_provisions.get(number, ""),
                    *sources[source],
                    source + part.more_sources.get(number, ""),
                )


def reading_lines(session: Session, day: date | None) -> Iterator[str]:
    """The lines of `readings` as CSV, many at a time.

    What readings share (country, provision, source) is written once and used again. A
    reading's own cells are keys, dates and words of the codebook, which the database
    holds to characters that need no quotes.
    """
    for part in parts(session, day, line):
        lines: list[str] = []
        further_ones, sources_too = part.more_provisions.get, part.more_sources.get
        for iso3, rows in part.by_country():
            head, provisions, sources = part.of(iso3)
            lines += [
                f"{head},{name},{own},{provisions[key]},"
                f"{key}{further_ones(number, '')},{sources[source]},"
                f"{source}{sources_too(number, '')}"
                for _, name, own, number, key, source in rows
            ]
            if len(lines) > CHUNK:
                yield END.join([*lines, ""])
                lines = []
        if lines:
            yield END.join([*lines, ""])


@dataclass(frozen=True)
class Part(Generic[PieceT]):
    """The readings of a few countries, and what their lines are put together from."""

    rows: Iterator[Row]
    places: dict[str, int]
    heads: dict[str, PieceT]
    provisions: dict[str, dict[str, PieceT]]
    sources: dict[str, dict[str, PieceT]]
    more_provisions: dict[int, str]
    more_sources: dict[int, str]

    def by_country(self) -> Iterator[tuple[str, list[Row]]]:
        """The readings of each country in the order of the codebook, then of time."""
        places = self.places
        for iso3, group in groupby(self.rows, itemgetter(0)):
            yield iso3, sorted(group, key=lambda row: places[row[1]])

    def of(self, iso3: str) -> tuple[PieceT, dict[str, PieceT], dict[str, PieceT]]:
        return self.heads[iso3], self.provisions[iso3], self.sources[iso3]


def parts(
    session: Session,
    day: date | None,
    render: Callable[[Row], PieceT],
    *,
    start: str = "",
    only: Sequence[str] = (),
) -> Iterator[Part[PieceT]]:
    """All readings, a few countries at a time, by ISO3.

    `render` makes a part of the cells of each country, provision and source once,
    however many readings rest on it: a join would make them again for every reading.
    """
    query = sa.select(Country.iso3, Country.name).order_by(Country.iso3)
    if only:
        query = query.where(Country.iso3.in_(only))
    names = [(iso3, name) for iso3, name in session.execute(query) if iso3 >= start]
    places = element_places(session)
    for first in range(0, len(names), COUNTRIES):
        some = dict(names[first : first + COUNTRIES])
        yield read_part(session, day, render, some, places, bool(only))


def element_places(session: Session) -> dict[str, int]:
    """The place of each element in the codebook, by `criterion,element`."""
    query = (
        sa.select(Element.criterion_key, Element.key)
        .join(Criterion, Criterion.key == Element.criterion_key)
        .order_by(Criterion.position, Element.position)
    )
    return {",".join(row): place for place, row in enumerate(session.execute(query))}


def read_part(
    session: Session,
    day: date | None,
    render: Callable[[Row], PieceT],
    names: dict[str, str],
    places: dict[str, int],
    has_holes: bool,
) -> Part[PieceT]:
    first, last = min(names), max(names)

    def here(table: Any) -> Any:
        """Of these countries: a range where they are all that there are in it."""
        iso3 = table.c.country_iso3
        within = iso3.in_(list(names)) if has_holes else iso3.between(first, last)
        return sa.and_(table.c.series == FIRST, within)

    of = READING.c
    rows = plain_rows(
        session,
        own_cells(session.get_bind().dialect.name)
        .where(here(READING), of.recorded_to.is_(None))
        .where(*([published(day, of)] if day else []))
        # The order of an index: nothing is sorted, and the first row comes at once.
        .order_by(of.country_iso3, of.criterion_key, of.element_key)
        .order_by(of.holds_from, of.id),
    )
    provisions = rendered(session, provision_cells().where(here(PROVISION)), render)
    nothing = render((None,) * 5)
    return Part(
        rows,
        places,
        {iso3: render((iso3, name)) for iso3, name in names.items()},
        {iso3: {**provisions.get(iso3, {}), "": nothing} for iso3 in names},
        rendered(session, source_cells().where(here(SOURCE)), render),
        further(session, ReadingProvision, "provision_key", here),
        further(session, ReadingSource, "source_key", here),
    )


def own_cells(dialect: str) -> Any:
    """Country, element, the reading's own cells, and what leads to all the others."""
    of = READING.c
    is_sqlite = dialect == "sqlite"
    together = sa.func.printf if is_sqlite else sa.func.format

    def as_text(day: Any) -> Any:
        """SQLite keeps dates as text anyway."""
        return plain(day) if is_sqlite else sa.cast(day, sa.String)

    return sa.select(
        of.country_iso3,
        together("%s,%s", of.criterion_key, of.element_key, type_=sa.String),
        together(
            "%s,%s,%s,%s,%s,%s,%s",
            plain(of.state),
            short_date(as_text(of.since), of.since_precision),
            short_date(as_text(of.until), of.until_precision),
            as_text(of.holds_from),
            as_text(of.holds_until),
            plain(of.reason),
            plain(CODING.c.confidence),
            type_=sa.String,
        ),
        of.id,
        sa.func.coalesce(of.provision_key, ""),
        of.source_key,
    ).where(CODING.c.id == of.coding_id)


def provision_cells() -> Any:
    of, law = PROVISION.c, Law.__table__.c
    return (
        sa.select(
            of.country_iso3,
            of.key,
            law.title,
            of.label,
            of.min_years,
            of.max_years,
            of.life,
        )
        .where(law.country_iso3 == of.country_iso3)
        .where(law.series == of.series, law.key == of.law_key)
    )


def source_cells() -> Any:
    of = SOURCE.c
    return sa.select(
        of.country_iso3, of.key, of.title, plain(of.kind), of.url, long_date(of.seen)
    )


def plain_rows(session: Session, query: Any) -> Iterator[Row]:
    """Rows as the driver gives them: text and numbers need no treatment.

    One after the other: what lives on gives the garbage collector work.
    """
    result = session.connection().execute(query)
    cursor: Any = result.cursor
    try:
        yield from cursor or ()
    finally:
        result.close()


def rendered(
    session: Session, query: Any, render: Callable[[Row], PieceT]
) -> dict[str, dict[str, PieceT]]:
    """By country and key the part of a line that a provision or source gives."""
    found: dict[str, dict[str, PieceT]] = {}
    for row in plain_rows(session, query):
        found.setdefault(row[0], {})[row[1]] = render(row[2:])
    return found


def further(session: Session, model: Any, column: str, here: Any) -> dict[int, str]:
    """By reading, the keys of what it rests on beside the first, each after a space."""
    table = model.__table__
    query = (
        sa.select(table.c.reading_id, table.c[column])
        .where(here(table))
        # The order of an index that has all the columns: nothing else is read.
        .order_by(table.c.country_iso3, table.c.reading_id, table.c.position)
    )
    found: dict[int, str] = {}
    for number, key in plain_rows(session, query):
        found[number] = f"{found[number]} {key}" if number in found else f" {key}"
    return found


def years(value: Any) -> Any:
    """A whole number of years without a decimal point; whatever else as it is."""
    if isinstance(value, bool):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def answers(session: Session, codebook: Codebook, day: date) -> Iterator[Row]:
    """Every country × criterion, in the order of ISO3 and the codebook."""
    countries = sorted(read_countries(session), key=lambda c: c.iso3)
    kinds = evidence_kinds(session, day)
    for cell in read_grid(session, codebook, day, countries).cells():
        yield answer_cells(cell, kinds, day)


def answer_cells(
    cell: Cell, kinds: Mapping[tuple[str, str], tuple[str, object]], day: date
) -> Row:
    """One country and criterion; `kinds` is what `evidence_kinds` says of `day`."""
    found = cell.derived
    confidence, _ = kinds.get((cell.country.iso3, cell.criterion.key), ("", None))
    return (
        cell.country.iso3,
        cell.country.name,
        cell.country.region,
        cell.country.subregion,
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


def countries(session: Session) -> Iterator[Row]:
    coded = sa.select(CountryFile.country_iso3, CountryFile.coded_on)
    days = {
        row.country_iso3: row.coded_on
        for row in session.execute(coded.where(CountryFile.series == FIRST))
    }
    for row in sorted(read_countries(session), key=lambda c: c.iso3):
        yield (
            row.iso3,
            row.name,
            row.region,
            row.subregion,
            row.status.value,
            row.iso2,
            row.m49,
            row.languages,
            days.get(row.iso3),
        )


def criteria(codebook: Codebook) -> Iterator[Row]:
    for item in codebook.criteria:
        yield (
            item.key,
            item.theme,
            item.title,
            item.question,
            " ".join(item.part.all_of),
            " ".join(item.part.any_of),
            " ".join(item.full.all_of),
            item.note,
        )


def elements(codebook: Codebook) -> Iterator[Row]:
    for item in codebook.criteria:
        for element in item.elements:
            yield item.key, element.key, element.test


def treaty_titles(session: Session) -> Iterator[Row]:
    for row in session.scalars(sa.select(Treaty).order_by(Treaty.position)):
        yield row.key, row.short, row.title, row.body


def treaty_articles(codebook: Codebook) -> Iterator[Row]:
    for item in codebook.criteria:
        for treaty, articles in item.treaties:
            for article in articles:
                yield item.key, treaty, article


def agreement(session: Session, codebook: Codebook) -> Iterator[Row]:
    found = read_agreement(session, codebook)
    for item in codebook.criteria:
        both = found[item.key]
        yield (
            item.key,
            both.pairs,
            both.agreed,
            rounded(both.raw),
            rounded(both.alpha),
            both.reliance.value,
        )


def rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


@dataclass(frozen=True)
class Export:
    """What the tables are made of: `given` narrows them to what holds on that day.

    `day` is the day of the answers.
    """

    session: Session
    codebook: Codebook
    day: date
    given: date | None = None

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a table of `rules.tables`, by its name."""
        return ROWS[name](self)


ROWS: dict[str, Callable[[Export], Iterator[Row]]] = {
    "readings": lambda x: readings(x.session, x.given),
    "answers": lambda x: answers(x.session, x.codebook, x.day),
    "matrix": lambda x: matrix(x.session, x.codebook, x.day),
    "countries": lambda x: countries(x.session),
    "laws": lambda x: laws(x.session, x.given),
    "provisions": lambda x: provisions(x.session, x.given),
    "sources": lambda x: sources(x.session, x.given),
    "treaties": lambda x: treaties(x.session, x.given),
    "treaty_titles": lambda x: treaty_titles(x.session),
    "treaty_articles": lambda x: treaty_articles(x.codebook),
    "criteria": lambda x: criteria(x.codebook),
    "elements": lambda x: elements(x.codebook),
    "agreement": lambda x: agreement(x.session, x.codebook),
}
