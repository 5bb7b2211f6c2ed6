"""Answers and shapes in, what the SVG template draws out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker.rules.answers import Answer

RADIUS = 4


@dataclass(frozen=True)
class Place:
    """One country on the map; `marker` is the centre of a circle, where it has one."""

    iso3: str
    name: str
    answer: Answer
    path: str | None
    marker: tuple[float, float] | None


@dataclass(frozen=True)
class Layer:
    """The countries of one answer: they share a fill and a pattern."""

    answer: Answer
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class WorldMap:
    """`other` are outlines of territories that the tracker has no country for."""

    width: int
    height: int
    other: list[str]
    layers: list[Layer]


def draw(
    shapes: Mapping[str, Any], countries: Iterable[tuple[str, str, Answer]]
) -> WorldMap:
    """Lay (iso3, name, answer) over the shapes of `data/worldmap.json`."""
    layers = {answer: Layer(answer) for answer in Answer}
    for iso3, name, answer in countries:
        marker = shapes["markers"].get(iso3)
        path = shapes["shapes"].get(iso3)
        if path or marker:
            place = Place(iso3, name, answer, path, tuple(marker) if marker else None)
            layers[answer].places.append(place)
    return WorldMap(
        width=shapes["width"],
        height=shapes["height"],
        other=shapes["other"],
        layers=[layer for layer in layers.values() if layer.places],
    )
