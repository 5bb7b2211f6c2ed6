"""The public tables as schema: what type each column has, and what refers to what.

`columns` names the columns and says what they hold; this adds their types. Table
Schema, CSV on the Web, OpenAPI, the Excel workbook and the SQLite file are made of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any

from tracker.rules import columns
from tracker.rules.agreement import Reliance
from tracker.rules.answers import Answer, Level
from tracker.rules.codebook import (
    Bond,
    ChangeReason,
    Confidence,
    CountryStatus,
    SourceKind,
    State,
)


class Kind(StrEnum):
    """What a cell holds. A `date` has the precision with which it was seen."""

    TEXT = "text"
    KEY = "key"
    KEYS = "keys"
    ISO3 = "iso3"
    DATE = "date"
    DAY = "day"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    URL = "url"
    TIME = "time"
    ANY = "any"


PATTERNS = {
    Kind.ISO3: r"^[A-Z]{3}$",
    Kind.DATE: r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
    Kind.KEY: r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
}


@dataclass(frozen=True)
class Field:
    """A column. `choices` are all the values there can be; `unit` is of a number."""

    name: str
    text: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Reference:
    """Columns whose values are in the same columns of another table, or in `there`."""

    here: tuple[str, ...]
    table: str
    there: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    row: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


def words(values: Iterable[Enum]) -> tuple[str, ...]:
    return tuple(str(value.value) for value in values)


LEVELS = tuple(level.word for level in Level)
SOURCE_KINDS = words(SourceKind)
# By column, or by table and column where a name means something else in one table.
CHOICES: dict[str, tuple[str, ...]] = {
    "state": words(State),
    "reason": words(ChangeReason),
    "confidence": words(Confidence),
    "answer": words(Answer),
    "floor": LEVELS,
    "ceiling": LEVELS,
    "kind": SOURCE_KINDS,
    "source_kind": SOURCE_KINDS,
    "treaties.source_kind": (*SOURCE_KINDS, "dataset"),
    "treaties.status": words(Bond),
    "countries.status": words(CountryStatus),
    "reliance": words(Reliance),
}
KINDS: dict[str, Kind] = {
    "iso3": Kind.ISO3,
    "as_of": Kind.DAY,
    "min_years": Kind.NUMBER,
    "max_years": Kind.NUMBER,
    "life": Kind.FLAG,
    "met": Kind.INTEGER,
    "lacking": Kind.INTEGER,
    "unread": Kind.INTEGER,
    "criterion": Kind.KEY,
    "element": Kind.KEY,
    "since": Kind.DATE,
    "until": Kind.DATE,
    "holds_from": Kind.DAY,
    "holds_until": Kind.DAY,
    "provisions": Kind.KEYS,
    "sources": Kind.KEYS,
    "source_url": Kind.URL,
    "date_read": Kind.DAY,
    "coded_on": Kind.DAY,
    "laws.law": Kind.KEY,
    "provisions.law": Kind.KEY,
    "provision": Kind.KEY,
    "sources.source": Kind.KEY,
    "enacted": Kind.DATE,
    "in_force": Kind.DATE,
    "url": Kind.URL,
    "treaty": Kind.KEY,
    "date": Kind.DATE,
    "table_as_of": Kind.DATE,
    "part_all": Kind.KEYS,
    "part_any": Kind.KEYS,
    "full": Kind.KEYS,
    "pairs": Kind.INTEGER,
    "agreed": Kind.INTEGER,
    "raw": Kind.NUMBER,
    "alpha": Kind.NUMBER,
}
UNITS = {
    "min_years": "year",
    "max_years": "year",
    "met": "element",
    "lacking": "element",
    "unread": "element",
    "pairs": "element",
    "agreed": "element",
}
# Cells that may be empty: what was not seen, or is not so.
OPTIONAL = {
    *("since", "until", "holds_until", "confidence", "law", "article", "min_years"),
    *("max_years", "life", "provisions", "title_original", "language", "enacted"),
    *(
        "in_force",
        "url",
        "date",
        "m49",
        "languages",
        "coded_on",
        "part_all",
        "part_any",
    ),
    *("note", "raw", "alpha", "source", "source_kind", "source_url", "date_read"),
    "sources",
}
REQUIRED = {"laws.law", "provisions.law", "provisions.article", "sources.url"}
REQUIRED |= {"sources.source", "sources.date_read", "treaty_articles.article"}

COUNTRY = Reference(("iso3",), "countries", ("iso3",))
CRITERION = Reference(("criterion",), "criteria", ("criterion",))
ELEMENT = Reference(("criterion", "element"), "elements", ("criterion", "element"))
TREATY = Reference(("treaty",), "treaty_titles", ("treaty",))
LAW = Reference(("iso3", "law"), "laws", ("iso3", "law"))
KEYS: dict[str, tuple[tuple[str, ...], tuple[Reference, ...]]] = {
    "readings": (
        ("iso3", "criterion", "element", "holds_from", "holds_until"),
        (COUNTRY, CRITERION, ELEMENT),
    ),
    "answers": (("iso3", "criterion"), (COUNTRY, CRITERION)),
    "matrix": (("iso3",), (COUNTRY,)),
    "countries": (("iso3",), ()),
    "laws": (("iso3", "law"), (COUNTRY,)),
    "provisions": (("iso3", "provision"), (COUNTRY, LAW)),
    "sources": (("iso3", "source"), (COUNTRY,)),
    "treaties": (("iso3", "treaty"), (COUNTRY, TREATY)),
    "treaty_titles": (("treaty",), ()),
    "treaty_articles": (
        ("criterion", "treaty", "article"),
        (CRITERION, TREATY),
    ),
    "criteria": (("criterion",), ()),
    "elements": (("criterion", "element"), (CRITERION,)),
    "agreement": (("criterion",), (CRITERION,)),
}
TITLES = {
    "readings": "Readings",
    "answers": "Answers",
    "matrix": "Matrix of answers",
    "countries": "Countries",
    "laws": "Laws",
    "provisions": "Provisions",
    "sources": "Sources",
    "treaties": "Treaty standings",
    "treaty_titles": "Treaties",
    "treaty_articles": "Treaty articles by criterion",
    "criteria": "Criteria",
    "elements": "Elements",
    "agreement": "Agreement between readers",
}


def table_of(download: columns.Download, criteria: Iterable[str] = ()) -> Table:
    """The schema of a download; `criteria` are the columns of the matrix."""
    name = download.name.removesuffix(".csv")
    answers = set(criteria) if name == "matrix" else set()
    key, references = KEYS[name]
    fields = tuple(
        Field(column, text, choices=CHOICES["answer"], required=True)
        if column in answers
        else field_of(name, column, text)
        for column, text in download.columns.items()
    )
    return Table(name, TITLES[name], download.row, fields, key, references)


def field_of(table: str, column: str, text: str) -> Field:
    full = f"{table}.{column}"
    return Field(
        column,
        text,
        KINDS.get(full, KINDS.get(column, Kind.TEXT)),
        CHOICES.get(full, CHOICES.get(column, ())),
        full in REQUIRED or column not in OPTIONAL,
        UNITS.get(column, ""),
    )


TABLES = {table.name: table for table in (table_of(item) for item in columns.DOWNLOADS)}


def all_tables(criteria: Mapping[str, str]) -> list[Table]:
    """Every public table, with the matrix of these criteria."""
    found = list(TABLES.values())
    return [*found[:2], table_of(columns.matrix(criteria), criteria), *found[2:]]


def as_text(value: Any) -> str | None:
    if type(value) is str:
        return value or None
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value.value if isinstance(value, Enum) else value) or None


def as_number(value: Any) -> float | None:
    if value is None or value == "":
        return None
    number = float(value)
    return int(number) if number.is_integer() else number


CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    **dict.fromkeys(Kind, as_text),
    Kind.ANY: lambda value: value.value if isinstance(value, Enum) else value,
    Kind.KEYS: lambda value: str(value or "").split(),
    Kind.FLAG: lambda v: None if v is None or v == "" else v in (1, "1", True),
    Kind.INTEGER: lambda v: None if v is None or v == "" else int(v),
    Kind.NUMBER: as_number,
}


def typed(field: Field, value: Any) -> Any:
    """A cell as JSON has it; null where it is empty.

    Takes what the exports yield as well as the text of a CSV cell.
    """
    return CONVERTERS[field.kind](value)


def record(fields: Iterable[Field], cells: Iterable[Any]) -> dict[str, Any]:
    """A row as JSON has it."""
    pairs = zip(fields, cells, strict=True)
    return {field.name: typed(field, value) for field, value in pairs}
