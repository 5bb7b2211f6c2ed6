"""Session, model base, and column types that SQLite and PostgreSQL share."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_SECONDS = 120  # writers take turns; ten long ones may stand in line


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware UTC datetime; a naive one is refused, on both engines."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        if not isinstance(value, datetime):
            return None
        has_zone = value.tzinfo is not None
        return value.astimezone(UTC) if has_zone else value.replace(tzinfo=UTC)


class CorruptValue(Exception):
    """A stored value that its own column does not allow: the database is damaged."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(f"a stored {name} is {value!r}, which is no {name}")


class Vocabulary(sa.Enum):
    """An enumeration that tells a damaged value from an error in the program."""

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        members = {member.value: member for member in self.enum_class or ()}

        def process(value: str | None) -> Any:
            if value is None or value in members:
                return members.get(value)
            raise CorruptValue(str(self.name), value)

        return process


def enum_type(enum: type[StrEnum], name: str) -> Vocabulary:
    """Stored by value, with a CHECK named `name` that refuses any other value."""
    return Vocabulary(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: sa.JSON}


def engine_options(url: str) -> dict[str, Any]:
    """What `create_engine` needs beside the URL."""
    options: dict[str, Any] = {"url": url, "hide_parameters": True}  # kept out of logs
    if url.startswith("sqlite"):
        options["connect_args"] = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    else:
        options["pool_pre_ping"] = True
    return options


def make_engine(url: str) -> sa.Engine:
    """An engine for the command line, migrations and tests."""
    options = engine_options(url)
    engine = sa.create_engine(options.pop("url"), **options)
    prepare(engine)
    return engine


def prepare(engine: sa.Engine) -> None:
    """Give SQLite foreign keys, a write-ahead log and transactions that include DDL.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html (pysqlite's own transaction
    handling begins too late for DDL and for reads that a write depends on).
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        mode = "IMMEDIATE" if connection.get_execution_options().get("writes") else ""
        connection.exec_driver_sql(f"BEGIN {mode}")


def begin_write(session: Session) -> None:
    """Start a transaction that will write; call it before the first read it rests on.

    On SQLite it waits for its turn here, rather than failing half way.
    """
    session.rollback()
    session.connection(execution_options={"writes": True})


SNAPSHOT = {"isolation_level": "REPEATABLE READ"}


def begin_read(session: Session) -> None:
    """Unless one is under way, start a transaction whose reads all see one moment.

    SQLite's own do; PostgreSQL's default lets each statement see what was committed
    just before it, and a page could show half of a change.
    """
    if session.get_bind().dialect.name == "postgresql" and not session.in_transaction():
        session.connection(execution_options=SNAPSHOT)


def begin_snapshot(session: Session) -> None:
    """The same, for reads that may follow others: one moment for all from here on.

    A transaction that sees one moment goes on, for the page's version was read in it.
    """
    if session.get_bind().dialect.name == "postgresql" and session.in_transaction():
        options = session.connection().get_execution_options()
        if not SNAPSHOT.items() <= options.items():
            session.rollback()
    begin_read(session)


def make_folder(url: str) -> None:
    """A SQLite file needs its folder."""
    database = sa.make_url(url).database
    if url.startswith("sqlite") and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
