"""Tables of the contributors' side: accounts, proposals, second readings, reports.

Nothing here is published as data. No row of these is ever deleted, but for attempts,
which are forgotten with their window.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.rules.codebook import ChangeReason, State
from tracker.rules.permissions import Role
from tracker.store.db import Base, enum_type
from tracker.store.models import Country


class Scope(StrEnum):
    """What a proposal is about: a criterion of a country, its bills, leads, or all."""

    READING = "reading"
    BILLS = "bills"
    LEADS = "leads"
    FILE = "file"


class Stage(StrEnum):
    """Where a proposal is. Only `waiting` can be decided, only by somebody else."""

    DRAFT = "draft"
    WAITING = "waiting"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Progress(StrEnum):
    """Where a second reading is."""

    OPEN = "open"
    READING = "reading"
    DONE = "done"


class ReportKind(StrEnum):
    ERROR = "error"
    REPLY = "reply"


class ReportState(StrEnum):
    """`verified`: a reply shown beside our reading; `acted-on`: an error mended."""

    RECEIVED = "received"
    ACTED_ON = "acted-on"
    VERIFIED = "verified"
    DECLINED = "declined"


class Account(Base):
    """Somebody who may log in. A new `fs_uniquifier` ends all sessions."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    shows_name: Mapped[bool]
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"))
    password: Mapped[str]
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    totp_secret: Mapped[str | None]
    totp_counter: Mapped[int | None]
    created_at: Mapped[datetime]

    @property
    def label(self) -> str:
        """What the audit trail calls them: the name if they wish, else the role."""
        return self.name if self.shows_name else f"{self.role.value} {self.id}"


class Proposal(Base):
    """A requested change. `form` is everything typed, `base` what it starts from.

    `content` is the change that the form amounts to; it is there once the form passed
    the evidence rules. `version` grows with each save, so that nobody decides on a text
    that they have not seen.
    """

    __tablename__ = "proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    country_iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), index=True)
    scope: Mapped[Scope] = mapped_column(enum_type(Scope, "scope"))
    criterion_key: Mapped[str | None] = mapped_column(sa.ForeignKey("criterion.key"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    second_reading_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("second_reading.id"), index=True
    )
    stage: Mapped[Stage] = mapped_column(enum_type(Stage, "stage"), index=True)
    version: Mapped[int]
    form: Mapped[list[Any]] = mapped_column(sa.JSON)
    base: Mapped[Any] = mapped_column(sa.JSON(none_as_null=True), nullable=True)
    content: Mapped[Any] = mapped_column(sa.JSON(none_as_null=True), nullable=True)
    reason: Mapped[ChangeReason | None] = mapped_column(
        enum_type(ChangeReason, "reason")
    )
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    comment: Mapped[str]

    author: Mapped[Account] = relationship(foreign_keys=author_id)
    decided_by: Mapped[Account | None] = relationship(foreign_keys=decided_by_id)
    country: Mapped[Country] = relationship()

    __table_args__ = (
        sa.CheckConstraint(
            "(scope = 'reading') = (criterion_key IS NOT NULL)", name="criterion_given"
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> author_id",
            name="decided_by_another",
        ),
    )


class SecondReading(Base):
    """A country to be read again by somebody who has not seen the first reading."""

    __tablename__ = "second_reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    country_iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"))
    progress: Mapped[Progress] = mapped_column(enum_type(Progress, "progress"))
    drawn: Mapped[str]  # how the country was chosen: by name, or share and seed
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    reader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    country: Mapped[Country] = relationship()
    reader: Mapped[Account | None] = relationship(foreign_keys=reader_id)

    __table_args__ = (
        sa.Index(
            "uq_second_reading_one_at_a_time",
            "country_iso3",
            unique=True,
            sqlite_where=sa.text("progress <> 'done'"),
            postgresql_where=sa.text("progress <> 'done'"),
        ),
        sa.Index(
            "uq_second_reading_one_a_reader",
            "reader_id",
            unique=True,
            sqlite_where=sa.text("progress = 'reading'"),
            postgresql_where=sa.text("progress = 'reading'"),
        ),
    )


class Adjudication(Base):
    """What was decided, and why, where two readers differ on one element."""

    __tablename__ = "adjudication"

    id: Mapped[int] = mapped_column(primary_key=True)
    country_iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"))
    criterion_key: Mapped[str]
    element_key: Mapped[str]
    first_state: Mapped[State] = mapped_column(enum_type(State, "first_state"))
    second_state: Mapped[State] = mapped_column(enum_type(State, "second_state"))
    decided: Mapped[State] = mapped_column(enum_type(State, "decided"))
    reason: Mapped[str]
    second_recorded_from: Mapped[datetime]
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["criterion_key", "element_key"], ["element.criterion_key", "element.key"]
        ),
        sa.UniqueConstraint(
            "country_iso3",
            "criterion_key",
            "element_key",
            "second_recorded_from",
            name="uq_adjudication_once",
        ),
    )


class Report(Base):
    """An error that a visitor reports, or a government's reply to a reading."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(enum_type(ReportKind, "report_kind"))
    state: Mapped[ReportState] = mapped_column(enum_type(ReportState, "report_state"))
    country_iso3: Mapped[str] = mapped_column(sa.ForeignKey("country.iso3"), index=True)
    criterion_key: Mapped[str | None] = mapped_column(sa.ForeignKey("criterion.key"))
    text: Mapped[str]
    url: Mapped[str]
    sender: Mapped[str]  # the office or person named; shown only with a verified reply
    contact: Mapped[str]  # an address to answer to; never shown to the public
    received_at: Mapped[datetime]
    outcome: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    country: Mapped[Country] = relationship()


class Attempt(Base):
    """A try at something limited. `who` is a keyed hash, forgotten with its window."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(sa.String(32))
    who: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (sa.Index("ix_attempt_what_who", "what", "who"),)


class LinkState(Base):
    """What a check of addresses found at a source's address. It deletes nothing."""

    __tablename__ = "link_state"

    url: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    is_dead: Mapped[bool]
    checked_on: Mapped[date]


class AuditHead(Base):
    """The newest event, kept apart from the chain: a cut-off tail shows against it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
