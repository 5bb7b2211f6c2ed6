"""Public shapes of records: the files in `seeds/`, and what is exported from them.

pydantic checks shape and type; `check` adds what needs the codebook or another file.
Every text keeps the bytes it came with.
"""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    Tag,
    model_validator,
)

from tracker.rules.codebook import Bond, Confidence, CountryStatus, SourceKind, State
from tracker.rules.dates import PartialDate

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_date(text: str) -> str:
    PartialDate.parse(text)
    return text


def check_printable(text: str) -> str:
    found = CONTROL.search(text)
    if found:
        raise ValueError(f"has a control character (U+{ord(found[0]):04X})")
    return text


KEY = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
CODEBOOK_KEY = r"^[a-z][a-z0-9_]*$"
ISO3 = r"^[A-Z]{3}$"
DAY = r"^\d{4}-\d\d-\d\d$"
URL = r"^https?://[^\s<>\"]+$"

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=5_000, strict=True),
    AfterValidator(check_printable),
]
Key = Annotated[str, StringConstraints(pattern=KEY, strict=True)]
CodebookKey = Annotated[str, StringConstraints(pattern=CODEBOOK_KEY, strict=True)]
Iso3 = Annotated[str, StringConstraints(pattern=ISO3, strict=True)]
Date = Annotated[
    str, StringConstraints(max_length=10, strict=True), AfterValidator(check_date)
]
Day = Annotated[
    str,
    StringConstraints(pattern=DAY, strict=True),
    AfterValidator(check_date),
]
Url = Annotated[str, StringConstraints(pattern=URL, max_length=2_000, strict=True)]
Years = Annotated[StrictInt | StrictFloat, Field(ge=0, le=1_000, allow_inf_nan=False)]
Keys = Annotated[list[Key], Field(max_length=200)]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Penalty(Record):
    """Years of imprisonment; null where they were not seen."""

    min_years: Years | None
    max_years: Years | None
    life: StrictBool


class Law(Record):
    key: Key
    title: Text
    title_original: Text | None
    language: (
        Annotated[
            str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
        ]
        | None
    )
    enacted: Date | None
    in_force: Date | None
    url: Url | None


class Provision(Record):
    key: Key
    law: Key
    label: Text
    says: Text
    penalty: Penalty


class Source(Record):
    key: Key
    url: Url
    title: Text
    publisher: Text
    kind: SourceKind
    seen: Day


class ElementReading(Record):
    """One element where it differs from what its criterion says for all of them."""

    state: State
    since: Date | None = None
    provisions: Keys = []
    sources: Keys = []

    @property
    def own(self) -> tuple[str, ...]:
        """Which of since, provisions and sources stand in the element itself."""
        fields = ("since", "provisions", "sources")
        return tuple(name for name in fields if name in self.model_fields_set)


def element_form(value: Any) -> str:
    return "mapping" if isinstance(value, dict | ElementReading) else "state"


Elements = Annotated[
    dict[
        CodebookKey,
        Annotated[
            Annotated[State, Tag("state")] | Annotated[ElementReading, Tag("mapping")],
            Discriminator(element_form),
        ],
    ],
    Field(min_length=1),
]


class CriterionReading(Record):
    elements: Elements
    since: Date | None
    provisions: Keys
    sources: Keys
    confidence: Confidence
    why: Text


class EarlierReading(Record):
    """A reading that held until the law changed."""

    criterion: CodebookKey
    elements: Elements
    since: Date | None
    until: Date
    provisions: Keys = []
    sources: Keys
    why: Text


BillElements = Annotated[
    list[
        Annotated[
            str,
            StringConstraints(
                pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", strict=True
            ),
        ]
    ],
    Field(max_length=200),
]


class Bill(Record):
    """Law that is not in force. It never changes an answer.

    `elements` names those that it would meet, as described; left out: nobody has said.
    """

    title: Text
    status: Text
    date: Date | None
    sources: Keys
    elements: BillElements | None = None
    why: Text


class CountryFile(Record):
    """`seeds/countries/ISO3.yaml`, or a second reading in `seeds/second/`."""

    country: Iso3
    coded_on: Day
    laws: list[Law]
    provisions: list[Provision]
    sources: list[Source]
    readings: dict[CodebookKey, CriterionReading]
    history: list[EarlierReading]
    bills: list[Bill]
    leads: list[Text]


class CountryRow(Record):
    """A line of `seeds/countries.csv`."""

    iso3: Iso3
    iso2: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    m49: Annotated[str, StringConstraints(pattern=r"^\d{3}$|^$")]
    name: Text
    region: Text
    subregion: Text
    status: CountryStatus
    un_since: Annotated[str, StringConstraints(pattern=r"^(\d{4})?$")]
    languages: Annotated[str, AfterValidator(check_printable)]


class TreatyRow(Record):
    """A line of `seeds/treaty_titles.csv`."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    short: Text
    title: Text
    body: Text


class TreatySourceRow(Record):
    """A line of `seeds/treaty_sources.csv`: a status table and its day."""

    source_key: Key
    title: Text
    url: Url
    publisher: Text
    as_of: Date
    kind: Annotated[
        str, StringConstraints(pattern=r"^(text|official|secondary|dataset)$")
    ]


class TreatyStatusRow(Record):
    """A line of `seeds/treaties.csv`. No line means not known, never "not a party"."""

    iso3: Iso3
    treaty: Text
    status: Bond
    date: Annotated[
        str, AfterValidator(lambda text: check_date(text) if text else text)
    ]
    source_key: Key


class PartTest(Record):
    all: Annotated[list[CodebookKey], Field(min_length=1)] | None = None
    any: Annotated[list[CodebookKey], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def one_of_two(self) -> "PartTest":
        if (self.all is None) == (self.any is None):
            raise ValueError("write either `all` or `any`")
        return self


class CodebookCriterion(Record):
    key: CodebookKey
    theme: CodebookKey
    title: Text
    question: Text
    elements: Annotated[dict[CodebookKey, Text], Field(min_length=1)]
    note: Text | None = None
    part: PartTest
    full: Annotated[list[CodebookKey], Field(min_length=1)]
    treaties: dict[str, list[Text]]

    @model_validator(mode="after")
    def tests_name_elements(self) -> "CodebookCriterion":
        named = [*(self.part.all or ()), *(self.part.any or ()), *self.full]
        if unknown := sorted(set(named) - set(self.elements)):
            raise ValueError(
                f"tests name elements that do not exist: {', '.join(unknown)}"
            )
        return self


class CodebookFile(Record):
    version: Text
    themes: dict[CodebookKey, Text]
    criteria: Annotated[list[CodebookCriterion], Field(min_length=1)]


def plain(record: Record) -> dict[str, Any]:
    """The record as its file has it: fields that were not given stay out."""
    return record.model_dump(mode="json", exclude_unset=True)
