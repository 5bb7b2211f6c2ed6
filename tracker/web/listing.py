"""One list, three forms: a page, and CSV and JSON with the same rows."""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from itertools import islice
from typing import Any, TypeVar

from flask import Blueprint, Response, render_template
from werkzeug.exceptions import NotFound

from tracker.rules.csvtext import csv_lines
from tracker.streaming import streamed
from tracker.web.ask import ask
from tracker.web.filters import Filter

PAGE_SIZE = 250
ItemT = TypeVar("ItemT")


@dataclass
class Listing:
    """What a list view gives: its rows, and what its page needs beside them.

    `columns` describes the cells, in order; each of `rows` has them all.
    """

    name: str
    filter: Filter
    columns: Mapping[str, str]
    rows: Iterable[tuple[Any, ...]]
    context: dict[str, Any] = field(default_factory=dict)


def listing(
    blueprint: Blueprint, path: str, template: str
) -> Callable[[Callable[..., Listing]], Callable[..., Any]]:
    """Register a view at `path`, `path.csv` and `path.json`."""

    def register(view: Callable[..., Listing]) -> Callable[..., Any]:
        def answer(form: str, **kwargs: Any) -> Any:
            ask().need_data()
            found = view(**kwargs)
            if form == "csv":
                return csv_response(found.name, found.columns, found.rows)
            if form == "json":
                return json_response(found)
            return render_template(template, filter=found.filter, **found.context)

        endpoint = view.__name__
        answer.__name__, answer.__doc__ = endpoint, view.__doc__
        # The page is the first, and has its default too: so a link without a form is
        # to the page.
        for form, suffix in (("html", ""), ("csv", ".csv"), ("json", ".json")):
            blueprint.add_url_rule(
                f"{path}{suffix}", endpoint, answer, defaults={"form": form}
            )
        return answer

    return register


def csv_response(
    name: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]
) -> Response:
    return csv_answer(name, csv_lines(columns, rows))


def csv_answer(name: str, text: Iterator[str]) -> Response:
    response = streamed(text, "text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def json_response(found: Listing) -> Response:
    head = {
        "name": found.name,
        "as_of": ask().day.isoformat(),
        "codebook": ask().codebook.version,
        "licence": "CC-BY-4.0",
        "columns": dict(found.columns),
    }
    pieces = json_pieces(head, list(found.columns), found.rows)
    return streamed(pieces, "application/json")


def json_pieces(
    head: dict[str, Any], columns: list[str], rows: Iterable[tuple[Any, ...]]
) -> Iterator[str]:
    """`head` with `rows` in it, written row by row."""
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
    comma = ""
    for row in rows:
        record = {name: plain(value) for name, value in zip(columns, row, strict=True)}
        yield comma + json.dumps(record, ensure_ascii=False)
        comma = ",\n"
    yield "]}\n"


def plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


@dataclass(frozen=True)
class Page:
    """A window on a list that is too long for one page."""

    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size

    @property
    def last(self) -> int:
        return min(self.first + self.size, self.total)

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.size))

    def of(self, items: Sequence[ItemT]) -> Sequence[ItemT]:
        return items[self.first : self.last]


def page_of(number: int, total: int, size: int = PAGE_SIZE) -> Page:
    """The page of that number; raises NotFound behind the last one."""
    page = Page(number or 1, total, size)
    if page.number > page.count:
        raise NotFound(f"There is no page {number}: this list has {page.count}.")
    return page


def chunks(items: Sequence[ItemT]) -> Iterator[Sequence[ItemT]]:
    """As many at a time as a page has."""
    for first in range(0, len(items), PAGE_SIZE):
        yield items[first : first + PAGE_SIZE]


@dataclass(frozen=True)
class Window:
    """The rows of a page that are read by their keys.

    `keys` has the key of each row of the list, in order; rows that share one stand
    together.
    """

    keys: Sequence[int]
    page: Page

    @property
    def keys_shown(self) -> list[int]:
        return list(dict.fromkeys(self.page.of(self.keys)))

    def of(self, items: Iterable[ItemT]) -> list[ItemT]:
        """The page's own among all rows with its keys."""
        shown = self.page.of(self.keys)
        if not shown:
            return []
        before = self.page.first - bisect_left(self.keys, shown[0])
        return list(islice(items, before, before + len(shown)))
