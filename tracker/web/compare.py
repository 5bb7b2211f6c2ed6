"""Two to six countries or regions side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from werkzeug.exceptions import BadRequest

from tracker.rules.answers import Level
from tracker.rules.codebook import Criterion, State
from tracker.rules.coverage import Coverage
from tracker.store import grid
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.coverage import regional
from tracker.web.filters import MOST_OPTIONS, CompareFilter, one_of, options
from tracker.web.i18n import region_label
from tracker.web.listing import Listing, listing
from tracker.web.site import bp

COMPARED = (2, 6)


@dataclass(frozen=True)
class Column:
    """One side of a comparison: a country, or a region as counts."""

    title: str
    country: Country | None
    coverages: dict[str, Coverage]


COMPARE_COLUMNS = {
    "criterion": "Key of the criterion",
    "element": "Key of the element; empty: the criterion's answer",
    "who": "ISO3 code of a country, or a region",
    "value": "Answer or state of a country; of a region: yes at least-at most of read",
}


@listing(bp, "/compare", "public/compare.html")
def compare() -> Listing:
    """Two to six countries or regions side by side, differences first."""
    return read_comparison()


def read_comparison() -> Listing:
    """What this request compares, for its page, its twins and its PDF."""
    codebook = ask().codebook
    form = CompareFilter.of(
        country=ask().snapshot.by_iso3,
        region=one_of({name: region_label(name) for name in ask().snapshot.regions}),
    )
    wanted = list(dict.fromkeys(form.country.data))
    areas = list(dict.fromkeys(form.region.data))
    if len(wanted) + len(areas) > COMPARED[1]:
        raise BadRequest(
            f"{len(wanted) + len(areas)} are too many to compare: choose two to six."
        )
    chosen = [ask().snapshot.by_iso3[iso3] for iso3 in wanted]
    found = ask().grid(chosen)
    sides = [Column(c.name, c, {}) for c in chosen]
    for area in areas:
        coverages = {c.key: regional(c)[area] for c in codebook.criteria}
        sides.append(Column(str(region_label(area)), None, coverages))
    lines = [
        CompareLine(q, [found.cell(c, q) for c in chosen]) for q in codebook.criteria
    ]
    lines.sort(key=lambda line: (not line.differs, not line.differing_elements))
    return Listing(
        "compare",
        form,
        COMPARE_COLUMNS,
        list(compare_rows(lines, sides)),
        {
            "sides": sides,
            "lines": lines,
            "picks": country_picks([*wanted, *[""] * COMPARED[1]][: COMPARED[1]]),
            "enough": len(sides) >= COMPARED[0],
        },
    )


def country_picks(codes: list[str]) -> list[tuple[str, str]]:
    """Each code with the options of its select; none where they would be too many."""
    if len(ask().countries) > MOST_OPTIONS:
        return [(code, "") for code in codes]
    choices = one_of({"": "–", **{c.iso3: c.name for c in ask().countries}})
    drawn = {code: options(choices, {code}) for code in set(codes)}
    return [(code, drawn[code]) for code in codes]


@dataclass(frozen=True)
class CompareLine:
    criterion: Criterion
    cells: list[grid.Cell]

    @cached_property
    def states(self) -> list[dict[str, State]]:
        return [cell.by_element for cell in self.cells]

    @cached_property
    def differs(self) -> bool:
        """One meets an element that another lacks: an unread one differs from none.

        Answers differ for certain nowhere else, because meeting more elements never
        lowers an answer; "yes" and "at least partly" may turn out the same.
        """
        return any(
            {State.MET, State.LACKING} <= {states[key] for states in self.states}
            for key in self.criterion.element_keys
        )

    @cached_property
    def differing_elements(self) -> list[str]:
        return [
            key
            for key in self.criterion.element_keys
            if len({states[key] for states in self.states}) > 1
        ]


def compare_rows(
    lines: list[CompareLine], sides: list[Column]
) -> Iterable[tuple[Any, ...]]:
    for line in lines:
        for cell in line.cells:
            yield line.criterion.key, "", cell.country.iso3, cell.derived.answer
        for side in sides:
            if side.country is None:
                found = side.coverages[line.criterion.key]
                low, high = found.bounds(Level.YES)
                value = f"{low}-{high} of {found.read}"
                yield line.criterion.key, "", side.title, value
        for key in line.criterion.element_keys:
            for cell in line.cells:
                state = cell.by_element[key]
                yield line.criterion.key, key, cell.country.iso3, state
