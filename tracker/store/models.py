"""Tables and relations; no queries, no JSON shapes, no permissions.

Keys of laws, provisions and sources are unique within one country and one series, and
every reference carries both: a reading can't rest on another country's article. Ids are
given out by the writer, who holds the lock of `audit.lock`.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.rules.codebook import (
    Bond,
    ChangeReason,
    Confidence,
    CountryStatus,
    Series,
    SourceKind,
    State,
)
from tracker.rules.dates import PartialDate, Precision
from tracker.store.db import Base, enum_type

PRECISION_PAIR = "({0} IS NULL) = ({0}_precision IS NULL)"


def partial(first: date | None, precision: Precision | None) -> PartialDate | None:
    return PartialDate(first, precision) if first and precision else None


class Codebook(Base):
    """A version of the codebook, with the text of its file as published."""

    __tablename__ = "codebook"

    version: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    themes: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON)
    is_current: Mapped[bool]
    recorded_from: Mapped[datetime]

    __table_args__ = (
        sa.Index(
            "uq_codebook_current",
            "is_current",
            unique=True,
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        ),
    )


class Criterion(Base):
    """A question of the codebook; `part` and `full` are its two tests."""

    __tablename__ = "criterion"

    key: Mapped[str] = mapped_column(primary_key=True)
    codebook_version: Mapped[str] = mapped_column(sa.ForeignKey("codebook.version"))
    position: Mapped[int]
    theme: Mapped[str]
    title: Mapped[str]
    question: Mapped[str]
    note: Mapped[str]
    part: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    full: Mapped[list[str]] = mapped_column(sa.JSON)

    elements: Mapped[list["Element"]] = relationship(order_by="Element.position")


class Element(Base):
    """One testable part of a criterion."""

    __tablename__ = "element"

    criterion_key: Mapped[str] = mapped_column(
        sa.ForeignKey("criterion.key"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    test: Mapped[str]


class Country(Base):
    """An ISO 3166-1 jurisdiction with its UN M49 region."""

    __tablename__ = "country"

    iso3: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    position: Mapped[int]
    iso2: Mapped[str] = mapped_column(sa.String(2), unique=True)
    m49: Mapped[str] = mapped_column(sa.String(3))
    name: Mapped[str]
    region: Mapped[str] = mapped_column(index=True)
    subregion: Mapped[str]
    status: Mapped[CountryStatus] = mapped_column(
        enum_type(CountryStatus, "country_status")
    )
    un_since: Mapped[str]
    languages: Mapped[str]

    __table_args__ = (
        sa.CheckConstraint("length(iso3) = 3 AND iso3 = upper(iso3)", name="iso3_form"),
    )


class Treaty(Base):
    __tablename__ = "treaty"

    key: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    short: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]


class TreatyArticle(Base):
    """An article of a treaty that asks for what a criterion asks."""

    __tablename__ = "treaty_article"

    criterion_key: Mapped[str] = mapped_column(
        sa.ForeignKey("criterion.key"), primary_key=True
    )
    treaty_key: Mapped[str] = mapped_column(
        sa.ForeignKey("treaty.key"), primary_key=True
    )
    article: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class TreatySource(Base):
    """A table of parties: true on its own day (`as_of`), silent afterwards."""

    __tablename__ = "treaty_source"

    key: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    title: Mapped[str]
    url: Mapped[str]
    publisher: Mapped[str]
    as_of: Mapped[date]
    as_of_precision: Mapped[Precision] = mapped_column(
        enum_type(Precision, "as_of_precision")
    )
    kind: Mapped[str]


class TreatyStatus(Base):
    """Who is bound by what since when. No row means not known."""

    __tablename__ = "treaty_status"

    country_iso3: Mapped[str] = mapped_column(
        sa.ForeignKey("country.iso3"), primary_key=True
    )
    treaty_key: Mapped[str] = mapped_column(
        sa.ForeignKey("treaty.key"), primary_key=True
    )
    position: Mapped[int]
    status: Mapped[Bond] = mapped_column(enum_type(Bond, "bond"))
    since: Mapped[date | None]
    since_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "since_precision")
    )
    source_key: Mapped[str] = mapped_column(sa.ForeignKey("treaty_source.key"))

    source: Mapped[TreatySource] = relationship()

    __table_args__ = (
        sa.CheckConstraint(PRECISION_PAIR.format("since"), name="since_pair"),
    )


class CountryFile(Base):
    """The day on which one reader last coded a country."""

    __tablename__ = "country_file"

    country_iso3: Mapped[str] = mapped_column(
        sa.ForeignKey("country.iso3"), primary_key=True
    )
    series: Mapped[Series] = mapped_column(
        enum_type(Series, "series"), primary_key=True
    )
    coded_on: Mapped[date]


class Evidence:
    """What laws, provisions and sources share. Withdrawn ones stay for old readings."""

    country_iso3: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    series: Mapped[Series] = mapped_column(
        enum_type(Series, "series"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    withdrawn_at: Mapped[datetime | None]


def of_file() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["country_iso3", "series"], ["country_file.country_iso3", "country_file.series"]
    )


class Law(Evidence, Base):
    """A statute. Its dates have the precision they were seen with."""

    __tablename__ = "law"

    title: Mapped[str]
    title_original: Mapped[str | None]
    language: Mapped[str | None]
    enacted: Mapped[date | None]
    enacted_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "enacted_precision")
    )
    in_force: Mapped[date | None]
    in_force_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "in_force_precision")
    )
    url: Mapped[str | None]

    __table_args__ = (
        of_file(),
        sa.CheckConstraint(PRECISION_PAIR.format("enacted"), name="enacted_pair"),
        sa.CheckConstraint(PRECISION_PAIR.format("in_force"), name="in_force_pair"),
    )


class Provision(Evidence, Base):
    """An article in our own words, with its term of imprisonment where it was seen."""

    __tablename__ = "provision"

    law_key: Mapped[str]
    label: Mapped[str]
    says: Mapped[str]
    min_years: Mapped[float | None]
    max_years: Mapped[float | None]
    life: Mapped[bool]

    law: Mapped[Law] = relationship(viewonly=True)

    __table_args__ = (
        of_file(),
        sa.ForeignKeyConstraint(
            ["country_iso3", "series", "law_key"],
            ["law.country_iso3", "law.series", "law.key"],
            name="fk_provision_law_of_same_country",
        ),
        sa.Index("ix_provision_law", "country_iso3", "series", "law_key"),
    )


class Source(Evidence, Base):
    """Something that a person read, and the day they read it."""

    __tablename__ = "source"

    url: Mapped[str]
    title: Mapped[str]
    publisher: Mapped[str]
    kind: Mapped[SourceKind] = mapped_column(enum_type(SourceKind, "source_kind"))
    seen: Mapped[date]

    __table_args__ = (of_file(),)


class Coding(Base):
    """What a reader wrote of a criterion in a country: why, how sure, resting on what.

    Its `since`, provisions and sources hold for every element that has none of its own.
    A coding that ended (`until`) is history: the law was so, once.
    """

    __tablename__ = "coding"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    country_iso3: Mapped[str] = mapped_column(sa.String(3))
    series: Mapped[Series] = mapped_column(enum_type(Series, "series"))
    criterion_key: Mapped[str] = mapped_column(sa.ForeignKey("criterion.key"))
    position: Mapped[int]
    since: Mapped[date | None]
    since_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "since_precision")
    )
    until: Mapped[date | None]
    until_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "until_precision")
    )
    confidence: Mapped[Confidence | None] = mapped_column(
        enum_type(Confidence, "confidence")
    )
    why: Mapped[str]
    provision_keys: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    source_keys: Mapped[list[str]] = mapped_column(sa.JSON)

    readings: Mapped[list["Reading"]] = relationship(back_populates="coding")

    __table_args__ = (
        of_file(),
        sa.CheckConstraint(PRECISION_PAIR.format("since"), name="since_pair"),
        sa.CheckConstraint(PRECISION_PAIR.format("until"), name="until_pair"),
        sa.CheckConstraint(
            "confidence IS NOT NULL OR until IS NOT NULL", name="confidence_given"
        ),
        sa.Index("ix_coding_country_criterion", "country_iso3", "criterion_key"),
    )


class Reading(Base):
    """One element's state in one country for one period, as known from `recorded_from`.

    `holds_from` and `holds_until` are the days that `rules.dates.holding_period` makes
    certain; on both engines the database refuses two current readings of one element
    whose certain days overlap. `source_key` and `provision_key` are the first of what
    it rests on; further ones are in `reading_source` and `reading_provision`. `own`
    names what the reader gave for this element itself.
    """

    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    coding_id: Mapped[int] = mapped_column(sa.ForeignKey("coding.id"), index=True)
    country_iso3: Mapped[str] = mapped_column(sa.String(3))
    series: Mapped[Series] = mapped_column(enum_type(Series, "series"))
    criterion_key: Mapped[str]
    element_key: Mapped[str]
    state: Mapped[State] = mapped_column(enum_type(State, "state"))
    since: Mapped[date | None]
    since_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "since_precision")
    )
    until: Mapped[date | None]
    until_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "until_precision")
    )
    holds_from: Mapped[date]
    holds_until: Mapped[date | None]
    own: Mapped[str]
    source_key: Mapped[str]
    provision_key: Mapped[str | None]
    reason: Mapped[ChangeReason] = mapped_column(enum_type(ChangeReason, "reason"))
    recorded_from: Mapped[datetime]
    recorded_to: Mapped[datetime | None]

    coding: Mapped[Coding] = relationship(back_populates="readings")
    source: Mapped[Source] = relationship(viewonly=True)
    provision: Mapped[Provision | None] = relationship(viewonly=True)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["criterion_key", "element_key"], ["element.criterion_key", "element.key"]
        ),
        sa.ForeignKeyConstraint(
            ["country_iso3", "series", "source_key"],
            ["source.country_iso3", "source.series", "source.key"],
            name="fk_reading_source_of_same_country",
        ),
        sa.ForeignKeyConstraint(
            ["country_iso3", "series", "provision_key"],
            ["provision.country_iso3", "provision.series", "provision.key"],
            name="fk_reading_provision_of_same_country",
        ),
        sa.UniqueConstraint("id", "country_iso3", "series"),
        sa.CheckConstraint(PRECISION_PAIR.format("since"), name="since_pair"),
        sa.CheckConstraint(PRECISION_PAIR.format("until"), name="until_pair"),
        sa.CheckConstraint(
            "state <> 'met' OR provision_key IS NOT NULL OR until IS NOT NULL",
            name="met_has_provision",
        ),
        sa.CheckConstraint(
            "holds_until IS NULL OR holds_until >= holds_from", name="period_order"
        ),
        sa.CheckConstraint(
            "recorded_to IS NULL OR recorded_to >= recorded_from", name="recorded_order"
        ),
        sa.Index(
            "uq_reading_one_that_holds",
            "country_iso3",
            "criterion_key",
            "element_key",
            "series",
            unique=True,
            sqlite_where=sa.text("recorded_to IS NULL AND holds_until IS NULL"),
            postgresql_where=sa.text("recorded_to IS NULL AND holds_until IS NULL"),
        ),
        sa.Index(
            "ix_reading_current",
            "series",
            "country_iso3",
            "criterion_key",
            "element_key",
            "holds_from",
            "id",
            sqlite_where=sa.text("recorded_to IS NULL"),
            postgresql_where=sa.text("recorded_to IS NULL"),
        ),
        sa.Index("ix_reading_criterion", "criterion_key", "country_iso3"),
    )


class Link:
    """A further piece of evidence of one reading, of the same country and series."""

    reading_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    country_iso3: Mapped[str] = mapped_column(sa.String(3))
    series: Mapped[Series] = mapped_column(enum_type(Series, "series"))


def of_reading(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["reading_id", "country_iso3", "series"],
        ["reading.id", "reading.country_iso3", "reading.series"],
        name=f"fk_{table}_reading",
    )


class ReadingSource(Link, Base):
    __tablename__ = "reading_source"

    source_key: Mapped[str]

    __table_args__ = (
        sa.Index(
            "ix_reading_source_country",
            "series",
            "country_iso3",
            "reading_id",
            "position",
            "source_key",
        ),
        of_reading("reading_source"),
        sa.ForeignKeyConstraint(
            ["country_iso3", "series", "source_key"],
            ["source.country_iso3", "source.series", "source.key"],
            name="fk_reading_source_source_of_same_country",
        ),
    )


class ReadingProvision(Link, Base):
    __tablename__ = "reading_provision"

    provision_key: Mapped[str]

    __table_args__ = (
        sa.Index(
            "ix_reading_provision_country",
            "series",
            "country_iso3",
            "reading_id",
            "position",
            "provision_key",
        ),
        of_reading("reading_provision"),
        sa.ForeignKeyConstraint(
            ["country_iso3", "series", "provision_key"],
            ["provision.country_iso3", "provision.series", "provision.key"],
            name="fk_reading_provision_provision_of_same_country",
        ),
    )


class Bill(Base):
    """Law that is not in force; shown beside the readings, never counted.

    `elements` are those it would meet, as `criterion.element`; null: nobody has said.
    """

    __tablename__ = "bill"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    country_iso3: Mapped[str] = mapped_column(sa.String(3), index=True)
    series: Mapped[Series] = mapped_column(enum_type(Series, "series"))
    position: Mapped[int]
    title: Mapped[str]
    status: Mapped[str]
    dated: Mapped[date | None]
    dated_precision: Mapped[Precision | None] = mapped_column(
        enum_type(Precision, "dated_precision")
    )
    why: Mapped[str]
    source_keys: Mapped[list[str]] = mapped_column(sa.JSON)
    elements: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    recorded_from: Mapped[datetime]
    recorded_to: Mapped[datetime | None]

    __table_args__ = (
        of_file(),
        sa.CheckConstraint(PRECISION_PAIR.format("dated"), name="dated_pair"),
    )


class Lead(Base):
    """Recalled, not seen: a hint for a contributor, never public."""

    __tablename__ = "lead"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    country_iso3: Mapped[str] = mapped_column(sa.String(3), index=True)
    series: Mapped[Series] = mapped_column(enum_type(Series, "series"))
    position: Mapped[int]
    text: Mapped[str]
    recorded_from: Mapped[datetime]
    recorded_to: Mapped[datetime | None]

    __table_args__ = (of_file(),)


class Event(Base):
    """One line of the audit trail. Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    country_iso3: Mapped[str | None] = mapped_column(
        sa.ForeignKey("country.iso3"), index=True
    )
    reason: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    previous_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


class Release(Base):
    """A frozen version of all that is published. Triggers refuse UPDATE and DELETE.

    `event_id` is the newest event that it holds; `checksum` is the SHA-256 of its file
    SHA256SUMS, which names every other file.
    """

    __tablename__ = "release"

    version: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    as_of: Mapped[date]
    codebook_version: Mapped[str]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    notes: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    agreement: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    checksum: Mapped[str] = mapped_column(sa.String(64))

    files: Mapped[list["ReleaseFile"]] = relationship(
        order_by="ReleaseFile.position", viewonly=True
    )


class ReleaseFile(Base):
    """A file of a release, byte for byte."""

    __tablename__ = "release_file"

    version: Mapped[str] = mapped_column(
        sa.ForeignKey("release.version"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
