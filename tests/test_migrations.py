import ast
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from desk import load_small
from tracker.store import audit, migrations
from tracker.store.db import make_engine

REVISIONS = [
    revision.revision
    for revision in ScriptDirectory(str(migrations.FOLDER)).walk_revisions()
]
SCHEMA = {
    "sqlite": """
        SELECT type || ' ' || sql FROM sqlite_master WHERE sql IS NOT NULL
    """,
    "postgresql": """
        SELECT 'relation ' || relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'constraint ' || conname || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid)
        FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function ' || prosrc
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
}


@pytest.fixture
def bare_engine(bare_url):
    engine = make_engine(bare_url)
    yield engine
    engine.dispose()


def schema(engine):
    """Every table, index, constraint, trigger and function."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(SCHEMA[engine.dialect.name]).scalars()
        return {name for name in found if "alembic_version" not in name}


def test_the_newest_revision_is_what_the_models_say(engine):
    assert migrations.differences(engine) == []
    assert migrations.current(engine) == migrations.head() == REVISIONS[0]


def test_a_database_without_tables_differs_and_has_no_revision(bare_engine):
    assert migrations.current(bare_engine) is None
    assert migrations.differences(bare_engine) != []


def test_every_named_check_of_the_models_stands_in_the_database(engine):
    """Autogenerate does not compare CHECKs."""
    inspector = sa.inspect(engine)
    for table in migrations.METADATA.sorted_tables:
        declared = {
            str(item.name)
            for item in table.constraints
            if isinstance(item, sa.CheckConstraint)
        }
        stored = {item["name"] for item in inspector.get_check_constraints(table.name)}
        assert stored == declared, table.name


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_revision_goes_down_and_up_again_with_data(
    desk_engine, tmp_path, revision
):
    before = schema(desk_engine)
    below = ScriptDirectory(str(migrations.FOLDER)).get_revision(revision).down_revision

    migrations.downgrade(desk_engine, below or "base")
    assert migrations.current(desk_engine) == below
    if below is None:
        assert schema(desk_engine) == set()

    migrations.upgrade(desk_engine)
    assert schema(desk_engine) == before
    assert migrations.differences(desk_engine) == []
    load_small(desk_engine, tmp_path)
    with Session(desk_engine) as session:
        assert list(audit.verify(session)) == []


def test_upgrading_twice_changes_nothing(engine):
    before = schema(engine)
    migrations.upgrade(engine)
    assert schema(engine) == before


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize(
    "path", sorted(Path(migrations.FOLDER).rglob("*.py")), ids=lambda path: path.name
)
def test_revisions_are_frozen_and_import_nothing_of_ours(path):
    assert set(imported(path)) <= {"sqlalchemy", "alembic"}
