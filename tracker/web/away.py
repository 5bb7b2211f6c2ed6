"""One element away: the single elements that would lift an answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask
from flask_babel import gettext as _

from tracker.rules import columns
from tracker.rules.answers import Step
from tracker.rules.codebook import Element
from tracker.store import grid
from tracker.web.ask import ask
from tracker.web.filters import AwayFilter, any_of, region_choices
from tracker.web.listing import Listing, listing, page_of

bp = Blueprint("away", __name__)

LINES = 60
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
    session, codebook, day = ask().session, ask().codebook, ask().day
    form = AwayFilter.of(
        region=region_choices(ask().snapshot.regions),
        criterion=any_of(
            {c.key: c.title for c in codebook.criteria}, _("All questions")
        ),
    )
    countries = ask().snapshot.narrowed(region=form.region.data)
    found = ask().grid(countries)
    sure = grid.evidence_kinds(session, day)
    items = [
        Away(cell, step, sure.get((cell.country.iso3, cell.criterion.key), ("", ()))[0])
        for cell, step in steps_of(found.cells())
        if form.criterion.data in ("", cell.criterion.key)
        and form.target.data in ("", step.target.word)
    ]
    page = page_of(form.page.data, len(items), LINES)
    return Listing(
        "away",
        form,
        AWAY_COLUMNS,
        [item.row() for item in items],
        {
            "items": page.of(items),
            "page": page,
            "often": most_often((item.cell, item.step) for item in items),
            "countries": len({item.cell.country.iso3 for item in items}),
        },
    )


def steps_of(cells: Iterable[grid.Cell]) -> Iterable[tuple[grid.Cell, Step]]:
    return ((cell, step) for cell in cells for step in cell.steps)


def most_often(
    steps: Iterable[tuple[grid.Cell, Step]],
) -> list[tuple[tuple[str, str, str], int]]:
    """(criterion, element, target) with the number of countries, the most first."""
    found = Counter(
        (cell.criterion.key, step.element, step.target.word) for cell, step in steps
    )
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
