"""How many countries answer how: by region, and on the map."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app

from tracker.rules import worldmap
from tracker.rules.answers import Answer, Level
from tracker.rules.codebook import Criterion
from tracker.rules.coverage import Coverage
from tracker.store import grid
from tracker.store.models import Country
from tracker.web.ask import ask


@cache
def shapes() -> dict[str, Any]:
    path = Path(current_app.root_path) / "data" / "worldmap.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def draw_map(found: grid.Grid, criterion: Criterion) -> worldmap.WorldMap:
    cells = found.down(criterion)
    return worldmap.draw(
        shapes(), ((c.country.iso3, c.country.name, c.derived.answer) for c in cells)
    )


def by_region(countries: Iterable[Country]) -> dict[str, list[Country]]:
    found: dict[str, list[Country]] = {}
    for country in sorted(countries, key=lambda c: (c.region, c.name)):
        found.setdefault(country.region, []).append(country)
    return found


REGION_COLUMNS = {
    "region": "UN M49 region; empty: the world",
    "criterion": "Key of the criterion",
    "countries": "Number of countries",
    "read": "How many of them were read, at least in part",
    "yes_at_least": "How many certainly answer yes",
    "yes_at_most": "How many of those read can still answer yes",
    "partial_or_yes_at_least": "How many certainly answer partial or yes",
    "partial_or_yes_at_most": "How many of those read can still answer partial or yes",
    "no": "How many certainly answer no: the gaps",
    "not_read": "How many nobody has read",
}


def coverage_row(name: str, criterion: Criterion, found: Coverage) -> tuple[Any, ...]:
    return (
        name,
        criterion.key,
        found.total,
        found.read,
        *found.bounds(Level.YES),
        *found.bounds(Level.PARTIAL),
        found.count(Answer.NO),
        found.not_read,
    )


def regional(criterion: Criterion) -> dict[str, Coverage]:
    """By region, and under "" in the world, how one criterion is answered."""

    def make() -> dict[str, Coverage]:
        found = ask().column(criterion)
        groups = {"": found.countries, **by_region(found.countries)}
        return {name: found.coverage(criterion, some) for name, some in groups.items()}

    return ask().memo(("regional", criterion.key), make)


def world_map(criterion: Criterion) -> worldmap.WorldMap:
    def make() -> worldmap.WorldMap:
        return draw_map(ask().column(criterion), criterion)

    return ask().memo(("map", criterion.key), make)
