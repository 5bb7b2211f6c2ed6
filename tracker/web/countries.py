"""The list of countries, and the page of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, url_for

from tracker.rules import columns
from tracker.rules.answers import Answer
from tracker.rules.coverage import cover
from tracker.store import dossier, grid, treaties
from tracker.store.models import Country
from tracker.store.reports import replies
from tracker.store.trail import PendingBill
from tracker.web.ask import ask
from tracker.web.filters import (
    BlankFilter,
    CountriesFilter,
    region_choices,
    subregion_choices,
)
from tracker.web.finding import find_country
from tracker.web.listing import Listing, chunks, listing, page_of
from tracker.web.site import bp

COUNTRY_COLUMNS = {
    **columns.COUNTRY,
    **columns.REGION,
    "status": "un-member, observer or other",
    "criteria_read": "How many criteria were read, at least in part",
    "yes": "Number of criteria answered yes",
    "partial": "Number of criteria answered partial",
    "no": "Number of criteria answered no",
    "lacking_elements": "Number of elements that are lacking: the gaps",
    "unread_elements": "Number of elements that nobody has read",
}


@dataclass(frozen=True)
class CountryLine:
    """A country in the list: its answers, counted."""

    country: Country
    cells: Sequence[grid.Cell]

    @property
    def read(self) -> int:
        return sum(cell.derived.is_read for cell in self.cells)

    @property
    def is_read(self) -> bool:
        return any(cell.derived.is_read for cell in self.cells)

    @property
    def gaps(self) -> int:
        return sum(cell.derived.lacking for cell in self.cells)

    @property
    def unread(self) -> int:
        return sum(cell.derived.unread for cell in self.cells)

    @property
    def core(self) -> list[grid.Cell]:
        return [cell for cell in self.cells if cell.criterion.theme == "core"]

    def row(self) -> tuple[Any, ...]:
        country, coverage = self.country, cover(cell.derived for cell in self.cells)
        return (
            country.iso3,
            country.name,
            country.region,
            country.subregion,
            country.status,
            coverage.read,
            coverage.count(Answer.YES),
            coverage.count(Answer.PARTIAL),
            coverage.count(Answer.NO),
            self.gaps,
            self.unread,
        )


ORDERS: dict[str, Any] = {
    "name": lambda line: line.country.name,
    "region": lambda line: (
        line.country.region,
        line.country.subregion,
        line.country.name,
    ),
    "read": lambda line: (-line.read, line.unread, line.country.name),
    "gaps": lambda line: (-line.gaps, line.country.name),
}


@listing(bp, "/countries", "public/countries.html")
def countries() -> Listing:
    """All countries: name, region, the core five, and how much of each was read."""
    known = ask().snapshot.regions
    form = CountriesFilter.of(
        region=region_choices(known), subregion=subregion_choices(known)
    )
    found = ask().snapshot.narrowed(
        region=form.region.data,
        subregion=form.subregion.data,
        status=form.status.data,
    )
    if name := (form.q.data or "").casefold().strip():
        found = [
            c for c in found if name in c.name.casefold() or name == c.iso3.casefold()
        ]
    if form.read.data or form.sort.data in {"read", "gaps"}:
        every = list(country_lines(found))
        wanted = form.read.data == "yes"
        if form.read.data:
            every = [line for line in every if line.is_read is wanted]
        every.sort(key=ORDERS[form.sort.data])
        page = page_of(form.page.data, len(every))
        lines, shown = iter(every), iter(page.of(every))
    else:  # only the countries of the page are looked up
        if form.sort.data == "region":
            found = sorted(found, key=lambda c: (c.region, c.subregion, c.name))
        lines = country_lines(found)
        page = page_of(form.page.data, len(found))
        shown = country_lines(page.of(found))
    return Listing(
        "countries",
        form,
        COUNTRY_COLUMNS,
        (line.row() for line in lines),
        {"lines": shown, "page": page},
    )


def country_lines(countries: Sequence[Country]) -> Iterator[CountryLine]:
    """Some hundreds of countries are read at a time, when their lines are asked for."""
    for some in chunks(countries):
        found = ask().grid(some)
        for country in some:
            yield CountryLine(country, found.across(country))


@listing(bp, "/countries/<iso3:iso3>", "public/country.html")
def country(iso3: str) -> Listing:
    """One country: every criterion with its elements, articles, sources and duties."""
    session, codebook, day = ask().session, ask().codebook, ask().day
    found = find_country(iso3)
    if iso3 != found.iso3:
        abort(redirect(url_for(".country", iso3=found.iso3)))
    form = BlankFilter.of()
    folder = ask().memo(
        ("dossier", found.iso3),
        lambda: dossier.read_dossier(session, codebook, found, day),
    )
    known = ask().treaties
    standings = ask().memo(
        ("standings", found.iso3),
        lambda: treaties.standings(session, day, iso3s=[found.iso3]),
    )
    duties = treaties.duties_of(folder, known, standings)
    rows = (
        (found.iso3, found.name, view.criterion.key, element.element.key, *cells)
        for view in folder.criteria
        for element in view.elements
        for cells in [element_cells(view, element)]
    )
    context = {
        "country": found,
        "dossier": folder,
        "duties": duties,
        "treaties": known,
        "standings": standings,
        "reforms": [reform for view in folder.criteria for reform in view.reforms],
        "replies": replies(session, found.iso3),
        "bills": [
            PendingBill(
                found,
                bill,
                [folder.sources[k] for k in bill.source_keys if k in folder.sources],
            )
            for bill in folder.bills
        ],
    }
    return Listing(found.iso3, form, ELEMENT_COLUMNS, rows, context)


ELEMENT_COLUMNS = {
    **columns.COUNTRY,
    "criterion": "Key of the criterion",
    "element": "Key of the element",
    "answer": columns.ANSWER["answer"],
    "state": "met, lacking or unread",
    "since": "Earliest day from which the reading is known to hold",
    "confidence": "high, medium or low",
    "articles": "Law and article of each provision it rests on",
    "sources": "Addresses of the sources it rests on",
}


def element_cells(
    view: dossier.CriterionView, element: dossier.ElementView
) -> tuple[Any, ...]:
    return (
        view.derived.answer,
        element.state,
        str(element.since or ""),
        view.coding.confidence if view.coding and view.derived.is_read else None,
        "; ".join(f"{p.law.title}, {p.label}" for p in element.provisions),
        " ".join(source.url for source in element.sources),
    )
