"""What a program asks: parameters, checked against their definitions, and the day."""

import base64
import binascii
import json
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable

from tracker.problems import BadParameters
from tracker.rules.codebook import Codebook, Criterion
from tracker.rules.dates import EARLIEST, exact_day
from tracker.store.grid import Grid, read_grid
from tracker.store.models import Country
from tracker.store.snapshot import Snapshot, code
from tracker.store.versions import DataVersion
from tracker.version import newest_day, snapshot

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
MAX_TEXT = 80
NDJSON = "application/x-ndjson"


@dataclass(frozen=True)
class Param:
    """A query parameter. `choices` are its values, or the name of those in the data."""

    name: str
    text: str
    choices: tuple[str, ...] | str = ()
    is_list: bool = True
    kind: str = "text"


AS_OF = Param(
    "as_of",
    "The law as it certainly stood on this day; without it, today, and of readings, "
    "laws, provisions, sources and standings all that is known.",
    is_list=False,
    kind="day",
)
PAGING = (
    Param(
        "limit",
        f"How many records a page has: 1 to {MAX_LIMIT}.",
        is_list=False,
        kind="limit",
    ),
    Param(
        "cursor",
        "Where the page begins: take it from `links.next` or the `Link` header.",
        is_list=False,
        kind="cursor",
    ),
)
FORMAT = Param(
    "format",
    "`ndjson` streams all records, one a line, without pages; so does "
    f"`Accept: {NDJSON}`.",
    ("json", "ndjson"),
    is_list=False,
)


class Data:
    """The data as one request sees them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def snapshot(self) -> Snapshot:
        return snapshot()

    @property
    def version(self) -> DataVersion | None:
        return self.snapshot.state

    @property
    def codebook(self) -> Codebook:
        codebook = self.snapshot.codebook
        if codebook is None:
            raise ServiceUnavailable("No data is loaded yet.")
        return codebook

    @property
    def newest(self) -> date:
        return newest_day()

    @property
    def countries(self) -> list[Country]:
        """In the order of their codes."""
        return self.snapshot.by_code

    def choices(self, param: Param) -> Collection[str]:
        """The values that a parameter may have; empty where it is free text."""
        if not isinstance(param.choices, str):
            return param.choices
        if param.choices == "country":
            return self.snapshot.by_iso3
        if param.choices == "region":
            return self.snapshot.regions
        if param.choices == "subregion":
            found = self.snapshot.regions.values()
            return sorted(name for names in found for name in names)
        if param.choices == "criterion":
            return self.codebook.by_key
        if param.choices == "element":
            keys = (k for c in self.codebook.criteria for k in c.element_keys)
            return list(dict.fromkeys(keys))
        return [treaty.key for treaty in self.snapshot.treaties]


@dataclass(frozen=True)
class Query:
    """A request, read: the chosen values by parameter, and how to answer."""

    data: Data
    values: dict[str, list[str]]
    fields: tuple[str, ...]
    given: date | None
    limit: int
    after: tuple[str, ...] | None
    is_ndjson: bool

    def all(self, name: str) -> frozenset[str]:
        return frozenset(self.values.get(name, ()))

    def one(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    @property
    def session(self) -> Session:
        return self.data.session

    @property
    def codebook(self) -> Codebook:
        return self.data.codebook

    @property
    def day(self) -> date:
        return self.given or self.data.newest

    @property
    def start(self) -> str:
        """The first part of the key that the page before ended with."""
        return self.after[0] if self.after else ""

    def countries(self, *, from_start: bool = False) -> list[Country]:
        """Those that country, region and subregion leave, in the order of their codes.

        All of them, or from the one on with which the page begins.
        """
        everyone = self.data.countries
        if from_start and self.start:
            everyone = everyone[bisect_left(everyone, self.start, key=code) :]
        if not self.is_narrowed:
            return everyone
        chosen, areas = self.all("country"), self.all("region")
        parts = self.all("subregion")
        return [
            country
            for country in everyone
            if (not chosen or country.iso3 in chosen)
            and (not areas or country.region in areas)
            and (not parts or country.subregion in parts)
        ]

    def grid(
        self, countries: Sequence[Country], criteria: Sequence[Criterion] | None = None
    ) -> Grid:
        """Their answers on the query's day.

        A stream of everybody's would drive all that pages need out of memory.
        """
        if self.is_ndjson:
            return read_grid(self.session, self.codebook, self.day, countries, criteria)
        return self.data.snapshot.grid(self.session, self.day, countries, criteria)

    @property
    def is_narrowed(self) -> bool:
        return any(self.values.get(n) for n in ("country", "region", "subregion"))


def read_query(
    data: Data, params: Sequence[Param], fields: Sequence[str], key_length: int
) -> Query:
    """This request's query; raises BadParameters with everything wrong with it."""
    known = {param.name: param for param in params}
    errors: list[tuple[str, str]] = []
    values: dict[str, list[str]] = {}
    for name, given in request.args.lists():
        param = known.get(name)
        if name == "fields" and fields:
            continue
        if param is None:
            errors.append((name[:60], "there is no such parameter here"))
        elif not param.is_list and len(given) > 1:
            errors.append((name, "is given twice"))
        else:
            values[name] = list(dict.fromkeys(given))
            errors += check_values(data, param, given)
    chosen = read_fields(fields, errors)
    day = read_day(data, values.get("as_of", [""])[0], errors)
    after = read_cursor(values.get("cursor", [""])[0], key_length, errors)
    if errors:
        raise BadParameters(errors)
    form = values.get("format", [""])[0]
    accepted = request.accept_mimetypes.best_match(["application/json", NDJSON])
    return Query(
        data,
        values,
        chosen,
        day,
        int(values.get("limit", [str(DEFAULT_LIMIT)])[0]),
        after,
        form == "ndjson" or (not form and "format" in known and accepted == NDJSON),
    )


