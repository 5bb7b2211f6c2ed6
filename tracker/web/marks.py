"""The marks of answers in long tables: each drawn once, then joined by the row.

A page of the matrix has thousands of marks and a few dozen different ones. The template's
macro draws each of those; only the country's address differs between countries.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import url_for
from flask_babel import get_locale
from markupsafe import Markup

from tracker.rules.answers import Answer
from tracker.rules.codebook import Criterion
from tracker.store.grid import Cell
from tracker.web.ask import ask

SOMEWHERE = "QQQ"  # no country has it: ISO 3166-1 leaves it to users
Macro = Callable[[Criterion, Answer, str], str]


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
        return Markup("".join(parts))  # of the macro's escaped pieces


class Places:
    """Addresses of countries, built from one."""

    def __init__(self, **values: Any) -> None:
        address = url_for("public.country", iso3=SOMEWHERE, **values)
        self.before, _, self.after = address.partition(SOMEWHERE)

    def __call__(self, iso3: str) -> str:
        return f"{self.before}{iso3}{self.after}"
