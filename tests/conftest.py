"""What every test may ask for: databases of the chosen engine, and no network."""

import csv
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from databases import Databases, PostgresqlDatabases, SqliteDatabases
from factories import NOW, SEEDS, Data, make_seeds
from pages import paths_of
from tracker import create_app
from tracker.actions.load import load_seeds
from tracker.extensions import db
from tracker.store.db import make_engine

settings.register_profile(
    "tracker",
    deadline=None,  # the machine is shared
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tracker")

TEMPLATES = pytest.StashKey[str]()
HERE = {"", "localhost", "127.0.0.1", "::1"}


def refuse_network(event: str, args: tuple[Any, ...]) -> None:
    """Tests reach this machine only. https://docs.python.org/3/library/audit_events.html"""
    if event in {"socket.connect", "socket.sendto"}:
        host = args[1][0] if isinstance(args[1], tuple) else ""
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    else:
        return
    if (host.decode() if isinstance(host, bytes) else host or "") not in HERE:
        raise PermissionError(f"a test tried to reach {host}")


sys.addaudithook(refuse_network)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=["sqlite", "postgresql"],
        default=os.environ.get("TRACKER_TEST_ENGINE", "sqlite"),
        help="the database that the tests run on",
    )


def pytest_configure(config: pytest.Config) -> None:
    """All processes of a run share the compiled templates: hundreds of apps start."""
    if not hasattr(config, "workerinput"):
        folder = config.stash[TEMPLATES] = tempfile.mkdtemp(prefix="tracker-templates-")
        os.environ["TRACKER_TEMPLATE_CACHE"] = folder


def pytest_collection_finish() -> None:
    """What is imported stays, so the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_unconfigure(config: pytest.Config) -> None:
    if folder := config.stash.get(TEMPLATES, ""):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def longest_cell() -> None:
    """Python's own limit again: frictionless raises it for the whole process."""
    csv.field_size_limit(131_072)


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    found: SqliteDatabases | PostgresqlDatabases
    if request.config.getoption("--engine") == "postgresql":
        found = PostgresqlDatabases()
    else:
        found = SqliteDatabases(tmp_path_factory.mktemp("databases"))
    yield found
    found.close()


@pytest.fixture
def bare_url(databases: Databases) -> Iterator[str]:
    """A database without tables."""
    url = databases.copy("bare")
    yield url
    databases.drop(url)


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    """A database with tables and no rows."""
    url = databases.copy("empty")
    yield url
    databases.drop(url)


@pytest.fixture
def desk_url(databases: Databases) -> Iterator[str]:
    """A database of one's own with two countries, and with accounts of ana and rob."""
    url = databases.copy("desk")
    yield url
    databases.drop(url)


@pytest.fixture
def desk_engine(desk_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(desk_url)
    yield engine
    engine.dispose()


@pytest.fixture
def loaded_url(databases: Databases) -> Iterator[str]:
    """A database of one's own with the project's seeds."""
    url = databases.copy("loaded")
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def shared_loaded_url(databases: Databases) -> str:
    """The project's seeds for tests that only read."""
    url = databases.copy("loaded")
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).chmod(0o444)  # root may write all the same
    else:
        name = sa.make_url(url).database
        databases.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    return url


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def loaded_engine(loaded_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(loaded_url)
    yield engine
    engine.dispose()


@pytest.fixture
def loaded_session(loaded_engine: sa.Engine) -> Iterator[Session]:
    with Session(loaded_engine) as session:
        yield session


@pytest.fixture(scope="session")
def site(shared_loaded_url: str) -> Iterator[Flask]:
    """The site on the project's seeds, for tests that only read."""
    app = create_app({"DATABASE_URL": shared_loaded_url})
    yield app
    dispose(app)


@pytest.fixture(scope="session")
def client(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture(scope="session")
def paths(site: Flask) -> list[str]:
    """An address of every page and file of the site."""
    return list(dict.fromkeys(paths_of(site)))


@pytest.fixture
def serve_seeds(
    engine: sa.Engine, empty_url: str, tmp_path: Path
) -> Iterator[Callable[..., FlaskClient]]:
    """A function that loads country files and gives a client of a site with them."""
    apps = []

    def serve(*files: Data) -> FlaskClient:
        folder = make_seeds(tmp_path / "seeds", *files)
        for name in ("countries.csv", "treaties.csv"):
            shutil.copyfile(SEEDS / name, folder / name)
        with Session(engine) as session:
            load_seeds(session, folder, now=NOW)
        apps.append(create_app({"DATABASE_URL": empty_url}))
        return apps[-1].test_client()

    yield serve
    for app in apps:
        dispose(app)


def dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
