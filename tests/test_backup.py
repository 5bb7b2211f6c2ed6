"""A backup holds one moment, is found out when damaged, and restores on either engine."""

import sqlite3
import stat
import threading
from contextlib import closing

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_seeds
from tracker.actions.backup import FileInUse, NotRestored, backup, restore
from tracker.actions.load import load_seeds
from tracker.cli import main
from tracker.store import audit, backups
from tracker.store.db import make_engine
from tracker.store.migrations import current, head, upgrade


@pytest.fixture
def small_engine(engine, tmp_path):
    with Session(engine) as session:
        load_seeds(session, make_seeds(tmp_path / "seeds"), now=NOW)
    return engine


@pytest.fixture
def target(databases):
    urls = []

    def make(template="bare"):
        urls.append(databases.copy(template))
        return make_engine(urls[-1])

    yield make
    for url in urls:
        databases.drop(url)


def contents(engine):
    with engine.connect() as connection:
        return backups.contents(connection)


def test_restored_is_what_was_saved(small_engine, target, tmp_path):
    file = tmp_path / "saved.db"
    saved = backup(small_engine, file)
    assert saved.events > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    new = target()
    assert restore(new, file) == saved
    assert contents(new) == contents(small_engine)
    assert current(new) == head()
    with Session(new) as session:
        assert list(audit.verify(session)) == []
        load_seeds(session, make_seeds(tmp_path / "more"), now=NOW)  # it goes on
    new.dispose()


def test_moves_from_one_engine_to_the_other(small_engine, target, tmp_path):
    backup(small_engine, tmp_path / "saved.db")
    other = make_engine(f"sqlite:///{tmp_path / 'other.db'}")
    restore(other, tmp_path / "saved.db")
    backup(other, tmp_path / "again.db")
    new = target()
    restore(new, tmp_path / "again.db")
    assert contents(new) == contents(small_engine)
    for engine in (other, new):
        engine.dispose()


def test_is_one_moment_while_others_write(small_engine, target, tmp_path):
    done = threading.Event()

    def write():
        turn = 0
        while not done.is_set():
            turn += 1
            data = make_country_file("PHL", leads=[f"lead {turn}"])
            seeds = make_seeds(tmp_path / f"seeds-{turn}", data)
            with Session(small_engine) as session:
                load_seeds(session, seeds, now=NOW)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [tmp_path / f"{n}.db" for n in range(3)]
        for file in files:
            backup(small_engine, file)
    finally:
        done.set()
        writer.join()
    for file in files:
        new = target()
        restore(new, file)
        new.dispose()


def test_replaces_no_file(small_engine, tmp_path):
    file = tmp_path / "saved.db"
    file.write_text("mine")
    with pytest.raises(FileInUse):
        backup(small_engine, file)
    assert file.read_text() == "mine"
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_only_into_an_empty_database(small_engine, tmp_path):
    backup(small_engine, tmp_path / "saved.db")
    before = contents(small_engine)
    with pytest.raises(NotRestored, match="not empty"):
        restore(small_engine, tmp_path / "saved.db")
    assert contents(small_engine) == before


def edit(file, statement):
    with closing(sqlite3.connect(file)) as connection, connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


DAMAGES = {
    "an edited reading": "UPDATE reading SET holds_from = '1999-01-01' WHERE id = 1",
    "a lost row": "DELETE FROM treaty_status WHERE position = 3",
    "an edited event": "UPDATE event SET actor = 'nobody' WHERE id = 2",
    "a lost event": "DELETE FROM event WHERE id = (SELECT max(id) FROM event)",
    "a lost table": "DROP TABLE lead",
    "no manifest": "DROP TABLE backup_manifest",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_nothing_restored(small_engine, target, tmp_path, damage):
    file = tmp_path / "saved.db"
    backup(small_engine, file)
    edit(file, DAMAGES[damage])
    new = target()
    with pytest.raises(NotRestored):
        restore(new, file)
    assert not sa.inspect(new).has_table("event")
    new.dispose()


def test_forged_chain_is_found_even_with_a_fitting_manifest(
    small_engine, target, tmp_path
):
    file = tmp_path / "saved.db"
    backup(small_engine, file)
    edit(file, "UPDATE event SET actor = 'nobody' WHERE id = 2")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DROP TABLE backup_manifest")
    backups.write_manifest(file)
    new = target()
    with pytest.raises(NotRestored, match="event 2 was edited"):
        restore(new, file)
    assert all(item.rows == 0 for item in contents(new).values())
    new.dispose()


@pytest.mark.parametrize("size", [0, 1, 100, 4096, 50_000])
def test_half_a_file_is_refused(small_engine, target, tmp_path, size):
    file = tmp_path / "saved.db"
    backup(small_engine, file)
    half = tmp_path / "half.db"
    half.write_bytes(file.read_bytes()[:size])
    new = target()
    with pytest.raises(NotRestored):
        restore(new, half)
    new.dispose()


def test_older_backup_is_migrated(empty_url, target, tmp_path):
    """From the first revision that the code knows, without rows."""
    old = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(old, "0001")
    old.dispose()
    backups.write_manifest(tmp_path / "old.db")
    new = target()
    restore(new, tmp_path / "old.db")
    assert current(new) == head()
    new.dispose()


def test_newer_backup_is_refused(small_engine, target, tmp_path):
    file = tmp_path / "saved.db"
    backup(small_engine, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("DROP TABLE backup_manifest")
    backups.write_manifest(file)
    new = target()
    with pytest.raises(NotRestored, match="newer version"):
        restore(new, file)
    new.dispose()


def test_commands(small_engine, empty_url, databases, tmp_path, monkeypatch):
    file = tmp_path / "saved.db"
    monkeypatch.setenv("TRACKER_DATABASE_URL", empty_url)
    run = CliRunner().invoke
    result = run(main, ["backup", str(file)])
    assert result.exit_code == 0, result.output
    assert "events saved in" in result.output
    again = run(main, ["backup", str(file)])
    assert again.exit_code == 1
    assert "name a new file" in again.output
    refused = run(main, ["restore", str(file)])
    assert refused.exit_code == 1
    assert "not empty" in refused.output
    missing = run(main, ["restore", str(tmp_path / "none.db")])
    assert missing.exit_code == 1
    assert "Traceback" not in missing.output
    url = databases.copy("bare")
    monkeypatch.setenv("TRACKER_DATABASE_URL", url)
    restored = run(main, ["restore", str(file)])
    assert restored.exit_code == 0, restored.output
    assert "the chain is whole" in restored.output
    databases.drop(url)
