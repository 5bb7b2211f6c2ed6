"""A backup is a SQLite file on both engines: it can be read, moved and restored on either.

Beside the tables of the schema it has `backup_manifest`: for each table the number of
rows and a digest, so that a damaged file is found out before it is used.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tracker.store import migrations
from tracker.store.db import Base, make_engine

MANIFEST = "backup_manifest"
CHUNK = 1_000


@dataclass(frozen=True)
class Content:
    """The number of rows of a table and the sum of their digests, in any order."""

    rows: int
    digest: str


def tables() -> list[sa.Table]:
    """Every table, each after those it refers to."""
    return Base.metadata.sorted_tables


def add_up(rows: Iterator[Any]) -> Content:
    number, total = 0, 0
    for row in rows:
        text = json.dumps(list(row), default=plain, sort_keys=True)
        total += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        number += 1
    return Content(number, f"{total % 2**256:064x}")


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


def contents(connection: sa.Connection) -> dict[str, Content]:
    """What each table holds, the same on both engines for the same rows."""
    return {table.name: add_up(rows_of(connection, table)) for table in tables()}


def rows_of(connection: sa.Connection, table: sa.Table) -> Iterator[Any]:
    query = sa.select(table).execution_options(yield_per=CHUNK)
    yield from connection.execute(query)


def copy_sqlite(engine: sa.Engine, path: Path) -> None:
    """One consistent moment of a database in use. https://sqlite.org/backup.html"""
    pooled = engine.raw_connection()
    try:
        source: Any = pooled.driver_connection
        with closing(sqlite3.connect(path)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
    finally:
        pooled.close()


def copy_rows_out(engine: sa.Engine, path: Path) -> None:
    """One snapshot of a PostgreSQL database as the rows of a new SQLite file."""
    source = engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    target = make_engine(f"sqlite:///{path}")
    try:
        with source.connect() as old:
            migrations.upgrade(target, migrations.current_on(old) or "base")
            with target.connect() as new:
                new.exec_driver_sql("COMMIT")
                new.exec_driver_sql("PRAGMA journal_mode = DELETE")
                new.exec_driver_sql("PRAGMA foreign_keys = OFF")
                new.exec_driver_sql("BEGIN")
                copy_rows(old, new)
                new.commit()
    finally:
        target.dispose()


def copy_rows(old: sa.Connection, new: sa.Connection) -> None:
    """Every row of every table, a thousand at a time."""
    for table in tables():
        found = old.execute(sa.select(table).execution_options(yield_per=CHUNK))
        for chunk in found.mappings().partitions(CHUNK):
            new.execute(sa.insert(table), [dict(row) for row in chunk])


def continue_numbers(connection: sa.Connection) -> None:
    """PostgreSQL gives out the next number of each table, not the first again."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables():
        column = table.autoincrement_column
        if column is not None:
            sequence = connection.scalar(
                sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
            )
            last = connection.scalar(sa.select(sa.func.max(column)))
            if sequence and last:
                connection.execute(sa.select(sa.func.setval(sequence, last)))


def write_manifest(path: Path) -> dict[str, Content]:
    with closing(sqlite3.connect(path)) as connection, connection:
        found = file_contents(connection)
        connection.execute(
            f"CREATE TABLE {MANIFEST} (name TEXT PRIMARY KEY, rows INT, digest TEXT)"
        )
        connection.executemany(
            f"INSERT INTO {MANIFEST} VALUES (?, ?, ?)",
            [(name, item.rows, item.digest) for name, item in found.items()],
        )
    return found


def file_contents(connection: sqlite3.Connection) -> dict[str, Content]:
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite_%' AND name <> ? ORDER BY name",
        (MANIFEST,),
    ).fetchall()
    return {
        name: add_up(connection.execute(f'SELECT * FROM "{name}"')) for (name,) in names
    }


def check_file(path: Path) -> Iterator[str]:
    """Everything wrong with a backup as a file; nothing where it is whole."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            for (text,) in connection.execute("PRAGMA integrity_check"):
                if text != "ok":
                    yield text
            rows = connection.execute(f"SELECT name, rows, digest FROM {MANIFEST}")
            manifest = {name: Content(n, digest) for name, n, digest in rows}
            yield from differences(manifest, file_contents(connection))
    except sqlite3.DatabaseError as error:
        yield f"it is not a backup, or a damaged one: {error}"


def differences(wanted: dict[str, Content], found: dict[str, Content]) -> Iterator[str]:
    for name in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(name), found.get(name)
        if one is None or other is None:
            yield f"table {name} is {'not expected' if other else 'missing'}"
        elif one.rows != other.rows:
            yield f"table {name} has {other.rows} rows, and should have {one.rows}"
        elif one != other:
            yield f"table {name} was changed: its rows are not those that were saved"
