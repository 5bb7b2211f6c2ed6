"""The marks of answers in long tables: each drawn once, then joined by the row.

A page of the matrix has thousands of marks and a few dozen different ones. The template's
macro draws each of those; only the country's address differs between countries.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from flask import url_for
from flask_babel import get_locale
from markupsafe import Markup, escape

from tracker.rules.answers import Answer
from tracker.rules.codebook import Criterion
from tracker.store.grid import Cell
from tracker.store.models import Country
from tracker.web.ask import ask

SOMEWHERE = "QQQ"  # no country has it: ISO 3166-1 leaves it to users
SOMEBODY = "\ue000"  # a name that no country has: U+E000 is for private use
Macro = Callable[[Criterion, Answer, str], str]


class Line(Protocol):
    """One country of a table, with a place for each criterion."""

    @property
    def country(self) -> Country: ...
    @property
    def cells(self) -> Sequence[Cell | None]: ...
    @property
    def shown(self) -> Sequence[Cell]: ...
    @property
    def read(self) -> int: ...


class Marks:
    """`macro` draws a criterion's answer as a link to an address; `name` is its own.

    What was drawn is kept while the data stands, by language and by what else the
    address says.
    """

    def __init__(self, macro: Macro, name: str) -> None:
        self.macro = macro
        self.address = url_for("public.country", iso3=SOMEWHERE)
        self.frames: dict[tuple[str, Answer], tuple[str, str]] = ask().memo(
            ("marks", name, str(get_locale()), self.address), dict
        )

    def frame(self, criterion: Criterion, answer: Answer) -> tuple[str, str]:
        """The HTML before and after the country's code."""
        drawn = str(self.macro(criterion, answer, self.address))
        head, _, tail = drawn.partition(SOMEWHERE)
        found = self.frames[criterion.key, answer] = head, tail
        return found

    def row(self, cells: Iterable[Cell | None], blank: str = "") -> Markup:
        """The marks of one country, with `blank` for what a filter left out."""
        return Markup("".join(self.pieces(cells, blank)))  # of escaped pieces

    def rows(
        self,
        lines: Iterable[Line],
        head: Callable[[str, str], str],
        tail: Callable[[int, int], str],
        blank: str = "",
    ) -> Markup:
        """All lines: `head` draws an address and a name, `tail` how many were read."""
        drawn = str(head(self.address, SOMEBODY))
        before, _, rest = drawn.partition(SOMEWHERE)
        middle, _, after = rest.partition(SOMEBODY)
        tails: dict[tuple[int, int], str] = {}
        parts: list[str] = []
        for line in lines:
            country, read, total = line.country, line.read, len(line.shown)
            end = tails.get((read, total))
            if end is None:
                end = tails[read, total] = str(tail(read, total))
            name = str(escape(country.name))
            parts += (before, country.iso3, middle, name, after)
            parts += self.pieces(line.cells, blank)
            parts.append(end)
        return Markup("".join(parts))  # of escaped pieces

    def pieces(self, cells: Iterable[Cell | None], blank: str) -> list[str]:
        frames, iso3 = self.frames, ""
        parts: list[str] = []
        for cell in cells:
            if cell is None:
                parts.append(blank)
                continue
            iso3 = iso3 or cell.country.iso3
            answer = cell.derived.answer
            found = frames.get((cell.criterion.key, answer))
            head, tail = found or self.frame(cell.criterion, answer)
            parts += (head, iso3, tail)
        return parts


class Places:
    """Addresses of countries, built from one."""

    def __init__(self, **values: Any) -> None:
        address = url_for("public.country", iso3=SOMEWHERE, **values)
        self.before, _, self.after = address.partition(SOMEWHERE)

    def __call__(self, iso3: str) -> str:
        return f"{self.before}{iso3}{self.after}"
