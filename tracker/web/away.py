"""One element away: the single elements that would lift an answer."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask
from flask_babel import gettext as _

from tracker.rules import columns
from tracker.rules.answers import Step
from tracker.rules.codebook import Criterion, Element
from tracker.store import grid
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.filters import AwayFilter, any_of, region_choices
from tracker.web.listing import Listing, Window, chunks, listing, page_of

bp = Blueprint("away", __name__)

LINES = 60
MOST_OFTEN = 8
AWAY_COLUMNS = {
    **columns.COUNTRY,
    **columns.REGION,
    "criterion": "Key of the criterion",
    "answer": columns.ANSWER["answer"],
    "element": "Key of the lacking element that alone would lift the answer",
    "test": "What the element asks",
    "target": "partial or yes: the answer it would certainly lead to",
    "unread": columns.COUNTS["unread"],
    "confidence": "high, medium or low: of the reading that found it lacking",
}


@dataclass(frozen=True)
class Away:
    """A country, and the one element that stands between its law and an answer."""

    cell: grid.Cell
    step: Step
    confidence: str

    @property
    def element(self) -> Element:
        return self.cell.criterion.element(self.step.element)

    def row(self) -> tuple[Any, ...]:
        country = self.cell.country
        return (
            country.iso3,
            country.name,
            country.region,
            country.subregion,
            self.cell.criterion.key,
            self.cell.derived.answer,
            self.step.element,
            self.element.test,
            self.step.target.word,
            self.cell.derived.unread,
            self.confidence,
        )


@listing(bp, "/away", "public/away.html")
def away() -> Listing:
    """Which countries need a single element for partial or yes, and which it is."""
    codebook = ask().codebook
    form = AwayFilter.of(
        region=region_choices(ask().snapshot.regions),
        criterion=any_of(
            {c.key: c.title for c in codebook.criteria}, _("All questions")
        ),
    )
    countries = ask().snapshot.narrowed(region=form.region.data)
    criteria = codebook.ordered([form.criterion.data]) or codebook.criteria
    target = form.target.data
    found = ask().order(
        ("away", form.region.data, form.criterion.data, target),
        lambda: look_over(countries, criteria, target),
    )
    page = page_of(form.page.data, len(found.rows), LINES)
    window = Window(found.rows, page)
    shown = [countries[place] for place in window.keys_shown]
    return Listing(
        "away",
        form,
        AWAY_COLUMNS,
        (
            item.row()
            for some in chunks(countries)
            for item in read_away(some, criteria, target)
        ),
        {
            "items": window.of(read_away(shown, criteria, target)),
            "page": page,
            "often": found.often,
            "countries": found.countries,
        },
    )


@dataclass(frozen=True)
class Overview:
    """What the page says of everybody, and for each row the place of its country.

    `often` has (criterion, element, target) with the number of countries, the most
    first.
    """

    rows: Sequence[int]
    countries: int
    often: list[tuple[tuple[str, str, str], int]]


def look_over(
    countries: Sequence[Country], criteria: Sequence[Criterion], target: str
) -> Overview:
    cells = ask().grid(countries, criteria)
    rows, often = array("l"), Counter[tuple[str, str, str]]()
    for place, country in enumerate(countries):
        for cell, step in steps_of(cells.across(country), target):
            rows.append(place)
            often[cell.criterion.key, step.element, step.target.word] += 1
    ordered = sorted(often.items(), key=lambda item: (-item[1], item[0]))
    return Overview(rows, len(set(rows)), ordered[:MOST_OFTEN])


def read_away(
    countries: Sequence[Country], criteria: Sequence[Criterion], target: str
) -> Iterator[Away]:
    if not countries:
        return
    session, day = ask().session, ask().day
    sure = grid.evidence_kinds(session, day, [c.iso3 for c in countries])
    for cell, step in steps_of(ask().grid(countries, criteria).cells(), target):
        confidence, _kinds = sure.get((cell.country.iso3, cell.criterion.key), ("", ()))
        yield Away(cell, step, confidence)


def steps_of(
    cells: Iterable[grid.Cell], target: str
) -> Iterator[tuple[grid.Cell, Step]]:
    return (
        (cell, step)
        for cell in cells
        for step in cell.steps
        if target in ("", step.target.word)
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
