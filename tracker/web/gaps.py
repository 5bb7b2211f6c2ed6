"""The matrix of countries and questions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from tracker.rules.answers import Step
from tracker.rules.codebook import Criterion
from tracker.rules.coverage import Coverage, cover
from tracker.store import grid, treaties
from tracker.store.cells import CellFilter
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.criteria import ANSWER_COLUMNS, answer_row
from tracker.web.filters import (
    GapsFilter,
    any_of,
    criterion_choices,
    region_choices,
    subregion_choices,
)
from tracker.web.listing import Listing, chunks, listing, page_of
from tracker.web.site import bp


@dataclass(frozen=True)
class GapLine:
    """A country's cells; those that a filter leaves out are None, `shown` has the rest."""

    country: Country
    cells: Sequence[grid.Cell | None]
    shown: Sequence[grid.Cell]

    @property
    def read(self) -> int:
        return len([cell for cell in self.shown if cell.derived.is_read])


@listing(bp, "/gaps", "public/gaps.html")
def gaps() -> Listing:
    """The matrix of countries and criteria, narrowed by any property of a cell."""
    session, codebook, day = ask().session, ask().codebook, ask().day
    known = ask().snapshot.regions
    form = GapsFilter.of(
        region=region_choices(known),
        subregion=subregion_choices(known),
        criterion=criterion_choices(codebook),
        treaty=any_of({t.key: t.short for t in ask().treaties}, _("Any treaty")),
    )
    found = ask().snapshot.narrowed(
        region=form.region.data, subregion=form.subregion.data
    )
    if form.treaty.data:
        bound = treaties.bound_countries(session, day, form.treaty.data)
        found = [country for country in found if country.iso3 in bound]
    chosen = codebook.ordered(form.criterion.data) or codebook.criteria
    lines: Iterable[GapLine]
    if has_cell_filter(form):
        lines = list(kept_lines(found, chosen, cell_filter(form)))
        total = len(lines)
        page = page_of(form.page.data, total)
        shown = page.of(lines)
        counts = counts_of(shown, chosen)
    else:  # only the countries of the page are looked up
        lines = gap_lines(found, chosen)
        total = len(found)
        page = page_of(form.page.data, total)
        shown = list(gap_lines(page.of(found), chosen))
        where = (form.region.data, form.subregion.data, form.treaty.data)
        keys = tuple(criterion.key for criterion in chosen)
        counts = ask().memo(
            ("gaps", where, keys, page.number), lambda: counts_of(shown, chosen)
        )
    return Listing(
        "gaps",
        form,
        GAP_COLUMNS,
        (
            (*answer_row(cell), away(cell.steps))
            for line in lines
            for cell in line.shown
        ),
        {
            "lines": shown,
            "page": page,
            "criteria": chosen,
            "total": total,
            **counts,
        },
    )


def counts_of(
    lines: Sequence[GapLine], criteria: Sequence[Criterion]
) -> dict[str, Any]:
    """What the page says of all its cells: coverage by criterion, and near steps."""
    cells = [cell for line in lines for cell in line.shown]
    steps = Counter((cell.criterion.key, step) for cell in cells for step in cell.steps)
    return {
        "totals": totals(lines, criteria),
        "steps": steps.most_common(8),
        "kept": len(cells),
    }


def gap_lines(
    countries: Sequence[Country], criteria: Sequence[Criterion]
) -> Iterator[GapLine]:
    for some in chunks(countries):
        found = ask().grid(some, criteria)
        for country in some:
            cells = found.across(country)
            yield GapLine(country, cells, cells)


def kept_lines(
    countries: Sequence[Country], criteria: Sequence[Criterion], keep: CellFilter
) -> Iterator[GapLine]:
    """The lines with at least one cell that the filter keeps."""
    for line in gap_lines(countries, criteria):
        cells = [cell if keep.keeps(cell) else None for cell in line.shown]
        if any(cells):
            yield GapLine(line.country, cells, [c for c in cells if c is not None])


def totals(
    lines: Sequence[GapLine], criteria: Sequence[Criterion]
) -> dict[str, Coverage]:
    """By criterion the coverage of the cells shown."""
    return {
        criterion.key: cover(
            cell.derived for line in lines if (cell := line.cells[place]) is not None
        )
        for place, criterion in enumerate(criteria)
    }


GAP_COLUMNS = {
    **ANSWER_COLUMNS,
    "one_element_away": "Each lacking element that alone would lift the answer: "
    "element>answer",
}


def away(steps: Sequence[Step]) -> str:
    return " ".join(f"{step.element}>{step.target.word}" for step in steps)


def has_cell_filter(form: GapsFilter) -> bool:
    fields = (form.answer, form.kind, form.confidence, form.away)
    return any(field.data for field in fields)


def cell_filter(form: GapsFilter) -> CellFilter:
    """Whether a cell stands for everything that the filter asks of cells."""
    kind, confidence = form.kind.data, form.confidence.data
    evidence = (
        grid.evidence_kinds(ask().session, ask().day) if kind or confidence else {}
    )
    return CellFilter(
        frozenset(form.answers),
        frozenset({kind} - {""}),
        frozenset({confidence} - {""}),
        form.away.data,
        evidence,
    )
