"""The database's schema: which revision it is at, and the way up and down."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import tracker.store.contributions  # noqa: F401  # fills the metadata with models
from tracker.store.db import Base

FOLDER = Path(__file__).parents[2] / "migrations"
METADATA = Base.metadata


def configuration(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = METADATA
    return config


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    with engine.begin() as connection:
        command.upgrade(configuration(connection), revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    with engine.begin() as connection:
        command.downgrade(configuration(connection), revision)


def head() -> str:
    """The newest revision in `migrations/`."""
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


def known() -> set[str]:
    """Every revision that this version of the code has."""
    scripts = ScriptDirectory.from_config(configuration())
    return {script.revision for script in scripts.walk_revisions()}


def current(engine: sa.Engine) -> str | None:
    """The revision the database is at; None where it has no schema."""
    with engine.connect() as connection:
        return current_on(connection)


def current_on(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def differences(engine: sa.Engine) -> list[object]:
    """What autogenerate would still change: empty where models and schema agree."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def write_revision(engine: sa.Engine, message: str) -> None:
    """Draft the next revision from the models; triggers and checks go in by hand."""
    with engine.connect() as connection:
        command.revision(configuration(connection), message, autogenerate=True)
