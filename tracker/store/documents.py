"""Country files as they stand in the database: plain data in the shape of `seeds/`."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.rules.codebook import Series
from tracker.store.models import (
    Bill,
    Coding,
    Country,
    CountryFile,
    Criterion,
    Element,
    Law,
    Lead,
    Provision,
    Reading,
    ReadingProvision,
    ReadingSource,
    Source,
    partial,
)

Data = dict[str, Any]


def documents(
    session: Session, series: Series, iso3: str | None = None
) -> dict[str, Data]:
    """The file of each country of a series, or of one, in the countries' order."""
    sections = Sections(session, series, iso3)
    query = sa.select(CountryFile).join(Country).order_by(Country.position)
    return {
        file.country_iso3: sections.document(file)
        for file in session.scalars(sections.narrow(query, CountryFile))
    }


class Sections:
    """All rows of a series by country, read with one query a table."""

    def __init__(self, session: Session, series: Series, iso3: str | None) -> None:
        self.session, self.series, self.iso3 = session, series, iso3
        self.laws = self.evidence(Law)
        self.provisions = self.evidence(Provision)
        self.sources = self.evidence(Source)
        self.bills = self.recorded(Bill)
        self.leads = self.recorded(Lead)
        self.further_provisions = self.further(ReadingProvision, "provision_key")
        self.further_sources = self.further(ReadingSource, "source_key")
        self.readings: dict[int, list[Reading]] = defaultdict(list)
        self.codings: dict[str, list[Coding]] = defaultdict(list)
        self.read_codings()

    def narrow(self, query: Any, model: Any) -> Any:
        query = query.where(model.series == self.series)
        return query.where(model.country_iso3 == self.iso3) if self.iso3 else query

    def by_country(self, rows: Iterable[Any]) -> dict[str, list[Any]]:
        grouped: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            grouped[row.country_iso3].append(row)
        return grouped

    def evidence(self, model: Any) -> dict[str, list[Any]]:
        query = sa.select(model).where(model.withdrawn_at.is_(None))
        query = self.narrow(query, model).order_by(model.position)
        return self.by_country(self.session.scalars(query))

    def recorded(self, model: Any) -> dict[str, list[Any]]:
        query = sa.select(model).where(model.recorded_to.is_(None))
        query = self.narrow(query, model).order_by(model.position)
        return self.by_country(self.session.scalars(query))

    def further(self, model: Any, key: str) -> dict[int, list[str]]:
        query = sa.select(model.reading_id, getattr(model, key)).order_by(
            model.reading_id, model.position
        )
        found: dict[int, list[str]] = defaultdict(list)
        for reading_id, value in self.session.execute(self.narrow(query, model)):
            found[reading_id].append(value)
        return found

    def read_codings(self) -> None:
        query = (
            sa.select(Reading, Coding)
            .join(Reading.coding)
            .join(
                Element,
                sa.and_(
                    Element.criterion_key == Reading.criterion_key,
                    Element.key == Reading.element_key,
                ),
            )
            .where(Reading.recorded_to.is_(None))
            .join(Criterion, Criterion.key == Reading.criterion_key)
            .order_by(
                Coding.country_iso3,
                Criterion.position,
                Coding.position,
                Coding.id,
                Element.position,
            )
        )
        for reading, coding in self.session.execute(self.narrow(query, Reading)):
            if coding.id not in self.readings:
                self.codings[coding.country_iso3].append(coding)
            self.readings[coding.id].append(reading)

    def document(self, file: CountryFile) -> Data:
        iso3 = file.country_iso3
        codings = self.codings[iso3]
        return {
            "country": iso3,
            "coded_on": file.coded_on.isoformat(),
            "laws": [law_data(law) for law in self.laws[iso3]],
            "provisions": [provision_data(p) for p in self.provisions[iso3]],
            "sources": [source_data(source) for source in self.sources[iso3]],
            "readings": {
                coding.criterion_key: self.reading_data(coding)
                for coding in codings
                if coding.until is None
            },
            "history": [
                self.earlier_data(coding)
                for coding in sorted(codings, key=lambda coding: coding.position)
                if coding.until
            ],
            "bills": [bill_data(bill) for bill in self.bills[iso3]],
            "leads": [lead.text for lead in self.leads[iso3]],
        }

    def reading_data(self, coding: Coding) -> Data:
        return {
            "elements": self.elements_data(coding),
            "since": date_text(coding, "since"),
            "provisions": coding.provision_keys,
            "sources": coding.source_keys,
            "confidence": coding.confidence.value if coding.confidence else None,
            "why": coding.why,
        }

    def earlier_data(self, coding: Coding) -> Data:
        given = coding.provision_keys
        return {
            "criterion": coding.criterion_key,
            "elements": self.elements_data(coding),
            "since": date_text(coding, "since"),
            "until": date_text(coding, "until"),
            **({"provisions": given} if given is not None else {}),
            "sources": coding.source_keys,
            "why": coding.why,
        }

    def elements_data(self, coding: Coding) -> Data:
        return {
            reading.element_key: self.element_data(reading)
            for reading in self.readings[coding.id]
        }

    def element_data(self, reading: Reading) -> Any:
        """The bare state, or a mapping where the element has evidence of its own."""
        if not reading.own:
            return reading.state.value
        first = [reading.provision_key] if reading.provision_key else []
        values = {
            "since": date_text(reading, "since"),
            "provisions": first + self.further_provisions[reading.id],
            "sources": [reading.source_key, *self.further_sources[reading.id]],
        }
        own = {name: values[name] for name in reading.own.split(",")}
        return {"state": reading.state.value, **own}


def date_text(row: Any, name: str) -> str | None:
    """A date with the precision it was given."""
    found = partial(getattr(row, name), getattr(row, f"{name}_precision"))
    return str(found) if found else None


def law_data(law: Law) -> Data:
    return {
        "key": law.key,
        "title": law.title,
        "title_original": law.title_original,
        "language": law.language,
        "enacted": date_text(law, "enacted"),
        "in_force": date_text(law, "in_force"),
        "url": law.url,
    }


def provision_data(provision: Provision) -> Data:
    return {
        "key": provision.key,
        "law": provision.law_key,
        "label": provision.label,
        "says": provision.says,
        "penalty": {
            "min_years": whole(provision.min_years),
            "max_years": whole(provision.max_years),
            "life": provision.life,
        },
    }


def whole(years: float | None) -> float | int | None:
    return int(years) if years is not None and years == int(years) else years


def source_data(source: Source) -> Data:
    return {
        "key": source.key,
        "url": source.url,
        "title": source.title,
        "publisher": source.publisher,
        "kind": source.kind.value,
        "seen": source.seen.isoformat(),
    }


def bill_data(bill: Bill) -> Data:
    return {
        "title": bill.title,
        "status": bill.status,
        "date": date_text(bill, "dated"),
        "sources": bill.source_keys,
        **({} if bill.elements is None else {"elements": bill.elements}),
        "why": bill.why,
    }
