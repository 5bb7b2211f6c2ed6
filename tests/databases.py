"""Databases for tests on either engine: migrated once, loaded once, copied per test."""

import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import load_small, make_account
from factories import NOW, SEEDS
from tracker.actions.load import load_seeds
from tracker.rules.permissions import Role
from tracker.store.db import make_engine
from tracker.store.migrations import upgrade


def build_empty(engine: sa.Engine) -> None:
    upgrade(engine)


def build_loaded(engine: sa.Engine) -> None:
    upgrade(engine)
    with Session(engine) as session:
        load_seeds(session, SEEDS, now=NOW)


def build_desk(engine: sa.Engine) -> None:
    """Two small countries, a contributor called ana and a reviewer called rob."""
    upgrade(engine)
    with tempfile.TemporaryDirectory() as folder:
        load_small(engine, Path(folder))
    make_account(engine, "ana")
    make_account(engine, "rob", Role.REVIEWER)


TEMPLATES: dict[str, Callable[[sa.Engine], None]] = {
    "bare": lambda engine: None,
    "empty": build_empty,
    "desk": build_desk,
    "loaded": build_loaded,
}


class Databases:
    """Copies of templates. `create`, `clone` and `drop` are the engine's own."""

    def __init__(self) -> None:
        self.templates: set[str] = set()
        self.numbers = itertools.count(1)

    def copy(self, template: str) -> str:
        """The URL of a new database with what the template holds."""
        if template not in self.templates:
            engine = make_engine(self.create(template))
            TEMPLATES[template](engine)
            engine.dispose()  # writes the log into the file, and lets go of it
            self.templates.add(template)
        return self.clone(template, f"copy_{next(self.numbers)}")

    def again(self, url: str) -> str:
        """The URL of a copy of a database that nobody is connected to."""
        name = Path(sa.make_url(url).database or "").stem
        return self.clone(name, f"copy_{next(self.numbers)}")


class SqliteDatabases(Databases):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def create(self, name: str) -> str:
        path = self.folder / f"{name}.db"
        path.touch()
        return f"sqlite:///{path}"

    def clone(self, template: str, name: str) -> str:
        shutil.copyfile(self.folder / f"{template}.db", self.folder / f"{name}.db")
        return f"sqlite:///{self.folder / name}.db"

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        shutil.rmtree(self.folder)


class PostgresqlDatabases(Databases):
    """A server of our own on a socket in a new folder: one for each test process."""

    def __init__(self) -> None:
        super().__init__()
        # Not below pytest's folder: pytest closes that to other users, and a server
        # started by root runs as one.
        self.folder = Path(tempfile.mkdtemp(prefix="tracker-postgresql-"))
        (self.folder / "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(self.folder / "run")
        import pgserver  # reads XDG_RUNTIME_DIR when it is imported

        # Two processes of root would both try to add the server's user.
        lock_file = Path(tempfile.gettempdir()) / "tracker-postgresql.lock"
        with lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.server = pgserver.get_server(self.folder / "data", "delete")
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")

    def run(self, statement: str) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, name: str) -> str:
        uri = self.server.get_uri(database=name)
        return uri.replace("postgresql://", "postgresql+psycopg://")

    def create(self, name: str) -> str:
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def clone(self, template: str, name: str) -> str:
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder)