def check_values(
    data: Data, param: Param, given: Sequence[str]
) -> list[tuple[str, str]]:
    if param.kind == "limit":
        text = given[0]
        is_right = text.isascii() and text.isdigit() and len(text) < 6
        if not is_right or not 1 <= int(text) <= MAX_LIMIT:
            return [
                (param.name, f"{text[:20]!r} is not a number from 1 to {MAX_LIMIT}")
            ]
        return []
    if param.kind != "text":
        return []
    choices = data.choices(param)
    if not choices and not param.choices:
        long = [value for value in given if not 1 <= len(value) <= MAX_TEXT]
        return [(param.name, f"has 1 to {MAX_TEXT} characters")] if long else []
    return [
        (param.name, f"{value[:40]!r} is none of its values: {listed(choices)}")
        for value in given
        if value not in choices
    ]


def listed(choices: Collection[str]) -> str:
    shown = ", ".join(islice(choices, 12))
    return f"{shown}, and {len(choices) - 12} more" if len(choices) > 12 else shown


def read_fields(
    fields: Sequence[str], errors: list[tuple[str, str]]
) -> tuple[str, ...]:
    """The fields wanted, in their own order; all where none are named."""
    given = request.args.getlist("fields")
    if not fields or not given:
        return tuple(fields)
    if len(given) > 1:
        errors.append(("fields", "is given twice: write its names with commas"))
        return tuple(fields)
    wanted = given[0].split(",")
    errors += [
        ("fields", f"{name[:40]!r} is no field: {listed(fields)}")
        for name in wanted
        if name not in fields
    ]
    return tuple(name for name in fields if name in wanted)


def read_day(data: Data, text: str, errors: list[tuple[str, str]]) -> date | None:
    if "as_of" not in request.args:
        return None
    found = exact_day(text)
    if found is None:
        errors.append(("as_of", f"{text[:40]!r} is not a day: write it as 2019-08-03"))
    elif not EARLIEST <= found <= data.newest:
        errors.append(("as_of", f"name a day from {EARLIEST} to {data.newest}"))
    return found


def write_cursor(key: Sequence[str]) -> str:
    text = json.dumps(list(key), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(
    text: str, length: int, errors: list[tuple[str, str]]
) -> tuple[str, ...] | None:
    if "cursor" not in request.args:
        return None
    try:
        found: Any = json.loads(
            base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        )
    except (binascii.Error, ValueError, RecursionError):
        found = None
    is_key = isinstance(found, list) and all(isinstance(part, str) for part in found)
    if not is_key or len(found) != length:
        errors.append(("cursor", "is not one that this list gave: begin without it"))
        return None
    return tuple(found)
