"""Save the whole database in one file, and bring it back into an empty one."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tracker.store import audit, backups, migrations
from tracker.store.db import make_engine
from tracker.store.models import Event


class NotSaved(Exception):
    """There is no new file; the message says why."""


class FileInUse(NotSaved):
    """There is a file of that name already."""


class NotRestored(Exception):
    """The database stays as it was; `problems` says why."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Saved:
    tables: int
    rows: int
    events: int


def backup(engine: sa.Engine, file: Path) -> Saved:
    """Write one consistent moment of the database into `file`, while others write.

    For whoever has the machine. The file is readable by its owner only, is there whole
    or not at all, and replaces none. Raises NotSaved.
    """
    if file.exists():
        raise FileInUse(f"{file} is there already: name a new file")
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    partial = Path(name)
    try:
        if engine.dialect.name == "sqlite":
            backups.copy_sqlite(engine, partial)
        else:
            backups.copy_rows_out(engine, partial)
        found = backups.write_manifest(partial)
        sync(partial)
        os.link(partial, file)  # unlike a rename, it refuses to replace a file
        sync(file.parent)
    except FileExistsError as error:
        raise FileInUse(f"{file} is there already: name a new file") from error
    except (OSError, sqlite3.Error, OperationalError) as error:
        reason = getattr(error, "orig", None) or error
        raise NotSaved(f"{file}: {reason}; nothing was saved") from error
    finally:
        partial.unlink(missing_ok=True)
    return saved(found)


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def saved(found: dict[str, backups.Content]) -> Saved:
    kept = {
        name: item.rows for name, item in found.items() if name != "alembic_version"
    }
    return Saved(len(kept), sum(kept.values()), kept.get(Event.__tablename__, 0))


def restore(engine: sa.Engine, file: Path) -> Saved:
    """Bring `file` back into an empty database on either engine, all of it or nothing.

    For whoever has the machine. The file's counts, digests and audit chain are checked
    before, and those of the database after; an older backup is migrated on the way.
    Raises NotRestored.
    """
    if problems := tuple(backups.check_file(file)):
        raise NotRestored(*problems)
    require_empty(engine)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        copy = Path(folder) / "backup.db"
        shutil.copyfile(file, copy)
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute(f"DROP TABLE {backups.MANIFEST}")
        source = make_engine(f"sqlite:///{copy}")
        try:
            return fill(engine, source)
        finally:
            source.dispose()


def require_empty(engine: sa.Engine) -> None:
    """Nothing is ever overwritten: a database with a row in it is refused."""
    known = set(sa.inspect(engine).get_table_names())
    with engine.connect() as connection:
        for table in backups.tables():
            if (
                table.name in known
                and connection.execute(
                    sa.select(sa.literal(1)).select_from(table).limit(1)
                ).first()
            ):
                raise NotRestored(
                    f"the database is not empty: {table.name} has rows; "
                    "name a new database in TRACKER_DATABASE_URL"
                )


def fill(engine: sa.Engine, source: sa.Engine) -> Saved:
    if migrations.current(source) not in migrations.known():
        raise NotRestored("the backup comes from a newer version of the tracker")
    migrations.upgrade(source)
    migrations.upgrade(engine)
    with source.connect() as old, Session(engine) as session, audit.turn(session):
        new = session.connection()
        backups.copy_rows(old, new)
        backups.continue_numbers(new)
        wanted, found = backups.contents(old), backups.contents(new)
        problems = (*backups.differences(wanted, found), *audit.verify(session))
        if problems:
            raise NotRestored(*problems)
    return saved(found)
