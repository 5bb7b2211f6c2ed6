import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from factories import NOW, SEEDS, make_seeds
from tracker.actions.export import FolderInUse, export_seeds
from tracker.actions.load import load_seeds
from tracker.store.db import make_engine


def files(folder):
    """The bytes of each file by its path below the folder, prose aside."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in {".yaml", ".csv"}
    }


@pytest.fixture
def shared_session(shared_loaded_url):
    engine = make_engine(shared_loaded_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_the_export_is_the_seeds_byte_for_byte(shared_session, tmp_path):
    count = export_seeds(shared_session, tmp_path / "out")
    exported, seeds = files(tmp_path / "out"), files(SEEDS)
    assert exported.keys() == seeds.keys()
    assert count == len(seeds)
    assert [name for name in seeds if exported[name] != seeds[name]] == []


def test_exported_seeds_load_into_an_empty_database_as_the_same(
    shared_session, session, tmp_path
):
    first, second = tmp_path / "first", tmp_path / "second"
    export_seeds(shared_session, first)
    load_seeds(session, first, now=NOW)
    export_seeds(session, second)
    assert files(second) == files(first)


def test_second_readings_are_exported_too(session, tmp_path):
    seeds = make_seeds(tmp_path / "seeds")
    (seeds / "second").mkdir()
    (seeds / "countries" / "KEN.yaml").rename(seeds / "second" / "KEN.yaml")
    load_seeds(session, seeds, now=NOW)
    export_seeds(session, tmp_path / "out")
    assert files(tmp_path / "out") == files(seeds)


def test_a_folder_that_is_empty_may_be_written_to(session, tmp_path):
    load_seeds(session, make_seeds(tmp_path / "seeds"), now=NOW)
    (tmp_path / "out").mkdir()
    export_seeds(session, tmp_path / "out")
    assert files(tmp_path / "out") == files(tmp_path / "seeds")


def test_a_folder_in_use_is_left_alone(shared_session, tmp_path):
    (tmp_path / "notes.csv").write_text("mine")
    with pytest.raises(FolderInUse, match="is not an empty folder"):
        export_seeds(shared_session, tmp_path)
    assert files(tmp_path) == {"notes.csv": b"mine"}


def test_a_file_in_place_of_the_folder_is_left_alone(shared_session, tmp_path):
    path = tmp_path / "out"
    path.write_text("mine")
    with pytest.raises(FolderInUse):
        export_seeds(shared_session, path)
    assert path.read_text() == "mine"


def test_exporting_asks_as_many_questions_for_all_countries_as_for_two(
    shared_session, session, tmp_path
):
    def count(some_session, folder):
        asked = []
        engine = some_session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", lambda *args: asked.append(1))
        export_seeds(some_session, folder)
        return len(asked)

    load_seeds(session, make_seeds(tmp_path / "seeds"), now=NOW)
    session.rollback()
    two = count(session, tmp_path / "two")
    assert two > 0
    assert count(shared_session, tmp_path / "all") == two
